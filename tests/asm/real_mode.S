# Real mode: segment arithmetic, the interrupt vector table, limits, and what
# remains of protected mode ("unreal" segments). What the 16-bit program notes is
# looked at after the return to protected mode.
# Run: vireo -nographic -kernel build/release/tests/asm/real_mode.elf
#      -device isa-debug-exit,iobase=0xf4,iosize=0x04
  .include "runtime32.inc"

  .set CODE_16, 0x40
  .set DATA_16, 0x48
  .set SEG, 0x2000
  .set PROGRAM, 0x20000
  .set NOTES, 0x30000   # dwords, by number
  .set NOTES_SEG, 0x3000

  # In the program: note NUMBER takes EAX.
  .macro note number
  mov %eax, %fs:4 * \number
  .endm
  # The code between must raise VECTOR; EAX becomes vector << 16 | IP.
  .macro expect
  movw $1f - program, %fs:0x400
  .endm
  .macro seen number
1:
  note \number
  .endm
  .macro noted name, number, value
  equal "\name", NOTES+4*\number, \value
  .endm
  # The fault of vector at label
  .macro fault name, number, vector, label
  mov $\label - program + (\vector << 16), %eax
  cmp %eax, NOTES + 4 * \number
  check "\name"
  .endm

main:
  mov $program, %esi
  mov $PROGRAM, %edi
  mov $program_end - program, %ecx
  rep movsb
  descriptor CODE_16, PROGRAM, 0xffff, 0x9a, 0
  descriptor DATA_16, 0, 0xffff, 0x92, 0
  mov %esp, flat_esp
  ljmp $CODE_16, $enter_real - program
back:
  mov $KDATA, %eax
  mov %eax, %ss
  mov %eax, %ds
  mov %eax, %es
  mov flat_esp, %esp
  lidt idt_pointer

  noted "INT pushes FLAGS", 0, 0x246
  noted "and CS", 1, SEG
  noted "and IP", 2, after_int-program
  noted "it clears IF", 3, 0
  noted "IRET restores it", 4, 0x200
  fault "#DE", 5, 0, divide_at
  fault "#UD of LAR", 6, 6, no_lar
  fault "#UD of STR", 7, 6, no_str
  fault "#UD of LLDT", 8, 6, no_lldt
  fault "#UD of ARPL", 9, 6, no_arpl
  fault "#GP of a word at 0xffff", 10, 13, word_at_ffff
  fault "#SS of a word at SS:0xffff", 11, 12, stack_at_ffff
  fault "#GP of an offset beyond 64 KiB", 12, 13, wide_offset
  noted "FFFF:0010 is 1 MiB", 13, 0x600df00d
  noted "FS reaches 4 GiB after protected mode", 14, 0x600df00d
  noted "also with another selector", 15, 0x600df00d
  noted "a push at SP 0 goes to 0xfffe", 16, 0xfffe
  noted "a store through CS", 17, 0x77
  noted "a far call pushed CS", 18, SEG
  noted "a far return came back", 19, SEG-0x100
  noted "SMSW has no PE", 20, 0x30
  noted "PUSHFD pushes four bytes", 21, 4
  fault "#GP of a vector beyond the limit of IDTR", 22, 13, int_beyond
  noted "a vector table elsewhere", 23, 0x1234
  fault "#GP of a jump beyond 64 KiB", 24, 13, jump_beyond
  noted "LOOP counts CX", 25, 0xabcd0000
  noted "a string wraps at 64 KiB", 26, 1
  finish

  .code16
program:
enter_real:
  mov $KDATA, %ax
  mov %ax, %gs          # 4 GiB, to keep
  mov $DATA_16, %ax
  mov %ax, %ss
  mov %ax, %ds
  mov %ax, %es
  mov %ax, %fs
  mov %cr0, %eax
  and $~1, %eax
  mov %eax, %cr0
  ljmp $SEG, $1f - program
1:
  lidtl %cs:real_table - program
  mov $SEG, %ax
  mov %ax, %ds
  mov %ax, %ss
  mov $0x9000, %esp
  mov $NOTES_SEG, %ax
  mov %ax, %fs
  xor %ax, %ax
  mov %ax, %es
  .macro vector number, handler
  movw $\handler - program, %es:4 * \number
  movw $SEG, %es:4 * \number + 2
  .endm
  vector 0, on_de
  vector 6, on_ud
  vector 12, on_ss
  vector 13, on_gp
  vector 0x40, on_int

  push $0x246
  popf
  int $0x40
