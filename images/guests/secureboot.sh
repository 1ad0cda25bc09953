# What starts Debian under Secure Boot: the shim that Microsoft's key has signed, and the GRUB that
# the shim accepts.
# shellcheck shell=bash

secureboot_package='shim-signed'
secureboot_grub_package='grub-efi-amd64-signed'

# make_secureboot SHIM-PACKAGE GRUB-PACKAGE FOLDER: fills the folder with shimx64.efi and
# grubx64.efi.
make_secureboot() {
  step "secureboot: unpacking $(basename -- "$1") and $(basename -- "$2")"
  take "$1" "$3/tree" './usr/lib/shim/shimx64.efi.signed'
  take "$2" "$3/tree" './usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed'
  mv -- "$3/tree/usr/lib/shim/shimx64.efi.signed" "$3/shimx64.efi"
  mv -- "$3/tree/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed" "$3/grubx64.efi"
  rm -rf -- "$3/tree"
}
