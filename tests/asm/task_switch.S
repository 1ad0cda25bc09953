# Hardware task switches: by JMP, CALL, IRET and through task gates, what they
# save and load, busy bits, back link, NT and TS, and the faults of the new task.
# Run: vireo -nographic -kernel build/release/tests/asm/task_switch.elf
#      -device isa-debug-exit,iobase=0xf4,iosize=0x04
  .include "runtime32.inc"

  .set TSS_B, 0x40
  .set TASK_GATE, 0x48
  .set LDT, 0x50
  .set TSS_16, 0x58
  .set TSS_SHORT, 0x60
  .set TSS_ABSENT, 0x68
  .set GATE_TO_DATA, 0x70
  .set CODE_ABSENT, 0x78
  .set CODE_NARROW, 0x80  # 32-bit code at narrow_base
  .set TSS_10, 0x88
  .set TSS_11, 0x90
  .set TSS_12, 0x98
  .set BUSY, 0x8b
  .set AVAILABLE, 0x89
  .set NT, 0x4000

  # Fields of a 32-bit TSS
  .set LINK, 0
  .set CR3, 0x1c
  .set EIP, 0x20
  .set EFLAGS, 0x24
  .set EAX, 0x28
  .set ESP, 0x38
  .set ES, 0x48
  .set CS, 0x4c
  .set SS, 0x50
  .set DS, 0x54
  .set LDTR, 0x60
  .set TRAP, 0x64

main:
  descriptor TSS_16, tss_16, 0x2b, 0x81, 0
  descriptor TSS_SHORT, tss_b, 0x66, AVAILABLE, 0
  descriptor TSS_ABSENT, tss_b, 0x67, 0x09, 0
  descriptor LDT, ldt, 7, 0x82, 0
  descriptor CODE_ABSENT, 0, 0xfffff, 0x1a, 12
  descriptor CODE_NARROW, narrow_base, 0xffff, 0x9a, 4
  gate gdt, TASK_GATE / 8, TSS_B, 0, 0xe5
  gate gdt, GATE_TO_DATA / 8, KDATA, 0, 0xe5
  gate idt, 0x40, TSS_B, 0, 0xe5

  # JMP
  call fresh_b
  mov $0xa1, %ebx
  mov $0xa2, %ebp
  std
  ljmp $TSS_B, $0
after_jump:
  cld
  equal "JMP: back with EBX", %ebx, 0xa1
  equal "and EBP", %ebp, 0xa2
  equal "the new task's EAX came from its TSS", b_eax, 0x1234
  equal "its ESP as well", b_esp, b_stack_top
  equal "its TR", b_tr, TSS_B
  equal "no NT in a task that was jumped to", b_flags, 2
  equal "its TSS was busy", b_type, BUSY
  equal "the old one was available", a_type, AVAILABLE
  equal "and held EIP", a_eip, after_jump
  testl $8, b_cr0
  setz %al
  test %al, %al
  check "CR0.TS is set"
  equal "its EIP is behind its own JMP", tss_b+EIP, b_after_jump
  movzbl gdt + TSS_B + 5, %eax
  equal "now it is available", %eax, AVAILABLE
  movzbl gdt + TSS_SELECTOR + 5, %eax
  equal "and the first one busy", %eax, BUSY
  testl $0x400, tss + EFLAGS
  setz %al
  test %al, %al
  check "the saved flags had DF"

  # CALL and IRET
  call fresh_b
  movl $task_b_iret, tss_b + EIP
  lcall $TSS_B, $0
  movzwl tss_b + LINK, %eax
  equal "CALL: the back link", %eax, TSS_SELECTOR
  equal "NT in the called task", b_flags, NT|2
  equal "both are busy", b_type, BUSY
  equal "the caller too", a_type, BUSY
  movzbl gdt + TSS_B + 5, %eax
  equal "IRET leaves the task available", %eax, AVAILABLE
  testl $NT, tss_b + EFLAGS
  check "and without NT in its image"
  equal "at the instruction behind IRET", tss_b+EIP, b_after_iret
  pushf
  pop %eax
  test $NT, %eax
  check "the caller has no NT"
  lcall $TASK_GATE, $0
  equal "CALL through a task gate goes on in the task", b_entered, 2

  # Interrupts and exceptions
  call fresh_b
  movl $task_b_iret, tss_b + EIP
  int $0x40
  equal "INT through a task gate", b_flags, NT|2
  equal "has the back link", b_link, TSS_SELECTOR
  gate idt, 13, TSS_B, 0, 0xe5
  call fresh_b
  movl $task_b_fault, tss_b + EIP
  mov $0x104, %eax
