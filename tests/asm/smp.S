# Several processors: start-up, locks, MONITOR and MWAIT, interprocessor interrupts,
# changes of code and of page tables that the others must see, INIT.
# Options: -smp 4
# Run: vireo -nographic -cpu max -smp 4 -kernel build/release/tests/asm/smp.elf
#      -device isa-debug-exit,iobase=0xf4,iosize=0x04
  .include "runtime.inc"

  .set APS, 3
  .set ROUNDS, 1000
  .set START_PATIENCE, 10000000  # looks at who is there
  .set APIC, 0xfee00000
  .set ID, 0x20
  .set EOI, 0xb0
  .set SVR, 0xf0
  .set COMMAND, 0x300
  .set DESTINATION, 0x310
  .set INIT_OTHERS, 0xc4500
  .set START_OTHERS, 0xc4608
  .set PING, 0x50
  .set PONG, 0x51
  .set FLUSH, 0x52
  .set WAKE, 0x53
  .set TRAMPOLINE, 0x8000
  .set WINDOW, 0x8000000000  # maps window_page of the moment

  # Waits until the counter is `value`.
  .macro await counter, value
77:
  pause
  cmpl $\value, \counter
  jne 77b
  .endm

  .macro finish_if_failed
  cmpb $0, failed(%rip)
  jne end_of_run
  .endm

  # Waits in MWAIT until the counter, alone on its line, is `value` (a register).
  .macro await_store counter, value
77:
  mov $\counter, %eax
  xor %ecx, %ecx
  xor %edx, %edx
  monitor
  cmp \counter, \value
  je 78f
  xor %eax, %eax
  mwait
  jmp 77b
78:
  .endm

main:
  mov $0xff, %al  # the 8259s shall be silent
  out %al, $0x21
  out %al, $0xa1
  lea on_ipi(%rip), %rax
  mov %rax, on_interrupt(%rip)
  mov $1, %eax
  cpuid
  not %ecx
  test $1 << 3, %ecx
  check "the processor has MONITOR, as with -cpu max"
  finish_if_failed
  mov $APIC, %ebx
  movl $0x1ff, SVR(%rbx)
  call map_window
  call start_processors
  mov $START_PATIENCE, %ecx
1:
  pause
  cmpl $APS, online
  loopne 1b
  check "three more processors are there, as with -smp 4"
  finish_if_failed
  cmpl $0xe, ids
  check "three processors start, each with its own APIC"

  # Everybody counts, under a lock and without one.
  movl $1, phase
  call count
  await counted, APS+1
  cmpl $(APS + 1) * ROUNDS, under_lock
  check "a spin lock admits one at a time"
  cmpl $(APS + 1) * ROUNDS, across + 4094
  check "LOCK holds across a page boundary"
  cmpl $(APS + 1) * ROUNDS, sixteen
  jne 1f
  cmpl $(APS + 1) * ROUNDS, sixteen + 8
1:
  check "CMPXCHG16B loses no count"

  # To and fro by stores, each end waiting for the other's.
  mov $1, %r12d
1:
  mov %r12d, mail
  await_store answer, %r12d
  inc %r12d
  cmp $101, %r12d
  jne 1b
  cmpl $100, answer
  check "a hundred stores end waits of MWAIT on either side"

  # To and fro, both ends halted in between.
  mov $100, %r12d
1:
  mov interrupts + 4 * PONG, %r13d
  inc %r13d
  movl $1 << 24, DESTINATION(%rbx)
  movl $0x4000 | PING, COMMAND(%rbx)
2:
  cli
  cmp %r13d, interrupts + 4 * PONG
  je 3f
  sti
  hlt
  jmp 2b
3:
  dec %r12d
  jnz 1b
  cli
  cmpl $100, interrupts + 4 * PONG
  check "a hundred interrupts come back"

  # Code that the others run changes.
  movl $2, phase
  movl $0xc4000 | WAKE, COMMAND(%rbx)
  await saw_one, APS
  movb $2, patched + 1
  await saw_two, APS
  xor %eax, %eax
  check "the others run the code that was stored"

  # A page moves.
  movl $3, phase
  await saw_first, APS
  lea second_page, %rax
  or $3, %rax
  mov %rax, window_entries
  movabs $WINDOW, %rax
  invlpg (%rax)
  movl $0xc4000 | FLUSH, COMMAND(%rbx)
  await saw_second, APS
  xor %eax, %eax
  check "a shoot-down by interrupt moves a page for all"

  # An INIT stops processor 1; a start-up IPI lets it begin again.
  movl $4, phase
  await rested, APS-1
  movl $1 << 24, DESTINATION(%rbx)
  movl $0x4500, COMMAND(%rbx)
  mov beats, %eax
  mov $100, %ecx
1:
  pause
  loop 1b
  cmp %eax, beats
  check "INIT stops a processor"
  movl $0, phase
  movl $1 << 24, DESTINATION(%rbx)
  movl $0x4608, COMMAND(%rbx)
  await online, APS+1
  xor %eax, %eax
  check "and it starts again"
  finish

start_processors:
  lea trampoline, %rsi
  mov $TRAMPOLINE, %edi
  mov $trampoline_end - trampoline, %ecx
  rep movsb
  mov %cr3, %rax
  mov %eax, TRAMPOLINE + ap_cr3 - trampoline
  mov %cr4, %rax
  mov %eax, TRAMPOLINE + ap_cr4 - trampoline
  mov %cr0, %rax
  mov %eax, TRAMPOLINE + ap_cr0 - trampoline
  movl $INIT_OTHERS, COMMAND(%rbx)
  mov $1000, %ecx
1:
  pause
  loop 1b
  movl $START_OTHERS, COMMAND(%rbx)
  movl $START_OTHERS, COMMAND(%rbx)  # of no effect where the first was heard
  ret

# WINDOW -> first_page, through an entry of the top table that nobody uses.
map_window:
  mov %cr3, %rax
  lea window_directories + 3, %rcx
  mov %rcx, 8(%rax)
  lea window_directory + 3, %rcx
  mov %rcx, window_directories
  lea window_entries + 3, %rcx
  mov %rcx, window_directory
  lea first_page + 3, %rcx
  mov %rcx, window_entries
  movl $1, first_page
  movl $2, second_page
  ret

# One processor's share of the counting. Keeps RBX.
count:
  push %rbx
  mov $ROUNDS, %r12d
1:
  lock btsl $0, lock_word
  jnc 2f
  pause
  jmp 1b
2:
  mov under_lock, %eax
  inc %eax
  mov %eax, under_lock
  movl $0, lock_word
  lock incl across + 4094
3:
  mov sixteen, %rax
  mov sixteen + 8, %rdx
  lea 1(%rax), %rbx
  lea 1(%rdx), %rcx
  lock cmpxchg16b sixteen
  jnz 3b
  dec %r12d
  jnz 1b
  lock incl counted
  pop %rbx
  ret

# RAX: the vector.
on_ipi:
  push %rbx
  mov $APIC, %ebx
  cmp $PING, %eax
  jne 1f
  movl $0, DESTINATION(%rbx)
  movl $0x4000 | PONG, COMMAND(%rbx)
1:
  cmp $FLUSH, %eax
  jne 1f
  movabs $WINDOW, %rax
  invlpg (%rax)
1:
  movl $0, EOI(%rbx)
  pop %rbx
  ret

# What each application processor does. R15D: 1 on processor 1.
ap_main:
  lgdt gdt_pointer
  lidt idt_pointer
  mov $1, %eax
  lock xadd %eax, stacks_taken
  inc %eax
  shl $12, %eax
  lea ap_stacks(%rax), %rsp
  mov $APIC, %ebx
  movl $0x1ff, SVR(%rbx)
  mov ID(%rbx), %eax
  shr $24, %eax
  lock bts %eax, ids
  xor %r15d, %r15d
  cmp $1, %eax
  sete %r15b
  lock incl online
  await phase, 1
  call count
  test %r15d, %r15d
  jz ap_listen
  mov $1, %r12d
1:
  await_store mail, %r12d
  mov %r12d, answer
  inc %r12d
  cmp $101, %r12d
  jne 1b
ap_listen:
1:
  sti
  hlt
  cmpl $1, phase
  je 1b
ap_patched:
  call patched
  cmp $1, %eax
  jne ap_patched
  lock incl saw_one
1:
  pause
  call patched
  cmp $2, %eax
  jne 1b
  lock incl saw_two
  await phase, 3
  movabs $WINDOW, %rax
  cmpl $1, (%rax)
  jne ap_stop
  lock incl saw_first
1:
  pause
  cmpl $2, (%rax)
  jne 1b
  lock incl saw_second
  await phase, 4
  test %r15d, %r15d
  jz ap_rest
1:
  lock incl beats
  pause
  jmp 1b
ap_rest:
  lock incl rested
ap_stop:
  cli
  hlt
  jmp ap_stop

patched:
  mov $1, %eax
  ret

  .code16
trampoline:
  cli
  xor %ax, %ax
  mov %ax, %ds
  lgdtl TRAMPOLINE + ap_gdt_pointer - trampoline
  mov $1, %eax
  mov %eax, %cr0
  ljmpl $0x08, $TRAMPOLINE + ap_protected - trampoline
  .code32
ap_protected:
  mov $KDATA, %eax
  mov %eax, %ds
  mov %eax, %es
  mov %eax, %ss
  mov TRAMPOLINE + ap_cr4 - trampoline, %eax
  mov %eax, %cr4
  mov TRAMPOLINE + ap_cr3 - trampoline, %eax
  mov %eax, %cr3
  mov $0xc0000080, %ecx
  rdmsr
  or $0x100, %eax
  wrmsr
  mov TRAMPOLINE + ap_cr0 - trampoline, %eax
  mov %eax, %cr0
  ljmpl $KCODE, $ap_main
  .code64
  .balign 8
ap_gdt:
  .quad 0
  .quad 0x00cf9b000000ffff  # 08: level 0, 32-bit code
  .quad 0x00af9b000000ffff  # 10: as KCODE
  .quad 0x00cf93000000ffff  # 18: as KDATA
ap_gdt_pointer:
  .word ap_gdt_pointer - ap_gdt - 1
  .long TRAMPOLINE + ap_gdt - trampoline
ap_cr0: .long 0
ap_cr3: .long 0
ap_cr4: .long 0
trampoline_end:

  .bss
  .balign 16
sixteen: .skip 16
  .balign 64
mail: .skip 64
answer: .skip 64
online: .skip 4
ids: .skip 4
phase: .skip 4
stacks_taken: .skip 4
lock_word: .skip 4
under_lock: .skip 4
counted: .skip 4
saw_one: .skip 4
saw_two: .skip 4
saw_first: .skip 4
saw_second: .skip 4
rested: .skip 4
beats: .skip 4
  .balign 4096
across: .skip 8192
window_directories: .skip 4096
window_directory: .skip 4096
window_entries: .skip 4096
first_page: .skip 4096
second_page: .skip 4096
ap_stacks: .skip (APS + 2) * 4096
