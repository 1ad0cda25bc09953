# Segments of protected mode: loads with their checks, limits and types at each
# access, gates between privilege levels, and what LAR, LSL and their kin see.
# Run: vireo -nographic -kernel build/release/tests/asm/segmentation.elf
#      -device isa-debug-exit,iobase=0xf4,iosize=0x04
  .include "runtime32.inc"

  .set SMALL, 0x40        # data of 4 KiB
  .set DOWN, 0x48         # expand-down data above 4 KiB
  .set READ_ONLY, 0x50
  .set CODE_ONLY, 0x58    # execute-only code
  .set CONFORMING, 0x60
  .set CODE_SMALL, 0x68   # code that ends with its label small_code_end
  .set STACK_8M, 0x70     # data of 8 MiB
  .set CALL_GATE, 0x78
  .set LDT, 0x80
  .set TSS_BUSY, 0x88
  .set GATE_ABSENT, 0xa0
  .set CODE_1, 0xa8       # for level 1
  .set READ_ONLY_1, 0xb0
  .set ABSENT_1, 0xb8

main:
  descriptor SMALL, some_data, 0xfff, 0x92, 4
  descriptor DOWN, some_data, 0xfff, 0x96, 4
  descriptor READ_ONLY, some_data, 0xfff, 0x90, 4
  descriptor CODE_ONLY, 0, 0xfffff, 0x98, 12
  descriptor CONFORMING, 0, 0xfffff, 0x9e, 12
  descriptor CODE_SMALL, small_code, small_code_end-small_code-1, 0x9a, 4
  descriptor STACK_8M, 0, 0x7ff, 0x92, 12
  descriptor CODE_1, 0, 0xfffff, 0xba, 12
  descriptor READ_ONLY_1, 0, 0xfffff, 0xb0, 12
  descriptor ABSENT_1, 0, 0xfffff, 0x32, 12
  gate idt, 0x40, CODE_1, level_1, 0xee
  descriptor LDT, ldt, 0xf, 0x82, 0
  descriptor TSS_BUSY, tss, 0x67, 0x8b, 0
  descriptor LAST, ldt_data, 0xf, 0xf2, 4
  mov gdt + LAST, %eax
  mov %eax, ldt + 8
  mov gdt + LAST + 4, %eax
  mov %eax, ldt + 12
  gate gdt, CALL_GATE / 8, KCODE, called, 0xec, 2
  gate gdt, GATE_ABSENT / 8, KCODE, called, 0x6c, 0

  # Loading
  mov $SMALL, %eax
  mov %eax, %es
  testb $1, gdt + SMALL + 5
  setz %al
  test %al, %al
  check "a load sets the accessed bit"
  try
  mov $0x100, %eax
0: mov %eax, %es
  caught "#GP of a selector beyond the GDT", 13, 0x100, 0b
  try
  mov $0x0c, %eax
0: mov %eax, %es
  caught "#GP of a selector in the LDT while there is none", 13, 0x0c, 0b
  try
  mov $ABSENT, %eax
0: mov %eax, %fs
  caught "#NP of an absent segment", 11, ABSENT, 0b
  try
  mov $ABSENT, %eax
0: mov %eax, %ss
  caught "#SS of an absent stack segment", 12, ABSENT, 0b
  try
  xor %eax, %eax
0: mov %eax, %ss
  caught "#GP(0) of a null stack segment", 13, 0, 0b
  try
  mov $READ_ONLY, %eax
0: mov %eax, %ss
  caught "#GP of a stack segment that is read-only", 13, READ_ONLY, 0b
  try
  mov $SMALL | 1, %eax
0: mov %eax, %ss
  caught "#GP of a stack segment with another RPL", 13, SMALL, 0b
  try
  mov $CODE_ONLY, %eax
0: mov %eax, %gs
  caught "#GP of execute-only code in a data register", 13, CODE_ONLY, 0b
  try
  mov $TSS_SELECTOR, %eax
0: mov %eax, %gs
  caught "#GP of a system segment in a data register", 13, TSS_SELECTOR, 0b
  try
  mov $KDATA | 3, %eax
0: mov %eax, %gs
  caught "#GP of an RPL weaker than the DPL", 13, KDATA, 0b
  mov $CONFORMING | 3, %eax
  mov %eax, %gs
  mov %gs, %eax
  equal "conforming code may be held whatever the RPL", %eax, CONFORMING|3
  mov $LDT, %eax
  lldt %ax
  mov $0x0f, %eax
  mov %eax, %gs
  mov %gs:0, %eax
  equal "a segment of the LDT", %eax, 0x12345678
  try
  mov $SMALL, %eax
0: lldt %ax
  caught "#GP of LLDT with a data segment", 13, SMALL, 0b
  try
  mov $TSS_BUSY, %eax
0: ltr %ax
  caught "#GP of LTR with a busy TSS", 13, TSS_BUSY, 0b
  lss far_stack, %esp
  mov %ss, %eax
  equal "LSS loads both", %eax, STACK_8M
  mov $KDATA, %eax
  mov %eax, %ss
  try
0: lds far_absent, %ecx
  caught "#NP of LDS", 11, ABSENT, 0b

  # Limits
  mov $SMALL, %eax
  mov %eax, %fs
  mov %fs:0xffc, %eax
  equal "the last four bytes", %eax, 0x55667788
  try
0: mov %fs:0xffd, %eax
  caught "#GP of a dword that ends behind the limit", 13, 0, 0b
  try
0: movw $1, %fs:0xfff
  caught "#GP of a word that ends behind the limit", 13, 0, 0b
  movb $0x55, %fs:0xfff
  try
0: movb $1, %fs:0x1000
  caught "#GP of a byte behind the limit", 13, 0, 0b
  try
0: incl %fs:0xffe
  caught "#GP of a change behind the limit", 13, 0, 0b
  try
0: fldl %fs:0xff9
  caught "#GP of an FPU operand behind the limit", 13, 0, 0b
  movl $0x99aabbcc, some_data + 0x1000
  mov $DOWN, %eax
  mov %eax, %gs
  mov %gs:0x1000, %eax
  equal "expand-down: the first bytes", %eax, 0x99aabbcc
  try
0: mov %gs:0xfff, %al
  caught "#GP of expand-down at the limit", 13, 0, 0b
  try
  mov $SMALL, %eax
  mov %eax, %es
  mov $0xff8, %edi
  mov $4, %ecx
  mov $0x1111, %eax
0: rep stosl
  caught "#GP within REP STOS", 13, 0, 0b
  equal "ECX is what is left", seen_ecx, 2
  equal "EDI is where it stopped", seen_edi, 0x1000
  mov $STACK_8M, %eax
  mov %eax, %ss
  try
  mov $0x7ffffd, %ebp
0: mov (%ebp), %eax
  caught "#SS of a stack reference behind the limit", 12, 0, 0b

  # Types
  mov $READ_ONLY, %eax
  mov %eax, %fs
  mov %fs:0xffc, %al
  try
0: mov %al, %fs:0
  caught "#GP of a store to read-only data", 13, 0, 0b
  try
0: mov %eax, %cs:some_data
  caught "#GP of a store through CS", 13, 0, 0b
  mov %cs:ldt_data, %eax
  equal "a load through CS", %eax, 0x12345678
  xor %eax, %eax
  mov %eax, %fs
  try
0: mov %fs:some_data, %eax
  caught "#GP of a load through a null selector", 13, 0, 0b
  try
  ljmp $CODE_ONLY, $0f
0: mov %cs:some_data, %eax
  caught "#GP of a load through execute-only CS", 13, 0, 0b

  # Fetching
  mov $0, %ecx
  lcall $CODE_SMALL, $0
  equal "code in a small segment", %ecx, 2
  try
  ljmp $CODE_SMALL, $small_jump - small_code
  caught "#GP of a jump behind the limit of CS, at the jump", 13, 0, small_jump_at-small_code
  try
  ljmp $CODE_SMALL, $small_last - small_code
  caught "#GP behind the last instruction of CS", 13, 0, small_code_end-small_code
  try
0: ljmp $CODE_SMALL, $small_code_end - small_code
  caught "#GP of a far jump behind the limit, at the jump", 13, 0, 0b
  try
0: ljmp $KDATA, $0
  caught "#GP of a far jump to data", 13, KDATA, 0b
  try
0: ljmp $UCODE, $0
  caught "#GP of a far jump outwards", 13, UCODE & ~3, 0b
  try
0: ljmp $GATE_ABSENT, $0
  caught "#NP of a far jump to an absent gate", 11, GATE_ABSENT, 0b
  try
  push $UCODE & ~3
  push $0
