# Starts disks by SeaBIOS; sourced after lib.sh.
# shellcheck shell=bash disable=SC2154,SC2034 # variables of lib.sh

[[ -s /usr/share/seabios/bios-256k.bin ]] || skip "no package seabios"

# boot_disk FILE [RESULT]: a disk whose boot sector reads the next one and ends the run with
# RESULT, or else 1, on the debug-exit port.
boot_disk() {
  as --32 --defsym result="${2:-1}" -o "$work/boot.o" "$guest_tests/boot_sector.S"
  ld -m elf_i386 -Ttext=0x7c00 --oformat=binary -o "$1" "$work/boot.o"
  truncate -s 1M "$1"
}

# run_firmware OPTION...: sets $status, and $log as boot of lib.sh does.
run_firmware() {
  status=0
  timeout --kill-after=10 "$guest_time_limit" "$VIREO" -nographic -no-reboot \
    -device isa-debug-exit,iobase=0xf4,iosize=0x04 "$@" \
    </dev/null >"$log.raw" 2>"$work/stderr" || status=$?
  tr -d '\r' <"$log.raw" >"$log"
}
