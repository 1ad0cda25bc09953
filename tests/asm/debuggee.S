# A guest to be debugged: it works through a list under timer interrupts, and finds in the end
# that one of its variables has changed, long after a function wrote beyond an array.
# Options: -smp 2
# Run: vireo -nographic -s -S -kernel build/release/tests/asm/debuggee.elf
#      -device isa-debug-exit,iobase=0xf4,iosize=0x04
  .include "runtime.inc"

  .set APIC, 0xfee00000
  .set EOI, 0xb0
  .set SVR, 0xf0
  .set LVT_TIMER, 0x320
  .set INITIAL, 0x380
  .set DIVIDE, 0x3e0
  .set PERIODIC, 1 << 17
  .set VECTOR, 0x40

  .macro function name
  .globl \name
  .type \name, @function
\name:
  .endm
  .macro variable name
  .balign 8
  .globl \name
  .type \name, @object
  .size \name, 8
\name:
  .endm

function main
  mov $0xff, %al  # the 8259s shall be silent
  out %al, $0x21
  out %al, $0xa1
  lea on_timer(%rip), %rax
  mov %rax, on_interrupt(%rip)
  mov $APIC, %ebx
  movl $0x1ff, SVR(%rbx)
  movl $0xb, DIVIDE(%rbx)
  movl $PERIODIC | VECTOR, LVT_TIMER(%rbx)
  movl $500, INITIAL(%rbx)
  sti
  xor %r12d, %r12d
1:
  mov %r12, %rdi
  call work
  inc %r12
  cmp $1000, %r12
  jb 1b
  cli
  call look_back
  jmp end_of_run

# rdi: the number of the item.
function work
  mov %edi, %eax
  imul %edi, %eax
  add %rax, sum(%rip)
  and $15, %edi
  cmp $617, %r12
  jne 1f
  add $7, %edi  # the planted error: 617 % 16 + 7 is one beyond the array
1:
  call note_item
  ret

# rdi: the place in `notes`, of which there are 16.
function note_item
  mov %rax, notes(, %rdi, 8)
  ret

function on_timer
  incq ticks(%rip)
  mov $APIC, %eax
  movl $0, EOI(%rax)
  ret

# The variable behind the array should still be what it was at the start.
function look_back
  mov guarded(%rip), %rax
  mov $0x5eed5eed, %ecx
  cmp %rcx, %rax
  jne found_corruption
  check "the variable is as it was"
  ret

function found_corruption
  mov $1, %ecx
  cmp $0, %ecx
  check "the variable is as it was"
  ret

  .data
variable sum
  .quad 0
variable ticks
  .quad 0
  .balign 8
  .globl notes
  .type notes, @object
  .size notes, 128
notes:
  .fill 16, 8, 0
variable guarded
  .quad 0x5eed5eed
