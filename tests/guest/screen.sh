# A user at the screen and the keyboard; sourced after lib.sh.
# shellcheck shell=bash disable=SC2154,SC2034 # variables of lib.sh

[[ -s /usr/share/seabios/vgabios-stdvga.bin ]] || skip 'no package seabios'

# at_screen OPTION...: a machine whose user does what the file $work/talk says (see screen_talk.py);
# sets $status, and $log to what the screen showed. Idle time passes on the host, too: what the user
# sees stays while he looks at it.
at_screen() {
  status=0
  timeout --kill-after=10 900 "$guest_tests/screen_talk.py" "$work/qmp" "$work/talk" \
    "${VIREO:?the vireo binary}" -display none -serial "file:$log.serial" -no-reboot \
    -icount sleep=on -qmp "unix:$work/qmp,server=on,wait=off" "$@" \
    </dev/null >"$log" 2>"$work/stderr" || status=$?
}
