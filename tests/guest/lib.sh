# Boots a guest and looks at what it said. A case sources this file, calls boot, then asserts.
#   VIREO          the vireo binary (set by ctest)
#   GUEST_PROGRAM  qemu: run qemu-system-x86_64 with the same options instead, to try a case out;
#                  what only vireo promises is then not asserted
#   UPDATE_GOLDENS yes: write the goldens instead of comparing with them
# The status of a case is 0, 1 (an assertion failed) or 77 (the guest's kernel is not to be had).
# shellcheck shell=bash
set -euo pipefail
# shellcheck source=images/common.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/../../images/common.sh"

guest_tests=$vireo_top/tests/guest
guest_program=${GUEST_PROGRAM:-vireo}
# A run that hangs is ended by the host; no case measures time.
guest_time_limit=${GUEST_TIME_LIMIT:-240}

work=$(mktemp -d "${TMPDIR:-/tmp}/vireo-guest.XXXXXX")
log=$work/log
status=0
trap 'rm -rf -- "$work"' EXIT

is_vireo() { [[ $guest_program == vireo ]]; }

fail() {
  printf 'FAILED: %s\n' "$*"
  [[ ! -s $work/stderr ]] || { printf -- '--- stderr:\n' && tail -n 20 -- "$work/stderr"; }
  [[ ! -s $log ]] || { printf -- '--- end of the serial log:\n' && tail -n 40 -- "$log"; }
  exit 1
}

skip() {
  printf 'SKIPPED: %s\n' "$*"
  exit 77
}

# need_guest GUEST [FILE]: its kernel, its root disk or the file is there, or the test is skipped.
need_guest() {
  local file folder=$vireo_guests/$1
  for file in ${2:-vmlinuz root.ext4}; do [[ ! -s $folder/$file ]] || return 0; done
  skip "no guest '$1' in build/guests; images/guests/make $1 makes it"
}

# device_initrd KERNEL: an initramfs with drivers for all virtio devices, in $device_initrd; for
# -initrd, which counts when given last.
device_initrd() {
  need_guest "$1"
  device_initrd=$work/devices-initrd.img
  cat -- "$vireo_guests/$1/initrd.img" "$vireo_guests/$1/devices.img" >"$device_initrd"
}

# root_of KERNEL: the guest that is its root disk.
root_of() {
  case $1 in
    686 | pae) echo i386-root ;;
    *) echo root ;;
  esac
}

# root_drive_of KERNEL: its root disk as it was made, for -drive; what a guest writes is dropped.
root_drive_of() {
  printf 'file=%s/%s/root.ext4,format=raw,snapshot=on' "${vireo_guests//,/,,}" "$(root_of "$1")"
}
root_drive=$(root_drive_of cloud)

# guest_command KERNEL APPEND SCRIPT [OPTION...]: the command line, in the array `command`. Without
# a script the guest gives a shell.
at_reset=(-no-reboot)  # a case may empty it: the guest then boots again
guest_command() {
  local kernel=$1 append="console=ttyS0,115200 root=/dev/vda panic=-1 $2" script=$3
  shift 3
  [[ ! $script ]] || append+=" vireo.run=$(base64 -w 0 <<<"$script")"
  ((${#append} < 2048)) || fail "the kernel command line is too long: ${#append} bytes"
  if is_vireo; then
    command=("${VIREO:?the vireo binary}")
  else
    command=(qemu-system-x86_64 -machine q35 -accel tcg -cpu qemu64)
  fi
  command+=(-m 512 -kernel "$vireo_guests/$kernel/vmlinuz"
    -initrd "$vireo_guests/$kernel/initrd.img" -append "$append" -nographic
    "${at_reset[@]}" "$@")
}

# boot KERNEL APPEND SCRIPT OPTION...: runs the guest to its end; sets $status; the serial log,
# without carriage returns, is in $log and, as it came, in $log.raw.
boot() {
  local command root
  root=$(root_of "$1")
  need_guest "$1"
  need_guest "$root"
  guest_command "$@"
  status=0
  timeout --kill-after=10 "$guest_time_limit" "${command[@]}" \
    </dev/null >"$log.raw" 2>"$work/stderr" || status=$?
  tr -d '\r' <"$log.raw" >"$log"
}

# boot_root KERNEL APPEND SCRIPT [OPTION...]: the same with the root disk, for a script that must
# succeed and a guest that powers itself off.
boot_root() {
  local kernel=$1 append=$2 script=$3
  shift 3
  boot "$kernel" "$append" "$script" -drive "$(root_drive_of "$kernel"),if=virtio" "$@"
  expect_status 0
  expect_line '^vireo-guest: script exit 0$'
}

expect_status() { ((status == $1)) || fail "the status is $status, not $1"; }
expect_line() { grep -qE -- "$1" "$log" || fail "no line matches $1"; }
refuse_line() { ! grep -E -- "$1" "$log" || fail "a line matches $1"; }

# section NAME: what the guest printed between "#begin NAME" and "#end NAME".
section() {
  awk -v name="$1" '$0 == "#end " name { on = 0 } on; $0 == "#begin " name { on = 1 }' "$log"
}

# expect_golden NAME: compares stdin with goldens/NAME.golden.
expect_golden() {
  local golden=$guest_tests/goldens/$1.golden
  cat >"$work/actual"
  is_vireo || { step "golden $1 is vireo's own; not compared" && return; }
  if [[ ${UPDATE_GOLDENS:-no} == yes ]]; then
    cp -- "$work/actual" "$golden"
    return
  fi
  diff -u -- "$golden" "$work/actual" || fail "differs from tests/guest/goldens/$1.golden"
}
