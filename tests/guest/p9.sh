# Shared folders for 9p cases.
# shellcheck shell=bash disable=SC2154 # variables of lib.sh

p9_kernel=generic  # the cloud kernels have no 9p
p9_mount='mount -t 9p -o trans=virtio,version=9p2000.L'

# with_device_modules: the options that add the initramfs part with the 9p modules.
with_device_modules() {
  need_guest "$p9_kernel"
  cat "$vireo_guests/$p9_kernel"/{initrd,devices}.img >"$work/initrd"
  printf '%s\n' -initrd "$work/initrd"
}

# make_tree FOLDER: files of several sizes in folders, with names of several kinds.
make_tree() {
  local i
  mkdir -p -- "$1/sub/deeper" "$1/a name with spaces"
  for i in 0 1 511 4096 131072 700001; do
    seq 1 200000 >"$1/sub/size-$i"
    truncate -s "$i" "$1/sub/size-$i"
  done
  for ((i = 0; i < 150; i++)); do echo "$i" >"$1/sub/deeper/small-$i"; done
  echo text >"$1/a name with spaces/ünïcode"
  ln -s sub/size-511 "$1/link"
  : >"$1/$(printf 'n%.0s' {1..255})"
}

# tree_sum FOLDER: one checksum of all names and contents below it, as tree_sum_script prints it.
tree_sum_script='tree_sum() { (cd "$1" && { find . | sort; find . -type f | sort |
  while read -r f; do sha256sum <"$f"; done; } | sha256sum); }'
tree_sum() { (export LC_ALL=C && eval "$tree_sum_script" && tree_sum "$1"); }
