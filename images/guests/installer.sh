# Debian's installer as it is started from a network, in its text form: kernel, initramfs and the
# boot loader with its menu.
# shellcheck shell=bash

# installer_package ARCH
installer_package() { echo "debian-installer-12-netboot-$1"; }

# make_installer PACKAGE-FILE FOLDER ARCH: fills the folder with netboot, what a TFTP server offers,
# and linux and initrd.gz, links to those in it.
make_installer() {
  local into=$2 text=usr/lib/debian-installer/images/12/$3/text file
  step "installer for $3: unpacking $(basename -- "$1")"
  take "$1" "$into/tree" "./$text/*"
  rm -rf -- "$into/tree/$text/debian-installer/$3"/{grub,*.efi}
  mv -- "$into/tree/$text" "$into/netboot"
  rm -rf -- "$into/tree"
  for file in linux initrd.gz; do ln -s "netboot/debian-installer/$3/$file" "$into/$file"; done
}
