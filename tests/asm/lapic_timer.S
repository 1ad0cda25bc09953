# The local APIC's timer: one-shot, periodic and TSC-deadline interrupts, in
# xAPIC and x2APIC mode.
# Run: vireo -nographic -kernel build/release/tests/asm/lapic_timer.elf
#      -device isa-debug-exit,iobase=0xf4,iosize=0x04
  .include "runtime.inc"

  .set APIC, 0xfee00000
  .set SVR, 0xf0
  .set EOI, 0xb0
  .set LVT_TIMER, 0x320
  .set INITIAL, 0x380
  .set CURRENT, 0x390
  .set DIVIDE, 0x3e0
  .set MSR_APIC_BASE, 0x1b
  .set MSR_DEADLINE, 0x6e0
  .set MSR_X2APIC, 0x800
  .set VECTOR, 0x40

main:
  mov $APIC, %ebx
  movl $0x1ff, SVR(%rbx)
  movl $0, INITIAL(%rbx)
  lea end_xapic(%rip), %rax
  mov %rax, on_interrupt(%rip)

  movl $0xb, DIVIDE(%rbx)  # by 1
  movl $VECTOR, LVT_TIMER(%rbx)
  movl $1000000, INITIAL(%rbx)
  mov CURRENT(%rbx), %eax
  mov CURRENT(%rbx), %ecx
  cmp %eax, %ecx
  setb %al
  cmp $1, %al
  check "the count goes down"
  sti
1:
  cmpl $0, interrupts + 4 * VECTOR
  je 1b
  cli
  cmpl $0, CURRENT(%rbx)
  check "one-shot: the count ends at 0"
  cmpl $1, interrupts + 4 * VECTOR
  check "one-shot: one interrupt"

  movl $1 << 17 | VECTOR, LVT_TIMER(%rbx)
  movl $20000, INITIAL(%rbx)
  sti
1:
  hlt
  cmpl $11, interrupts + 4 * VECTOR
  jb 1b
  cli
  cmpl $11, interrupts + 4 * VECTOR
  check "periodic: HLT wakes for each of ten more"
  movl $1 << 16, LVT_TIMER(%rbx)
  movl $0, INITIAL(%rbx)

  # A masked timer says nothing
  movl $1 << 16 | VECTOR, LVT_TIMER(%rbx)
  movl $100, INITIAL(%rbx)
  sti
  mov $2000, %ecx
1:
  loop 1b
  cli
  cmpl $11, interrupts + 4 * VECTOR
  check "masked: no interrupt"

  # TSC deadline
  movl $2 << 17 | VECTOR, LVT_TIMER(%rbx)
  mfence
  rdtsc
  shl $32, %rdx
  or %rdx, %rax
  add $500000, %rax
  mov %rax, %r12
  mov %rax, %rdx
  shr $32, %rdx
  mov $MSR_DEADLINE, %ecx
  wrmsr
  sti
  hlt
  cli
  cmpl $12, interrupts + 4 * VECTOR
  check "deadline: HLT wakes"
  rdtsc
  shl $32, %rdx
  or %rdx, %rax
  cmp %r12, %rax
  setae %al
  cmp $1, %al
  check "deadline: not before its time"
  mov $MSR_DEADLINE, %ecx
  rdmsr
  or %edx, %eax
  check "deadline: 0 after it came"

  # x2APIC: the same registers as MSRs
  mov $MSR_APIC_BASE, %ecx
  rdmsr
  or $0x400, %eax
  wrmsr
  lea end_x2apic(%rip), %rax
  mov %rax, on_interrupt(%rip)
  mov $MSR_X2APIC + LVT_TIMER / 16, %ecx
  mov $VECTOR, %eax
  xor %edx, %edx
  wrmsr
  mov $MSR_X2APIC + INITIAL / 16, %ecx
  mov $5000, %eax
  wrmsr
  sti
  hlt
  cli
  cmpl $13, interrupts + 4 * VECTOR
  check "x2APIC: one-shot"
  # A self IPI
  mov $MSR_X2APIC + 0x3f, %ecx
  mov $0x51, %eax
  wrmsr
  sti
  nop
  cli
  cmpl $1, interrupts + 4 * 0x51
  check "x2APIC: a self IPI comes at once"
  finish

# RBX is the APIC's page all the time.
end_xapic:
  movl $0, EOI(%rbx)
  ret
end_x2apic:
  push %rax
  push %rcx
  push %rdx
  xor %eax, %eax
  xor %edx, %edx
  mov $MSR_X2APIC + EOI / 16, %ecx
  wrmsr
  pop %rdx
  pop %rcx
  pop %rax
  ret
