# Starts machines in OVMF, UEFI firmware in flash chips; sourced after lib.sh.
# shellcheck shell=bash disable=SC2154 # variables of lib.sh

ovmf_folder=/usr/share/OVMF
[[ -s $ovmf_folder/OVMF_CODE_4M.fd ]] || skip 'no package ovmf'
cp -- "$ovmf_folder/OVMF_VARS_4M.fd" "$work/vars.fd"
ovmf_flash=(-drive "if=pflash,format=raw,unit=0,readonly=on,file=$ovmf_folder/OVMF_CODE_4M.fd"
  -drive "if=pflash,format=raw,unit=1,file=$work/vars.fd")

# ovmf OPTION...: runs a machine to its end; sets $status; its serial log is in $log.raw and,
# without carriage returns and a terminal's commands, in $log. With a file $work/talk it is
# answered as talk.py does.
ovmf() {
  local talk=()
  [[ ! -s $work/talk ]] || talk=("$guest_tests/talk.py" "$work/talk")
  status=0
  timeout --kill-after=10 "$guest_time_limit" "${talk[@]}" "$VIREO" -m 512 -nographic -no-reboot \
    -monitor none "${ovmf_flash[@]}" "$@" </dev/null >"$log.raw" 2>"$work/stderr" || status=$?
  tr -d '\r' <"$log.raw" | sed 's/\x1b\[[0-9;]*m//g; s/\x1b\[[=0-9;]*[A-Za-z]/\n/g' |
    grep -a . >"$log" || true
}
