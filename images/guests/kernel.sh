# A kernel guest: Debian's vmlinuz, and an initramfs with the modules for a virtio-blk root.
# shellcheck shell=bash disable=SC2154 # variables of the script that sources this

# Wanted in every guest, with what they need; what is built into a kernel is left out.
# crc32c_generic: ext4 asks for the algorithm by name, not by symbol.
kernel_modules=(crc32c_generic virtio_pci virtio_blk ext4)

# The kernel's own cryptography and checksums for this architecture, which test themselves with
# known answers when they are loaded: a judge of the CPU's vector instructions. For `generic` only.
crypto_patterns=('*/arch/x86/crypto/*.ko*' '*/kernel/crypto/*.ko*' '*/lib/crypto/*.ko*'
  '*/lib/raid6/*.ko*')

# Drivers and file systems for the other virtio devices, as far as the kernel has them as modules:
# the cloud kernels lack 9p.
device_modules=(virtio_net virtio_console virtio_rng virtio_balloon vmw_vsock_virtio_transport
  9pnet_virtio 9p)
device_patterns=('*/virtio_net.ko*' '*/net_failover.ko*' '*/failover.ko*' '*/virtio_console.ko*'
  '*/virtio-rng.ko*' '*/rng-core.ko*' '*/virtio_balloon.ko*' '*/net/vmw_vsock/*.ko*'
  '*/net/9p/*.ko*' '*/fs/9p/*.ko*' '*/fs/netfs/*.ko*' '*/fs/fscache/*.ko*')

# What a user looks at and works with: drivers of graphics cards and of virtio's input devices. For
# `generic` only; the cloud kernels have next to none of them.
screen_modules=(virtio_gpu bochs virtio_input evdev)
screen_patterns=('*/gpu/drm/drm*.ko*' '*/gpu/drm/ttm/*.ko*' '*/gpu/drm/virtio/*.ko*'
  '*/gpu/drm/tiny/bochs.ko*' '*/virtio/virtio_input.ko*' '*/virtio/virtio_dma_buf.ko*'
  '*/input/evdev.ko*' '*/fbdev/core/*.ko*' '*/media/cec/*.ko*' '*/media/rc/rc-core.ko*'
  '*/i2c/i2c-core*.ko*')

# What those may need in any of the kernels; order_module tells when the list is too short.
module_patterns=('./lib/modules/*/modules.*' '*/virtio.ko*' '*/virtio_ring.ko*' '*/virtio_pci*.ko*'
  '*/virtio_blk.ko*' '*/ext4.ko*' '*/jbd2.ko*' '*/mbcache.ko*' '*/crc16.ko*'
  '*/crc32c_generic.ko*')

# kernel_package KIND: a regular expression for the whole package name.
kernel_package() {
  case $1 in
    cloud) echo 'linux-image-6\.1\.0-[0-9]+-cloud-amd64' ;;
    generic) echo 'linux-image-6\.1\.0-[0-9]+-amd64' ;;
    6.12) echo 'linux-image-6\.12\.[0-9]+\+(deb12|bpo)[0-9]*-cloud-amd64' ;;
    686) echo 'linux-image-6\.1\.0-[0-9]+-686' ;;
    pae) echo 'linux-image-6\.1\.0-[0-9]+-686-pae' ;;
    *) die "unknown kernel '$1': cloud, generic, 6.12, 686 or pae" ;;
  esac
}

