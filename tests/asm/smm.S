# System management mode: SMIs from the command port and from the local APIC, the
# state save area, RSM, and another SMBASE.
# Run: vireo -nographic -kernel build/release/tests/asm/smm.elf
#      -device isa-debug-exit,iobase=0xf4,iosize=0x04
  .include "runtime.inc"

  .set SMI_ENABLE, 0x600 + 0x30
  .set SMI_COMMAND, 0xb2
  .set APIC, 0xfee00000
  .set ICR, 0x300
  .set SELF_SMI, 0x44200
  # Where a handler may be looked for: SMBASE as it is after reset, and as firmware
  # that came first may have moved it. The third is where this guest moves it.
  .set BASE_RESET, 0x30000
  .set BASE_FIRMWARE, 0xa0000
  .set BASE_MOVED, 0x300000

  # Time for those who take an SMI late. Changes RCX.
  .macro settle
  mov $100000, %ecx
9:
  loop 9b
  .endm

main:
  # The host bridge shows SMRAM at A0000h, if it has any.
  mov $0x8000009c, %eax
  mov $0xcf8, %edx
  out %eax, %dx
  mov $0xcfd, %edx
  mov $0x4a, %al
  out %al, %dx

  mov $BASE_RESET + 0x8000, %edi
  call put_handler
  mov $BASE_FIRMWARE + 0x8000, %edi
  call put_handler
  mov $BASE_MOVED + 0x8000, %edi
  call put_handler
  mov $SMI_ENABLE, %edx
  in %dx, %eax
  or $0x21, %eax
  out %eax, %dx

  # One SMI by the command port
  mov $0x1122334455667788, %r9
  mov $0x55, %ebx
  stc
  mov $0x77, %al
  out %al, $SMI_COMMAND
behind_out:
  settle
  setc carry(%rip)
  cmpl $1, entries(%rip)
  check "OUT to the command port enters the handler once"
  cmpb $1, carry(%rip)
  check "RSM restores the flags"
  cmp $0x55, %ebx
  check "RSM restores a register which the handler used"
  lea behind_out(%rip), %rax
  cmp %rax, seen_smm_rip(%rip)
  check "the saved RIP is behind the OUT"
  cmp %r9, seen_smm_r9(%rip)
  check "R9 is saved"
  mov %cr3, %rax
  cmp %rax, seen_smm_cr3(%rip)
  check "CR3 is saved"
  cmpl $0x20064, seen_revision(%rip)
  check "the revision is that of the 64-bit area"
  testl $0x80000001, seen_cr0(%rip)
  check "the handler runs without protection and paging"
  movzwl smm_cs(%rip), %eax
  shl $4, %eax
  cmp %eax, seen_base(%rip)
  check "CS is SMBASE"

  # The handler changes what RSM restores
  movl $1, action(%rip)
  out %al, $SMI_COMMAND
  settle
  cmp $0x12345678, %rbx
  check "RSM loads RBX as the handler left it in the area"

  # An SMI sent by the local APIC to itself
  movl $0, action(%rip)
  mov $APIC, %ebx
  movl $0x1ff, 0xf0(%rbx)
  movl $SELF_SMI, ICR(%rbx)
  settle
  cmpl $3, entries(%rip)
  check "an SMI from the local APIC"

  # Another SMBASE
  movl $2, action(%rip)
  out %al, $SMI_COMMAND
  settle
  movl $0, action(%rip)
  out %al, $SMI_COMMAND
  settle
  cmpl $BASE_MOVED, seen_base(%rip)
  check "the handler has moved SMBASE"
  cmpl $5, entries(%rip)
  check "five SMIs in all"

  try
rsm_1:
  rsm
  caught "#UD of RSM outside", 6, 0, rsm_1
  finish

# Copies the handler to rdi.
put_handler:
  lea handler_start(%rip), %rsi
  mov $handler_end - handler_start, %ecx
  rep movsb
  ret

# Runs at SMBASE + 8000h in 16-bit code with flat data segments.
  .code16
handler_start:
  mov $results, %esi
  incl entries-results(%esi)
  mov %cs, smm_cs-results(%esi)
  mov %cr0, %eax
  mov %eax, seen_cr0-results(%esi)
  mov %cs:0xff00, %eax
  mov %eax, seen_base-results(%esi)
  mov %cs:0xfefc, %eax
  mov %eax, seen_revision-results(%esi)
  mov %cs:0xff78, %eax
  mov %eax, seen_smm_rip-results(%esi)
  mov %cs:0xff50, %eax
  mov %eax, seen_smm_cr3-results(%esi)
  mov %cs:0xffb0, %eax
  mov %eax, seen_smm_r9-results(%esi)
  mov %cs:0xffb4, %eax
  mov %eax, seen_smm_r9+4-results(%esi)
  mov $0x66, %bl
  mov action-results(%esi), %eax
  cmp $1, %al
  jne 1f
  movl $0x12345678, %cs:0xffe0
1:
  cmp $2, %al
  jne 2f
  movl $BASE_MOVED, %cs:0xff00
2:
  rsm
handler_end:
  .code64

  .data
  .balign 8
results:
seen_smm_rip: .quad 0
seen_smm_r9: .quad 0
seen_smm_cr3: .quad 0
entries: .long 0
action: .long 0
seen_cr0: .long 0
seen_base: .long 0
seen_revision: .long 0
smm_cs: .word 0
carry: .byte 0
  .text