after_int:
  pushf
  cli
  pop %ax
  and $0x200, %eax
  note 4
  expect
  xor %cx, %cx
divide_at: div %cx
  seen 5
  expect
no_lar: lar %ax, %bx
  seen 6
  expect
no_str: str %ax
  seen 7
  expect
no_lldt: lldt %ax
  seen 8
  expect
no_arpl: .byte 0x63, 0xc8
  seen 9
  expect
  mov $0xffff, %bx
word_at_ffff: mov (%bx), %ax
  seen 10
  expect
  mov $0xffff, %bp
stack_at_ffff: mov (%bp), %ax
  seen 11
  expect
  mov $0x10000, %ebx
wide_offset: mov (%ebx), %al
  seen 12

  mov $0xffff, %ax
  mov %ax, %es
  mov $0x600df00d, %edx
  mov %es:0x10, %ecx
  mov %edx, %es:0x10
  mov $0x100000, %ebx
  mov %gs:(%ebx), %eax
  note 14
  mov $0x1000, %ax
  mov %ax, %gs
  mov $0xf0000, %ebx
  mov %gs:(%ebx), %eax
  note 15
  mov %es:0x10, %eax
  note 13
  mov %ecx, %es:0x10

  mov %sp, %bp
  xor %sp, %sp
  push %ax
  movzwl %sp, %eax
  mov %bp, %sp
  note 16
  movb $0x77, %cs:scratch - program
  movzbl scratch - program, %eax
  note 17
  lcall $SEG - 0x100, $0x1000 + far_target - program
  note 19
  smsw %eax
  and $0x3f, %eax
  note 20
  mov %esp, %ebx
  pushfl
  mov %ebx, %eax
  sub %esp, %eax
  mov %ebx, %esp
  note 21
  expect
  lidtl short_table - program
int_beyond: int $0x40
  seen 22
  lidtl other_table - program
  movl $SEG << 16 | (on_other - program), 0xa00 + 4 * 0x10
  int $0x10
  lidtl real_table - program
  note 23
  expect
  mov $0x10000, %eax
jump_beyond: jmp *%eax
  seen 24
  mov $0xabcd0003, %ecx
1: loop 1b
  mov %ecx, %eax
  note 25
  mov $SEG, %ax
  mov %ax, %es
  mov $0xffff, %di
  mov $2, %cx
  mov %es:0, %bl
  mov %es:0xffff, %bh
  xor %al, %al
  mov %es:0, %al
  rep stosb
  movzwl %di, %eax
  mov %bl, %es:0
  note 26

  # And back
  mov $0x9000, %esp
  data32 lgdt gdt_image - program
  mov %cr0, %eax
  or $1, %eax
  mov %eax, %cr0
  ljmpl $KCODE, $back

  .macro fault_handler name, number
\name:
  pop %ax
  movzwl %ax, %eax
  or $\number << 16, %eax
  add $4, %sp
  jmp *%fs:0x400
  .endm
  fault_handler on_de, 0
  fault_handler on_ud, 6
  fault_handler on_ss, 12
  fault_handler on_gp, 13
on_int:
  mov %sp, %bp
  movzwl 4(%bp), %eax
  note 0
  movzwl 2(%bp), %eax
  note 1
  movzwl (%bp), %eax
  note 2
  pushf
  pop %ax
  and $0x200, %eax
  note 3
  iret
on_other:
  mov $0x1234, %eax
  iret
far_target:
  mov %sp, %bp
  movzwl 2(%bp), %eax
  note 18
  mov %cs, %eax
  lret
  .balign 4
scratch: .long 0
real_table:
  .word 0x3ff
  .long 0
short_table:            # ends with vector 13
  .word 14 * 4 - 1
  .long 0
other_table:
  .word 0x3ff
  .long PROGRAM + 0xa00
gdt_image:
  .word gdt_end - gdt - 1
  .long gdt
program_end:
  .code32

  .data
flat_esp: .long 0
