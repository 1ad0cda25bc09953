# Makes a disk with GRUB for a BIOS, as grub-install does; sourced after lib.sh.
# shellcheck shell=bash disable=SC2154,SC2034 # variables of lib.sh

grub=/usr/lib/grub/i386-pc
PATH=$PATH:/usr/sbin:/sbin
[[ -s $grub/boot.img ]] || skip 'no package grub-pc-bin'
{ have grub-mkimage && have mcopy && have sfdisk && have mke2fs; } ||
  skip 'no packages grub-common, mtools, fdisk and e2fsprogs'

# grub_disk KERNEL fat|ext4: reads grub.cfg from stdin; the disk is $disk, the kernel's vmlinuz and
# initrd.img are in its one partition, which begins at 1 MiB.
grub_disk() {
  local sectors=129024 type=c module=fat tree=$work/grub-tree kernel=$vireo_guests/$1
  need_guest "$1"
  disk=$work/disk.img
  [[ $2 == fat ]] || type=83 module=ext2
  truncate -s 64M "$disk"
  printf 'label: dos\nstart=2048, size=%s, type=%s, bootable\n' "$sectors" "$type" |
    sfdisk -q "$disk"
  mkdir -p "$tree/grub"
  cat >"$tree/grub/grub.cfg"
  cp -L -- "$kernel/vmlinuz" "$kernel/initrd.img" "$tree"
  if [[ $2 == fat ]]; then
    mformat -F -i "$disk@@1M" -h 16 -s 63 -H 2048 -T "$sectors" ::
    mcopy -s -i "$disk@@1M" "$tree"/* ::
  else
    mke2fs -q -F -t ext4 -d "$tree" -E offset=$((1 << 20)) "$disk" $((sectors / 2))k
  fi
  grub_core "$module"
}

# The boot sector, before the table of partitions, and GRUB itself behind it.
grub_core() {
  grub-mkimage -O i386-pc -d "$grub" -p '(hd0,msdos1)/grub' -o "$work/core.img" \
    biosdisk part_msdos "$1" normal linux serial terminal echo halt
  head -c 440 "$grub/boot.img" >"$work/boot.img"
  dd if="$work/boot.img" of="$disk" conv=notrunc status=none
  dd if="$work/core.img" of="$disk" bs=512 seek=1 conv=notrunc status=none
}
