# Exceptions of long mode with their error codes, RIPs and stacks.
# Run: vireo -nographic -kernel build/release/tests/asm/exceptions.elf
#      -device isa-debug-exit,iobase=0xf4,iosize=0x04
  .include "runtime.inc"

main:
  # Faults of arithmetic and decoding
  try
  xor %edx, %edx
  xor %ecx, %ecx
0: div %ecx
  caught "#DE of a division by zero", 0, 0, 0b
  try
  mov $0x80000000, %eax
  cdq
  mov $-1, %ecx
0: idiv %ecx
  caught "#DE of a quotient too large", 0, 0, 0b
  try
0: ud2
  caught "#UD", 6, 0, 0b
  try
0: .byte 0xf0, 0x90
  caught "#UD of LOCK where it must not be", 6, 0, 0b
  try
  int3
0: nop
  caught "#BP behind INT3", 3, 0, 0b

  # Selectors
  try
  mov $0x50, %eax
0: mov %eax, %ds
  caught "#GP of a selector beyond the table, with the selector", 13, 0x50, 0b
  try
  mov $ABSENT, %eax
0: mov %eax, %es
  caught "#NP of an absent data segment, with the selector", 11, ABSENT, 0b
  try
  mov $ABSENT, %eax
0: mov %eax, %ss
  caught "#SS of an absent stack segment", 12, ABSENT, 0b
  try
  mov $UDATA, %eax
0: mov %eax, %ss
  caught "#GP of a stack segment of another level", 13, UDATA & ~3, 0b
  try
0: ljmp *far_nowhere(%rip)
  caught "#GP of a far jump to a null selector", 13, 0, 0b
  try
0: int $0xf0
  nop
  cmpl $1, interrupts + 4 * 0xf0
  check "INT 0xf0 comes back"
1:
  mov $0xf1, %edi
  mov $0x0e, %al
  call set_gate_type
  try
0: int $0xf1
  caught "#NP of an absent gate, with its vector and the IDT bit", 11, 0xf1<<3|2, 0b

  # Addresses
  try
  movabs $0x800000000000, %rbx
0: mov (%rbx), %eax
  caught "#GP of a non-canonical address", 13, 0, 0b
  try
  movabs $0x800000000000, %rbp
0: mov (%rbp), %eax
  caught "#SS of a non-canonical stack address", 12, 0, 0b
  try
  movabs $0x7000000000, %rbx
0: mov (%rbx), %eax
  caught "#PF of a read: error 0", 14, 0, 0b
  mov %cr2, %rax
  cmp %rbx, %rax
  check "CR2 is the address"
  try
0: movq $1, 0x123(%rbx)
  caught "#PF of a write: error 2", 14, 2, 0b
  try
  lea after_call(%rip), %rax
  mov %rbx, %rcx
  jmp *%rcx
after_call:
1:
  cmp %rbx, seen_rip(%rip)
  check "#PF of a fetch is at the target"
  try
  mov $0x12345678, %ecx
0: rdmsr
  caught "#GP of an unknown MSR", 13, 0, 0b

  # Stacks of their own
  mov $6, %edi
  mov $1, %al
  call set_gate_ist
  try
0: ud2
  caught "#UD by way of IST1", 6, 0, 0b
  lea ist1_top - 56(%rip), %rax
  cmp %rax, seen_rsp(%rip)
  check "its frame is on IST1"
  # #UD is benign: a page fault while it is delivered is a page fault
  movabs $0x7000001000, %rax
  mov %rax, tss+36(%rip)
  try
0: ud2
  caught "#PF when the stack of #UD is not there", 14, 2, 0b
  # But a page fault in the delivery of a page fault is a double fault
  mov $14, %edi
  mov $1, %al
  call set_gate_ist
  mov $8, %edi
  mov $2, %al
  call set_gate_ist
  try
0: mov (%rbx), %eax
  caught "#DF when the #PF cannot be delivered", 8, 0, 0b
  movabs $0x7000001000 - 8, %rcx
  mov %cr2, %rax
  cmp %rcx, %rax
  check "CR2 is of the second page fault"
  mov $14, %edi
  mov $0, %al
  call set_gate_ist
  # And so is a second fault of a selector
  movw $ABSENT, idt + 11 * 16 + 2
  try
  mov $ABSENT, %eax
0: mov %eax, %es
  caught "#DF when #NP has no handler", 8, 0, 0b

  # An x87 exception waits for the next instruction that waits
  mov %cr0, %rax
  and $~0xc, %rax
  or $0x22, %rax
  mov %rax, %cr0
  call divide_by_zero
  try
  fnstsw %ax
0: fld1
  caught "#MF behind a division by zero", 16, 0, 0b
  call divide_by_zero
  try
  nop
0: fwait
  caught "#MF of FWAIT", 16, 0, 0b
  fninit

  # Single steps
  try
  pushfq
  orl $0x100, (%rsp)
  popfq
  nop
0: nop
  caught "#DB after the instruction behind POPF", 1, 0, 0b
  mov %dr6, %rax
  and $0x4000, %eax
  cmp $0x4000, %eax
  check "DR6.BS"
  testl $0x100, seen_flags(%rip)
  setz %al
  test %al, %al
  check "the frame has TF"
  finish

divide_by_zero:
  fninit
  fldcw zero_divide_open(%rip)
  fldz
  fld1
  fdiv %st(1), %st
  ret

  .data
zero_divide_open: .word 0x37b
far_nowhere:
  .long 0
  .word 0
