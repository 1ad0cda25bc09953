# Makes a disk as distributions do: FAT, on which syslinux starts a kernel of Debian.
# shellcheck shell=bash disable=SC2154,SC2034 # variables of lib.sh

# syslinux_disk KERNEL: reads syslinux.cfg from stdin; the disk is $disk, its files vmlinuz and
# initrd.img are the kernel's.
syslinux_disk() {
  { have syslinux && have mcopy; } || skip 'no packages syslinux and mtools'
  need_guest "$1"
  local sectors=131072
  disk=$work/disk.img
  truncate -s $((sectors * 512)) "$disk"
  mformat -F -i "$disk" -h 16 -s 63 -T "$sectors" ::
  mcopy -i "$disk" "$vireo_guests/$1/vmlinuz" "$vireo_guests/$1/initrd.img" ::
  mcopy -i "$disk" - ::syslinux.cfg
  syslinux --install "$disk"
}

# start_disk OPTION...: as boot, from $disk by way of SeaBIOS, which must be installed.
start_disk() {
  status=0
  timeout --kill-after=10 "$guest_time_limit" "$VIREO" -m 512 -nographic -no-reboot \
    -drive "file=$disk,format=raw,if=virtio,snapshot=on" -limit-time 120s "$@" \
    </dev/null >"$log.raw" 2>"$work/stderr" || status=$?
  tr -d '\r' <"$log.raw" >"$log"
}