# make_kernel KIND PACKAGE-FILE FOLDER: fills the folder with vmlinuz, initrd.img, config, version,
# and with devices.img, to be put behind initrd.img; `generic` also gets crypto.img and screen.img,
# likewise.
make_kernel() {
  local package=$2 into=$3 tree=$3/tree release
  local patterns=("${module_patterns[@]}" "${device_patterns[@]}")
  [[ $1 != generic ]] || patterns+=("${crypto_patterns[@]}" "${screen_patterns[@]}")
  step "$1: unpacking $(basename -- "$package")"
  # tar fails for a pattern that matches nothing, which is right for code that is built in.
  take "$package" "$tree" './boot/*' "${patterns[@]}" 2>"$into/tar.log" || true
  release=$(basename -- "$tree"/lib/modules/*)
  [[ -s $tree/boot/vmlinuz-$release ]] || die "$package holds no kernel: $(<"$into/tar.log")"
  mv -- "$tree/boot/vmlinuz-$release" "$into/vmlinuz"
  mv -- "$tree/boot/config-$release" "$into/config"
  printf '%s\n' "$release" >"$into/version"
  step "$1: making the initramfs"
  expand_modules "$tree/lib/modules/$release"
  make_initramfs "$tree/lib/modules/$release" "$(busybox_file)" | gzip -n -9 >"$into/initrd.img"
  make_device_image "$tree/lib/modules/$release" | gzip -n -9 >"$into/devices.img"
  if [[ $1 == generic ]]; then
    make_crypto_image "$tree/lib/modules/$release" | gzip -n -9 >"$into/crypto.img"
    make_screen_image "$tree/lib/modules/$release" | gzip -n -9 >"$into/screen.img"
  fi
  rm -rf -- "$tree" "$into/tar.log"
}

# expand_modules FOLDER: plain .ko files, since busybox loads no .ko.xz.
expand_modules() {
  local compressed
  while IFS= read -r -d '' compressed; do
    xz -d -- "$compressed"
  done < <(find "$1" -name '*.ko.xz' -print0)
}

# load_order FOLDER MODULE...: their paths, each after those that it needs. A module names its needs
# itself (modinfo), so neither depmod nor the whole package has to be unpacked.
load_order() {
  local module
  declare -A ordered=()
  for module in "${@:2}"; do order_module "$1" "$module"; done
}

# A module is named with - or _, as it happens; the file too.
order_module() {
  local name=${2//-/_} path need needs
  [[ ! ${ordered[$name]:-} ]] || return 0
  ordered[$name]=yes
  path=$(find "$1" -name '*.ko' | grep -E "/${name//_/[-_]}\.ko$" || true)
  if [[ ! $path ]]; then
    grep -qE "/${name//_/[-_]}\.ko" "$1/modules.builtin" ||
      die "module $2 is neither built in nor in module_patterns"
    return 0
  fi
  needs=$(modinfo -F depends "$path")
  for need in ${needs//,/ }; do order_module "$1" "$need"; done
  printf '%s\n' "$path"
}

# put_modules MODULES NAME...: the modules with what they need, and their order in modules.load.
put_modules() {
  local modules=$1 order path name names=()
  order=$(load_order "$@")
  while IFS= read -r path; do
    name=$(basename -- "$path" .ko)
    name=${name//-/_}
    names+=("$name")
    newc_file "modules/$name.ko" 0644 "$path"
  done <<<"$order"
  printf '%s\n' "${names[@]}" >"$modules/modules.load"
  newc_file modules/modules.load 0644 "$modules/modules.load"
}

# make_initramfs MODULES BUSYBOX: the archive on stdout.
make_initramfs() {
  local path
  for path in bin dev modules proc root run sbin sys tmp; do newc_dir "$path"; done
  newc_node dev/console 5 1
  newc_file bin/busybox 0755 "$2"
  newc_link bin/sh busybox
  newc_file init 0755 "$recipes/files/initramfs-init"
  newc_file sbin/init 0755 "$recipes/files/init"
  put_modules "$1" "${kernel_modules[@]}"
  newc_end
}

# has_module FOLDER NAME: whether it is there as a file.
has_module() { [[ $(find "$1" -name '*.ko' | grep -E "/${2//_/[-_]}\.ko$") ]]; }

# make_device_image MODULES: an archive on stdout whose list of modules takes the other's place.
make_device_image() {
  local name names=()
  for name in "${device_modules[@]}"; do
    ! has_module "$1" "$name" || names+=("$name")
  done
  newc_dir modules
  put_modules "$1" "${kernel_modules[@]}" "${names[@]}"
  newc_end
}

# make_screen_image MODULES: an archive on stdout whose list of modules takes the other's place.
make_screen_image() {
  newc_dir modules
  put_modules "$1" "${kernel_modules[@]}" "${screen_modules[@]}"
  newc_end
}

# make_crypto_image MODULES: an archive on stdout whose list of modules takes the other's place.
make_crypto_image() {
  local names
  mapfile -t names < <(find "$1/kernel/arch/x86/crypto" "$1/kernel/lib/raid6" -name '*.ko' \
    -printf '%f\n' | sed 's/\.ko$//; s/-/_/g' | sort)
  newc_dir modules
  put_modules "$1" "${kernel_modules[@]}" "${names[@]}"
  newc_end
}
