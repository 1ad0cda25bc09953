# Looks into a disk image that a guest has written, without mounting it.
# shellcheck shell=bash disable=SC2154 # variables of lib.sh

# copy_root: a root disk of the case's own, in $disk.
copy_root() {
  need_guest root
  disk=$work/disk.img
  cp --sparse=always -L -- "$vireo_guests/root/root.ext4" "$disk"
}

# expect_disk_sum FILE "SUM  -": what sha256sum says of a file in the image.
expect_disk_sum() {
  local dumped
  rm -f -- "$work/dumped"
  debugfs -R "dump $1 $work/dumped" "$disk" >"$work/debugfs" 2>&1
  [[ -e $work/dumped ]] || fail "$1 is not on the disk: $(<"$work/debugfs")"
  dumped=$(sha256sum <"$work/dumped")
  [[ $dumped == "$2" ]] || fail "$1 on the disk is not what the guest wrote"
}
