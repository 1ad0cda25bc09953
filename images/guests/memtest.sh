# memtest86+, which boots as a Linux kernel does, in its 64-bit and its 32-bit form.
# shellcheck shell=bash

memtest_package='memtest86\+'

# make_memtest PACKAGE-FILE FOLDER: fills the folder with x64 and ia32.
make_memtest() {
  step "memtest: unpacking $(basename -- "$1")"
  take "$1" "$2/tree" './boot/memtest86+*.bin'
  mv -- "$2/tree/boot/memtest86+x64.bin" "$2/x64"
  mv -- "$2/tree/boot/memtest86+ia32.bin" "$2/ia32"
  rm -rf -- "$2/tree"
}