bad_load:
  mov %eax, %es
behind_bad_load:
  equal "an exception's task finds the error code", b_error, 0x104
  equal "on its own stack", b_esp, b_stack_top-4
  equal "the first task stopped at the instruction", a_eip, bad_load
  testl $0x10000, tss + EFLAGS
  setz %al
  test %al, %al
  check "with RF"
  gate idt, 13, KCODE, handlers+13*16, 0x8e

  # 16 bits
  movw $0x5555, tss_16 + 0x12
  ljmp $TSS_16, $0
  equal "a 16-bit task: AX", b_eax, 0x5555
  equal "its TR", b_tr, TSS_16
  movzwl tss_16 + 0x12, %eax
  equal "it saved AX", %eax, 0x6666
  movzwl tss_16 + 0x0e, %eax
  equal "and IP", %eax, narrow_after_jump-narrow_base

  # Refused in the old task
  try
0: ljmp $TSS_SELECTOR, $0
  caught "#GP of a jump to the busy task", 13, TSS_SELECTOR, 0b
  try
0: ljmp $TSS_ABSENT, $0
  caught "#NP of an absent TSS", 11, TSS_ABSENT, 0b
  try
0: ljmp $TSS_SHORT, $0
  caught "#TS of a TSS that is too short", 10, TSS_SHORT, 0b
  try
0: ljmp $GATE_TO_DATA, $0
  caught "#GP of a task gate to no TSS", 13, KDATA, 0b
  str %eax
  equal "still the first task", %eax, TSS_SELECTOR
  try
  movw $TSS_B, tss + LINK
  movb $AVAILABLE, gdt + TSS_B + 5
  pushf
  orl $NT, (%esp)
  popf
0: iret
  caught "#TS of IRET to a task that is not busy", 10, TSS_B, 0b

  # Faults of the new task: its segments are not all there, so that only yet
  # another task can look at it
  descriptor TSS_10, tss_10, 0x67, AVAILABLE, 0
  descriptor TSS_11, tss_11, 0x67, AVAILABLE, 0
  descriptor TSS_12, tss_12, 0x67, AVAILABLE, 0
  gate idt, 10, TSS_10, 0, 0xe5
  gate idt, 11, TSS_11, 0, 0xe5
  gate idt, 12, TSS_12, 0, 0xe5
  .macro in_new_task name, field, value, vector, error
  call fresh_b
  movl $\value, tss_b + \field
  try
  ljmp $TSS_B, $0
  caught "\name", \vector, \error, task_b
  equal "\name: in the new task", b_link, TSS_B
  call restore_first
  .endm
  in_new_task "#TS of an LDT that is none", LDTR, KDATA, 10, KDATA
  in_new_task "#TS of a null CS", CS, 0, 10, 0
  in_new_task "#TS of a CS that is data", CS, KDATA, 10, KDATA
  in_new_task "#TS of a CS of another level", CS, KCODE|1, 10, KCODE
  in_new_task "#NP of an absent CS", CS, CODE_ABSENT, 11, CODE_ABSENT
  in_new_task "#TS of a null SS", SS, 0, 10, 0
  in_new_task "#TS of an SS of another level", SS, UDATA, 10, UDATA & ~3
  in_new_task "#SS of an absent SS", SS, ABSENT, 12, ABSENT
  in_new_task "#TS of a DS beyond the GDT", DS, 0x200, 10, 0x200
  in_new_task "#TS of a DS that is a TSS", DS, TSS_B, 10, TSS_B
  in_new_task "#NP of an absent ES", ES, ABSENT, 11, ABSENT
  call fresh_b
  movl $0x680001, tss_b + TRAP
  try
  ljmp $TSS_B, $0
  caught "#DB of the T bit", 1, 0, task_b
  str %eax
  equal "in the new task", %eax, TSS_B
  mov %dr6, %eax
  and $0x8000, %eax
  equal "DR6.BT", %eax, 0x8000
  call restore_first

  # Paging
  call fresh_b
  call map_4_mib
  movl $other_directory, tss_b + CR3
  ljmp $TSS_B, $0
  equal "the task ran on its own CR3", b_cr3, other_directory
  mov %cr3, %eax
  equal "the first one on its own again", %eax, directory
  mov %cr0, %eax
  and $0x7fffffff, %eax
  mov %eax, %cr0
  finish

