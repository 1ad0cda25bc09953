# System management RAM: a handler which nobody but system management mode sees, the lock, and
# TSEG.
# Run: vireo -nographic -m 64 -kernel build/release/tests/asm/smram.elf
#      -device isa-debug-exit,iobase=0xf4,iosize=0x04
  .include "runtime.inc"

  .set SMI_ENABLE, 0x600 + 0x30
  .set SMI_COMMAND, 0xb2
  .set BASE_RESET, 0x30000
  .set SMRAM, 0xa0000
  .set TSEG, 0x4000000 - 0x100000  # with 64 MiB of RAM

  # Time for those who take an SMI late. Changes RCX.
  .macro settle
  mov $100000, %ecx
9:
  loop 9b
  .endm

  # Writes a byte of the host bridge's registers 9Ch to 9Fh.
  .macro bridge register, value
  mov $0x8000009c, %eax
  mov $0xcf8, %edx
  out %eax, %dx
  mov $0xcfc + \register - 0x9c, %edx
  mov $\value, %al
  out %al, %dx
  .endm

main:
  # Open, to put the handler there; the one at the base of a reset moves SMBASE.
  bridge 0x9d, 0x4a
  lea handler_start(%rip), %rsi
  mov $SMRAM + 0x8000, %edi
  mov $handler_end - handler_start, %ecx
  rep movsb
  lea mover_start(%rip), %rsi
  mov $BASE_RESET + 0x8000, %edi
  mov $mover_end - mover_start, %ecx
  rep movsb
  movl $0x11223344, SMRAM + 0x100
  cmpl $0x11223344, SMRAM + 0x100
  check "open SMRAM is memory"

  # Closed, it is nobody's.
  bridge 0x9d, 0x0a
  cmpl $-1, SMRAM + 0x100
  check "SMRAM is not there outside of the mode"
  movl $0x55667788, SMRAM + 0x100

  movl $0x99aabbcc, TSEG
  bridge 0x9e, 0x01
  cmpl $-1, TSEG
  check "TSEG is not there outside of the mode"

  mov $SMI_ENABLE, %edx
  in %dx, %eax
  or $0x21, %eax
  out %eax, %dx
  # The first one moves SMBASE, unless firmware has done so.
  out %al, $SMI_COMMAND
  settle
  movl $0, entries(%rip)
  out %al, $SMI_COMMAND
  settle
  cmpl $1, entries(%rip)
  check "the handler in SMRAM runs"
  cmpl $0x11223344, seen_word(%rip)
  check "it finds there what was stored while SMRAM was open"
  cmpl $0x99aabbcc, seen_tseg(%rip)
  check "it finds in TSEG what the RAM held"
  cmpl $-1, SMRAM + 0x100
  check "SMRAM is not there behind RSM"

  # Locked, it stays closed.
  bridge 0x9d, 0x1a
  bridge 0x9d, 0x4a
  cmpl $-1, SMRAM + 0x100
  check "the lock keeps SMRAM closed"
  bridge 0x9e, 0x00
  cmpl $-1, TSEG
  check "the lock keeps TSEG"
  out %al, $SMI_COMMAND
  settle
  cmpl $2, entries(%rip)
  check "the handler runs behind the lock"
  finish

  .code16
mover_start:
  movl $SMRAM, %cs:0xff00
  rsm
mover_end:

handler_start:
  mov $results, %esi
  incl entries-results(%esi)
  mov %cs:0x100, %eax
  mov %eax, seen_word-results(%esi)
  mov $TSEG, %edi
  mov (%edi), %eax
  mov %eax, seen_tseg-results(%esi)
  rsm
handler_end:
  .code64

  .data
  .balign 8
results:
entries: .long 0
seen_word: .long 0
seen_tseg: .long 0
  .text