0: lret
  caught "#GP of a far return whose RPL is not the DPL", 13, UCODE & ~3, 0b

  # Between levels
  try
  mov $user_calls, %ecx
  jmp enter_user
  caught "a call gate inwards, RETF outwards", 6, 0, user_back
  equal "the parameters went along", parameters, 0x1111
  equal "in their order", parameters+4, 0x2222
  equal "SS0:ESP0 took over", called_esp, kernel_stack_top-24
  equal "the gate's code ran at level 0", called_cs, KCODE
  equal "RETF 8 dropped them outside as well", user_esp, user_stack_top
  try
  mov $user_far_kernel, %ecx
  jmp enter_user
  caught "#GP of a user's far jump to kernel code", 13, KCODE, user_far_kernel
  try
  mov $user_conforming, %ecx
  jmp enter_user
  caught "conforming code runs at the caller's level", 13, 0, user_in_conforming
  equal "with the caller's level in CS", seen_cs, CONFORMING|3
  try
  movw $0, tss + 16
  mov $user_gate, %ecx
  jmp enter_user
  caught "#TS of a null SS1", 10, 0, user_gate
  try
  movw $SMALL | 1, tss + 16
  mov $user_gate, %ecx
  jmp enter_user
  caught "#TS of an SS1 of another level", 10, SMALL, user_gate
  try
  movw $READ_ONLY_1 | 1, tss + 16
  mov $user_gate, %ecx
  jmp enter_user
  caught "#TS of an SS1 that is read-only", 10, READ_ONLY_1, user_gate
  try
  movw $ABSENT_1 | 1, tss + 16
  mov $user_gate, %ecx
  jmp enter_user
  caught "#SS of an SS1 that is absent", 12, ABSENT_1, user_gate

  # Looking
  mov $READ_ONLY, %ebx
  lar %ebx, %eax
  setz %cl
  and $0xf0ff00, %eax
  equal "LAR", %eax, 0x409100
  lsl %ebx, %eax
  equal "LSL", %eax, 0xfff
  mov $KDATA, %ebx
  lsl %ebx, %eax
  equal "LSL counts in bytes", %eax, 0xffffffff
  mov $CALL_GATE, %ebx
  lsl %ebx, %eax
  setz %al
  test %al, %al
  check "LSL knows no gates"
  mov $CALL_GATE, %ebx
  lar %ebx, %eax
  setnz %al
  test %al, %al
  check "LAR does"
  mov $READ_ONLY, %ebx
  verw %bx
  setz %al
  test %al, %al
  check "VERW of read-only data"
  verr %bx
  check "VERR of it"
  mov $CODE_ONLY, %ebx
  verr %bx
  setz %al
  test %al, %al
  check "VERR of execute-only code"
  mov $0x10, %eax
  mov $3, %ecx
  arpl %cx, %ax
  equal "ARPL", %eax, 0x13
  str %eax
  equal "STR", %eax, TSS_SELECTOR
  finish

# ecx: where to.
enter_user:
  push $UDATA
  push $user_stack_top
  push $2
  push $UCODE
  push %ecx
  iret

called:
  mov %esp, %ss:called_esp
  mov %cs, %ss:called_cs
  mov 8(%esp), %eax
  mov %eax, %ss:parameters
  mov 12(%esp), %eax
  mov %eax, %ss:parameters + 4
  lret $8

user_calls:
  push $0x2222
  push $0x1111
  lcall $CALL_GATE, $0
  mov $UDATA, %eax
  mov %eax, %ds
  mov %esp, user_esp
user_back: ud2
user_far_kernel: ljmp $KCODE, $0
user_conforming: ljmp $CONFORMING, $user_in_conforming
user_in_conforming: hlt
user_gate: int $0x40
level_1: ud2

  .balign 16
small_code:
  inc %ecx
  jmp 1f
  nop
1:
  inc %ecx
  lret
small_jump:
  nop
small_jump_at:
  jmp . + 0x70
small_last:
  nop
  nop
small_code_end:
  .fill 0x80, 1, 0x90
  ud2

  .data
far_stack:
  .long stack_top
  .word STACK_8M
far_absent:
  .long 0
  .word ABSENT
  .balign 8
ldt:
  .quad 0
  .quad 0                   # 0f: data of 16 bytes
ldt_data: .long 0x12345678, 0, 0, 0
parameters: .long 0, 0
called_esp: .long 0
called_cs: .long 0
user_esp: .long 0
  .balign 4096
some_data:
  .fill 0xffc, 1, 0
  .long 0x55667788
  .long 0x99aabbcc
