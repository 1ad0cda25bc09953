# The machines that are compared: one function each, which gets a kernel, an initrd, a kernel
# command line and a disk (or nothing), and whose output is the guest's serial port.
# shellcheck shell=bash disable=SC2154 # variables of the script that sources this

# measured COMMAND...: notes what it costs: seconds, user and system seconds, peak memory in KiB.
measured() { command time -q -f '%e %U %S %M' -o "$work/usage" "$@"; }

# The processor model of every machine is the same, since a richer one gives a guest more to do.
machine_vireo() {
  measured "$vireo" -cpu "$model" -m 512 -kernel "$1" -initrd "$2" -append "$3" \
    -nographic -no-reboot ${4:+-drive "$4"} </dev/null
}

machine_vireo_ordinary() {
  measured "$vireo" -cpu "$model" -m 512 -kernel "$1" -initrd "$2" -append "$3" \
    -nographic -no-reboot -kernel-entry ordinary ${4:+-drive "$4"} </dev/null
}

machine_qemu() {
  measured qemu-system-x86_64 -machine q35 -accel tcg -cpu "$model" -m 512 -kernel "$1" \
    -initrd "$2" -append "$3" -nographic -no-reboot -nic none ${4:+-drive "$4"} </dev/null
}

# Bochs boots from a disk only. Debian's build begins in its debugger: the file of -rc says
# "continue"; at the end of its input it would spin, so that is a pipe which has no end.
machine_bochs() {
  local disk=$work/bochs.img bochs
  bochs_disk "$disk" "$1" "$2" "$3"
  [[ -p $work/serial ]] || mkfifo "$work/serial" "$work/stdin"
  cat >"$work/bochsrc" <<RC
megs: 512
cpu: count=1, reset_on_triple_fault=0
romimage: file=/usr/share/bochs/BIOS-bochs-latest
vgaromimage: file=/usr/share/bochs/VGABIOS-lgpl-latest
display_library: term
ata0-master: type=disk, path="$disk", mode=flat, cylinders=0
boot: disk
com1: enabled=1, mode=file, dev="$work/serial"
panic: action=fatal
log: "$work/bochs.log"
RC
  echo c >"$work/bochs.rc"
  TERM=vt100 measured bochs -q -f "$work/bochsrc" -rc "$work/bochs.rc" \
    <>"$work/stdin" >"$work/bochs.screen" 2>&1 &
  bochs=$!
  cat "$work/serial"
  wait "$bochs" || true
}

# bochs_disk FILE KERNEL INITRD APPEND: a FAT disk with a boot loader, made without root.
bochs_disk() {
  local size
  size=$((($(stat -L -c %s "$2") + $(stat -L -c %s "$3")) / 516096 + 12))
  rm -f -- "$1"
  truncate -s $((size * 516096)) "$1"
  mformat -i "$1" -h 16 -s 63 -t "$size" -v BENCH ::
  mcopy -i "$1" "$2" ::vmlinuz
  mcopy -i "$1" "$3" ::initrd.img
  printf 'default bench\nlabel bench\n kernel vmlinuz\n append initrd=initrd.img %s\n' "$4" \
    >"$work/syslinux.cfg"
  mcopy -i "$1" "$work/syslinux.cfg" ::syslinux.cfg
  syslinux --install "$1"
}