# The second task with nothing odd.
fresh_b:
  mov $tss_b, %edi
  xor %eax, %eax
  mov $26, %ecx
  rep stosl
  movl $task_b, tss_b + EIP
  movl $2, tss_b + EFLAGS
  movl $0x1234, tss_b + EAX
  movl $b_stack_top, tss_b + ESP
  movl $KDATA, tss_b + ES
  movl $KCODE, tss_b + CS
  movl $KDATA, tss_b + SS
  movl $KDATA, tss_b + DS
  movl $0x680000, tss_b + TRAP
  movl $0, b_entered
  descriptor TSS_B, tss_b, 0x67, AVAILABLE, 0
  ret

# TR is the first task's again.
restore_first:
  movb $AVAILABLE, gdt + TSS_SELECTOR + 5
  movb $AVAILABLE, gdt + TSS_B + 5
  movb $AVAILABLE, gdt + TSS_10 + 5
  movb $AVAILABLE, gdt + TSS_11 + 5
  movb $AVAILABLE, gdt + TSS_12 + 5
  mov $TSS_SELECTOR, %eax
  ltr %ax
  xor %eax, %eax
  lldt %ax
  clts
  ret

# Of TSS_10 to TSS_12: EAX is the vector, ECX the task's own TSS.
fault_task:
  mov %eax, seen_vector
  popl seen_error
  movzwl (%ecx), %eax
  mov %eax, b_link
  mov tss_b + EIP, %eax
  mov %eax, seen_eip
  movl $fault_task, EIP(%ecx)
  mov resume_esp, %esp
  pushl $2
  popf
  jmp *resume_eip

note_state:
  mov %eax, b_eax
  incl b_entered
  pushf
  popl b_flags
  str %eax
  mov %eax, b_tr
  mov %cr0, %eax
  mov %eax, b_cr0
  mov %cr3, %eax
  mov %eax, b_cr3
  mov tss + EIP, %eax
  mov %eax, a_eip
  movzbl gdt + TSS_B + 5, %eax
  mov %eax, b_type
  movzbl gdt + TSS_SELECTOR + 5, %eax
  mov %eax, a_type
  movzwl tss_b + LINK, %eax
  mov %eax, b_link
  ret

task_b:
  mov %esp, b_esp
  call note_state
  ljmp $TSS_SELECTOR, $0
b_after_jump:
  ud2

task_b_iret:
  call note_state
  iret
b_after_iret:
  call note_state
  iret
  ud2

# Sends the first task on behind the instruction that failed.
task_b_fault:
  mov %esp, b_esp
  popl b_error
  call note_state
  movl $behind_bad_load, tss + EIP
  iret

# The first 4 MiB by themselves.
map_4_mib:
  mov $0x10, %eax
  mov %eax, %cr4
  movl $0x83, directory
  movl $0x83, other_directory
  movl $directory, tss + CR3
  mov $directory, %eax
  mov %eax, %cr3
  mov %cr0, %eax
  or $0x80000000, %eax
  mov %eax, %cr0
  ret

# Runs in a segment of its own, as IP has 16 bits.
narrow_base:
narrow_task:
  mov %eax, %ss:b_eax
  andl $0xffff, %ss:b_eax
  str %eax
  mov %eax, %ss:b_tr
  mov $0x6666, %eax
  ljmp $TSS_SELECTOR, $0
narrow_after_jump:
  ud2

  .data
  .balign 16
tss_b: .fill 26, 4, 0
  .balign 16
  .macro fault_tss name, vector
  .balign 16
\name:
  .fill 8, 4, 0
  .long fault_task, 2
  .long \vector, \name, 0, 0, fault_stack_top, 0, 0, 0
  .long KDATA, KCODE, KDATA, KDATA, 0, 0, 0, 0x680000
  .endm
  fault_tss tss_10, 10
  fault_tss tss_11, 11
  fault_tss tss_12, 12
tss_16:
  .word 0
  .word 0, 0, 0, 0, 0, 0
  .word 0, 2           # IP, FLAGS
  .fill 8, 2, 0
  .word KDATA, CODE_NARROW, KDATA, KDATA, 0
ldt: .quad 0
b_eax: .long 0
b_esp: .long 0
b_tr: .long 0
b_flags: .long 0
b_cr0: .long 0
b_cr3: .long 0
b_type: .long 0
b_link: .long 0
b_error: .long 0
b_entered: .long 0
a_type: .long 0
a_eip: .long 0
  .bss
  .balign 4096
directory: .skip 4096
other_directory: .skip 4096
  .skip 4096
b_stack_top:
  .skip 4096
fault_stack_top:
