# Starts machines in OVMF, UEFI firmware in flash chips; sourced after lib.sh.
# shellcheck shell=bash disable=SC2154 # variables of lib.sh

ovmf_folder=/usr/share/OVMF
[[ -s $ovmf_folder/OVMF_CODE_4M.fd ]] || skip 'no package ovmf'

# choose_flash CODE VARIABLES: the images, of that folder, with which machines start from now on;
# the second one as it was delivered.
choose_flash() {
  cp -- "$ovmf_folder/$2" "$work/vars.fd"
  ovmf_flash=(-drive "if=pflash,format=raw,unit=0,readonly=on,file=$ovmf_folder/$1"
    -drive "if=pflash,format=raw,unit=1,file=$work/vars.fd")
}
choose_flash OVMF_CODE_4M.fd OVMF_VARS_4M.fd

# need_efi_disk_tools: what efi_disk takes, or the test is skipped.
need_efi_disk_tools() {
  PATH=$PATH:/usr/sbin:/sbin
  { have sfdisk && have mcopy; } || skip 'no packages fdisk and mtools'
}

# efi_disk FILE: a disk of 64 MiB whose one EFI partition, one MiB into it, has an empty
# folder EFI/BOOT. mtools know the partition as FILE@@1M.
efi_disk() {
  truncate -s 64M "$1"
  printf 'label: gpt\nstart=2048, size=122880, type=uefi\n' | sfdisk -q "$1"
  mformat -i "$1@@1M" -F -h 16 -s 63 -T 122880 ::
  mmd -i "$1@@1M" ::EFI ::EFI/BOOT
}

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
