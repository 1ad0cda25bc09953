# A guest with a console on a graphics card, driven by a QMP client; sourced after lib.sh.
# shellcheck shell=bash disable=SC2154 # variables of lib.sh

# console_guest SCRIPT OPTION...: the command line, in `command`. In the script, `draw TEXT` shows
# the letters by which console_text.py knows the others, and TEXT, and waits for a line from the
# client.
console_guest() {
  local screen_initrd=$work/screen-initrd.img draw
  need_guest generic
  [[ -s $vireo_guests/generic/screen.img ]] || skip 'the guest generic has no screen.img'
  cat -- "$vireo_guests/generic/initrd.img" "$vireo_guests/generic/screen.img" >"$screen_initrd"
  # shellcheck disable=SC2016
  draw='draw() {
  dmesg -n 1
  printf "\033[?25l\033[2J\033[H" >/dev/tty1
  i=33; while [ $i -lt 127 ]; do printf "\\$(printf %03o $i)"; i=$((i + 1)); done >/dev/tty1
  printf "\n%s\n" "$1" >/dev/tty1
  sleep 1; echo drawn; read -r word </dev/ttyS0
}'
  guest_command generic 'console=tty0 console=ttyS0 root=none' "$draw
$1" -initrd "$screen_initrd" "${@:2}" \
    -serial "unix:$work/serial,server=on,wait=off" -qmp "unix:$work/qmp,server=on,wait=off"
}

# session PROGRAM [ARGUMENT...]: runs the machine to its end with such a client, who must say
# "done".
session() {
  local machine said
  timeout --kill-after=10 "$guest_time_limit" "${command[@]}" 2>"$work/stderr" </dev/null &
  machine=$!
  # shellcheck disable=SC2064  # the number of now
  trap "kill $machine 2>/dev/null || true; rm -rf -- '$work'" EXIT
  said=$(timeout "$guest_time_limit" python3 "$guest_tests/$1" "$work/qmp" "$work/serial" "$work" \
    "${@:2}") || fail 'the client is not content'
  [[ $said == "done" ]] || fail "the client said $said"
  wait "$machine" || fail "the status is $?, not 0"
}
