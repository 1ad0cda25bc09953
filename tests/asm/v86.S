# Virtual-8086 mode: ways in and out, what needs IOPL 3, the I/O map, and with
# VME the virtual interrupt flag and the redirection of INT.
# Run: vireo -nographic -kernel build/release/tests/asm/v86.elf
#      -device isa-debug-exit,iobase=0xf4,iosize=0x04
  .include "runtime32.inc"

  .set TSS_V86, 0x40
  .set SEG, 0x2000        # of the 8086 program, its stack, and its data
  .set PROGRAM, 0x20000
  .set VM, 0x20000
  .set IOPL3, 0x3000
  .set IF, 0x200
  .set VIF, 0x80000
  .set VIP, 0x100000

  .macro program name
  try
  mov $\name - program, %ecx
  call enter_v86
  .endm
  # EIP in the program
  .macro left name, vector, error, label
  caught "\name", \vector, \error, \label-program
  .endm

main:
  mov $program, %esi
  mov $PROGRAM, %edi
  mov $program_end - program, %ecx
  rep movsb
  # The map ends 32 bytes after its start: ports 0 to 0xff.
  descriptor TSS_SELECTOR, tss, 0x68+32, 0x89, 0
  mov $TSS_SELECTOR, %eax
  ltr %ax
  movb $0xff, tss + 0x68 + 32
  movb $0x10, tss + 0x68 + 16   # port 0x84 is not for the program
  movl $0, flags

  # Out and in
  program hello
  left "HLT leaves by #GP", 13, 0, hello_hlt
  equal "the frame's CS", seen_cs, SEG
  testl $VM, seen_flags
  setnz %al
  cmp $1, %al
  check "the frame has VM"
  equal "then SP", seen_more, 0x1000
  equal "SS", seen_more+4, SEG
  equal "ES", seen_more+8, 0x1111
  equal "DS", seen_more+12, SEG
  equal "FS", seen_more+16, 0x3333
  equal "GS", seen_more+20, 0x4444
  equal "the frame is on SS0:ESP0", seen_esp, kernel_stack_top-44
  equal "the program wrote by real-mode addressing", PROGRAM+0x800, 0x5678
  equal "through a segment that it loaded", PROGRAM+0x810, 0x9abc
  program priv_lgdt
  left "#GP of LGDT", 13, 0, priv_lgdt
  program priv_cr
  left "#GP of MOV from CR0", 13, 0, priv_cr
  program no_lar
  left "#UD of LAR", 6, 0, no_lar
  program no_str
  left "#UD of STR", 6, 0, no_str
  program no_arpl
  left "#UD of ARPL", 6, 0, no_arpl
  program divide
  left "#DE of the program", 0, 0, divide_at

  # IOPL
  program sensitive_cli
  left "#GP of CLI below IOPL 3", 13, 0, sensitive_cli
  program sensitive_sti
  left "#GP of STI", 13, 0, sensitive_sti
  program sensitive_pushf
  left "#GP of PUSHF", 13, 0, sensitive_pushf
  program sensitive_popf
  left "#GP of POPF", 13, 0, sensitive_popf
  program sensitive_iret
  left "#GP of IRET", 13, 0, sensitive_iret
  program sensitive_int
  left "#GP of INT", 13, 0, sensitive_int
  program breakpoint
  left "but INT3 asks for the gate's DPL alone", 13, 3<<3|2, breakpoint
  movl $IOPL3, flags
  program sensitive_cli
  left "CLI, PUSHF, POPF at IOPL 3", 13, 0, after_cli
  mov PROGRAM + 0x820, %eax
  and $0x7200, %eax
  equal "PUSHF shows IOPL 3 and no IF", %eax, IOPL3
  gate idt, 0x40, KCODE, handlers+0x40*16, 0xee
  program sensitive_int
  left "INT at IOPL 3 goes through the IDT and back", 13, 0, after_int
  equal "it was seen", interrupts+4*0x40, 1
  program other_int
  left "#GP of INT to a gate of level 0", 13, 0x41<<3|2, other_int
  # What is there to pop
  movw $iret_target - program, PROGRAM + 0x1000
  movw $SEG, PROGRAM + 0x1002
  movw $2, PROGRAM + 0x1004
  program sensitive_iret
  left "IRET at IOPL 3 pops three words", 13, 0, iret_target

  # Ports
  program port_allowed
  left "the map allows port 80", 13, 0, after_port_allowed
  program port_denied
  left "#GP of port 84, which it denies", 13, 0, port_denied
  program port_wide
  left "#GP of a dword of which one port is denied", 13, 0, port_wide
  program port_beyond
  left "#GP of a port beyond the map", 13, 0, port_beyond_at

  # By a task switch
  call fill_tss_v86
  try
  ljmp $TSS_V86, $0
  left "a task switch enters as well", 13, 0, hello_hlt
  equal "with the segments of the TSS", seen_more+16, 0x7777
  str %eax
  equal "TR", %eax, TSS_V86
  movb $0x89, gdt + TSS_SELECTOR + 5
  mov $TSS_SELECTOR, %eax
  ltr %ax
  clts

  mov $1, %eax
  cpuid
  test $2, %edx
  jz no_vme

  # VME
  mov %cr4, %eax
  or $3, %eax
  mov %eax, %cr4
  # The map of redirection lies in front of the I/O map.
  movw $0x68 + 32, tss + 0x66
  descriptor TSS_SELECTOR, tss, 0x68+64, 0x89, 0
  mov $TSS_SELECTOR, %eax
  ltr %ax
  movb $0, tss + 0x68 + 16
  movb $0xff, tss + 0x68 + 64
  movb $2, tss + 0x68 + 8       # INT 0x41 is the monitor's
  movl $SEG << 16 | (handler_8086 - program), 4 * 0x40
  movl $VIF, flags
  program sensitive_cli
  left "VME: CLI, PUSHF, POPF work below IOPL 3", 13, 0, after_cli
  testl $VIF, seen_flags
  check "CLI cleared VIF"
  mov PROGRAM + 0x820, %eax
  and $0x7200, %eax
  equal "PUSHF shows VIF as IF, and IOPL 3", %eax, IOPL3
  program sensitive_sti
  left "STI", 13, 0, after_sti
  testl $VIF, seen_flags
  setnz %al
  cmp $1, %al
  check "sets VIF"
  program sensitive_int
  left "INT goes to the 8086 handler and back", 13, 0, after_int
  mov PROGRAM + 0x830, %eax
  and $0x7200, %eax
  equal "whose frame shows VIF as IF, and IOPL 3", %eax, IOPL3|IF
  mov PROGRAM + 0x834, %eax
  and $0x7200, %eax
  equal "and who runs with VIF clear", %eax, IOPL3
  testl $VIF, seen_flags
  setnz %al
  cmp $1, %al
  check "IRET set VIF again"
  program other_int
  left "an INT that is not redirected is #GP below IOPL 3", 13, 0, other_int
  movl $VIP, flags
  program sensitive_sti
  left "#GP of STI while VIP is set", 13, 0, sensitive_sti
  program popf_if
  left "#GP of a POPF that sets IF while VIP is set", 13, 0, popf_if_at
  movl $0, flags
  program popf_tf
  left "#GP of a POPF that sets TF", 13, 0, popf_tf_at

  # PVI: level 3 of protected mode
  try
  push $UDATA
  push $user_stack_top
  push $VIF | 2
  push $UCODE
  push $user_cli
  iret
  caught "PVI: CLI and STI at level 3", 13, 0, user_hlt
  equal "EBX has VIF clear", user_flags, 0
  testl $VIF, seen_flags
  setnz %al
  cmp $1, %al
  check "and STI set it"
no_vme:
  finish

# ecx: IP of the program, which runs at SEG; `flags` are more of EFLAGS.
enter_v86:
  push $0x4444
  push $0x3333
  push $SEG
  push $0x1111
  push $SEG
  push $0x1000
  mov flags, %eax
  or $VM | 2, %eax
  push %eax
  push $SEG
  push %ecx
  iret

fill_tss_v86:
  descriptor TSS_V86, tss_v86, 0x67, 0x89, 0
  movl $hello - program, tss_v86 + 0x20
  movl $VM | 2, tss_v86 + 0x24
  movl $0x1000, tss_v86 + 0x38
  movl $0x1111, tss_v86 + 0x48
  movl $SEG, tss_v86 + 0x4c
  movl $SEG, tss_v86 + 0x50
  movl $SEG, tss_v86 + 0x54
  movl $0x7777, tss_v86 + 0x58
  movl $0x4444, tss_v86 + 0x5c
  movl $kernel_stack_top, tss_v86 + 4
  movl $KDATA, tss_v86 + 8
  ret

user_cli:
  mov $UDATA, %eax
  mov %eax, %ds
  cli
  pushf
  pop %eax
  and $VIF, %eax
  mov %eax, user_flags
  sti
user_hlt:
  hlt

  .code16
program:
hello:
  movw $0x5678, 0x800
  mov $SEG + 0x80, %ax
  mov %ax, %es
  movw $0x9abc, %es:0x10
  mov $0x1111, %ax
  mov %ax, %es
hello_hlt:
  hlt
priv_lgdt: lgdt 0x800
priv_cr: mov %cr0, %eax
no_lar: lar %ax, %bx
no_str: str %ax
no_arpl: .byte 0x63, 0xc8
divide:
  xor %cx, %cx
divide_at:
  div %cx
sensitive_cli:
  cli
  pushf
  pop %ax
  mov %ax, 0x820
  push %ax
  popf
after_cli: hlt
sensitive_sti: sti
after_sti: hlt
sensitive_pushf: pushf
  hlt
sensitive_popf: popf
  hlt
sensitive_iret:
  iret
iret_target: hlt
sensitive_int: int $0x40
after_int: hlt
other_int: int $0x41
  hlt
breakpoint: int3
port_allowed: out %al, $0x80
after_port_allowed: hlt
port_denied: out %al, $0x84
port_wide: in $0x82, %eax
port_beyond:
  mov $0x3f8, %dx
port_beyond_at:
  in %dx, %al
popf_if:
  push $0x202
popf_if_at:
  popf
popf_tf:
  push $0x102
popf_tf_at:
  popf
handler_8086:
  push %bp
  mov %sp, %bp
  mov 6(%bp), %ax
  mov %ax, 0x830
  pushf
  pop %ax
  mov %ax, 0x834
  pop %bp
  iret
program_end:
  .code32

  .data
flags: .long 0
user_flags: .long -1
  .balign 16
tss_v86: .fill 26, 4, 0
