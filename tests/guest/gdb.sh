# Runs a machine that waits for gdb, and Debian's gdb on it. Sourced after lib.sh.
# shellcheck shell=bash

have gdb || skip 'no gdb here; images/setup tests installs it'
is_vireo || skip 'what is looked at is vireo'\''s own'
gdb_socket=$work/gdb.sock

# start_machine WORD...: in the background, as process $machine, stopped until gdb lets it go on.
start_machine() {
  timeout --kill-after=10 "$guest_time_limit" "$@" -gdb "unix:$gdb_socket" -S \
    </dev/null >"$log.raw" 2>"$work/stderr" &
  machine=$!
  trap 'kill "$machine" 2>/dev/null || true; rm -rf -- "$work"' EXIT
  for ((i = 0; i < 600; i++)); do
    [[ ! -S $gdb_socket ]] || return 0
    kill -0 "$machine" 2>/dev/null || break
    sleep 0.1
  done
  fail 'the machine does not listen'
}

# debug ELF: gives gdb the commands on stdin, with the machine as its target; what it says is in
# $work/said. One that fails ends the session and the case.
debug() {
  {
    printf 'set confirm off\nset pagination off\nset width 0\ntarget remote %s\n' "$gdb_socket"
    cat
  } >"$work/commands"
  timeout --kill-after=10 "$guest_time_limit" gdb -nx -q -batch -x "$work/commands" "$1" \
    </dev/null >"$work/said" 2>&1 || { cat "$work/said" && fail 'gdb ended with an error'; }
}

# said REGEX: gdb printed a line that matches.
said() { grep -qE -- "$1" "$work/said" || { cat "$work/said" && fail "gdb did not say $1"; }; }

# machine_ends STATUS: it comes to its end by itself.
machine_ends() {
  status=0
  wait "$machine" || status=$?
  tr -d '\r' <"$log.raw" >"$log"
  expect_status "$1"
}
