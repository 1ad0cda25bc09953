# Debug registers, single-stepping and RF: what raises #DB, where, and what DR6
# says of it.
# Run: vireo -nographic -kernel build/release/tests/asm/debug_regs.elf
#      -device isa-debug-exit,iobase=0xf4,iosize=0x04
  .include "runtime.inc"

  .set DR6_CLEAR, 0xffff0ff0
  .set RF, 0x10000
  .set TF, 0x100
  .set DEBUGCTL, 0x1d9

  # Arms breakpoint \n at \address: \kind 0 code, 1 writes, 2 ports, 3 accesses;
  # \length 0 to 3 for 1, 2, 8, 4 bytes.
  .macro arm n, address, kind, length
  lea \address, %rax
  mov %rax, %dr\n
  mov %dr7, %rax
  or $(1 << (2 * \n) | (\kind | \length << 2) << (16 + 4 * \n)), %eax
  mov %rax, %dr7
  .endm

  .macro disarm
  mov $0x400, %eax
  mov %rax, %dr7
  .endm

  # DR6 must tell of \bits and nothing else.
  .macro reported bits, name
  mov %dr6, %rcx
  mov $DR6_CLEAR, %eax
  mov %rax, %dr6
  or $(\bits), %eax
  cmp %rax, %rcx
  check "\name"
  .endm

  .macro single_step
  pushfq
  orq $TF, (%rsp)
  popfq
  .endm

main:
  # Code
  arm 0, code_1(%rip), 0, 0
  try
  xor %ebx, %ebx
code_1:
  inc %ebx
  caught "a code breakpoint faults before its instruction", 1, 0, code_1
  test %ebx, %ebx
  check "the instruction has not run"
  testq $RF, seen_flags(%rip)
  check "RF is clear in its frame"
  reported 1, "DR6 says B0"

  # RF in the frame of IRETQ lets the instruction pass
  disarm
  arm 1, code_2(%rip), 0, 0
  arm 2, code_3(%rip), 0, 0
  try
  mov %rsp, %rax
  push $KDATA
  push %rax
  push $(RF | 2)
  push $KCODE
  lea code_2(%rip), %rax
  push %rax
  iretq
code_2:
  nop
code_3:
  nop
  caught "RF from IRETQ holds for one instruction", 1, 0, code_3
  reported 4, "DR6 says B2 alone"

  # Data
  disarm
  arm 3, cell(%rip), 1, 3
  try
  mov cell(%rip), %eax
  movb $1, cell+3(%rip)
data_1:
  nop
  caught "a write breakpoint lets reads pass and traps behind a write", 1, 0, data_1
  reported 8, "DR6 says B3"
  disarm
  arm 0, cell(%rip), 3, 0
  try
  mov cell-4(%rip), %eax
  mov cell(%rip), %eax
data_2:
  nop
  caught "an access breakpoint traps behind a read", 1, 0, data_2
  reported 1, "DR6 says B0 for the read"
  disarm
  arm 0, cell(%rip), 3, 0
  arm 1, cell+1(%rip), 1, 0
  try
  incw cell(%rip)
data_3:
  nop
  caught "a read and a write in one instruction trap once", 1, 0, data_3
  reported 3, "DR6 says B0 and B1"
  disarm
  arm 2, cell(%rip), 1, 2
  try
  mov %rsp, %rbx
  lea cell+8(%rip), %rsp
  push %rax
data_4:
  mov %rbx, %rsp
  caught "a push meets a breakpoint of eight bytes", 1, 0, data_4
  reported 4, "DR6 says B2 for the push"

  # REP
  disarm
  arm 0, buffer+5(%rip), 1, 0
  try
  lea buffer(%rip), %rdi
  mov $64, %ecx
  mov $0x5a, %eax
rep_1:
  rep stosb
  caught "REP STOSB traps between iterations", 1, 0, rep_1
  cmpw $0x5a, buffer+5(%rip)
  check "six bytes are written"
  testq $RF, seen_flags(%rip)
  setz %al
  test %al, %al
  check "RF is set in the frame, as the instruction goes on"
  reported 1, "DR6 says B0 for REP"

  # Ports
  disarm
  arm 0, 0x80, 2, 0
  mov %cr4, %rax
  or $8, %rax
  mov %rax, %cr4
  arm 0, 0x80, 2, 0
  try
  out %al, $0x80
port_1:
  nop
  caught "a port breakpoint traps behind OUT", 1, 0, port_1
  reported 1, "DR6 says B0 for the port"
  disarm

  # CR4.DE: DR4 and DR5 do not exist
  try
de_1:
  mov %dr4, %rax
  caught "#UD of DR4 with CR4.DE", 6, 0, de_1
  mov %cr4, %rax
  and $~8, %rax
  mov %rax, %cr4
  mov %dr4, %rax
  mov %dr6, %rbx
  cmp %rax, %rbx
  check "DR4 is DR6 without CR4.DE"

  # General detection
  mov $0x2400, %eax
  mov %rax, %dr7
  try
gd_1:
  mov %dr0, %rax
  caught "DR7.GD faults at an access to a debug register", 1, 0, gd_1
  mov %dr7, %rax
  cmp $0x400, %eax
  check "the fault clears GD"
  reported 0x2000, "DR6 says BD"

  # Single-stepping
  try
  single_step
  nop
step_1:
  nop
  caught "TF from POPFQ traps behind the next instruction", 1, 0, step_1
  reported 0x4000, "DR6 says BS"
  try
  mov $KDATA, %eax
  single_step
  mov %eax, %ss
  nop
step_2:
  nop
  caught "no trap between MOV SS and the next instruction", 1, 0, step_2
  reported 0x4000, "DR6 says BS behind MOV SS"
  try
  lea buffer(%rip), %rdi
  mov $2, %ecx
  mov $0xa5, %eax
  single_step
step_3:
  rep stosb
  caught "REP STOSB traps behind each iteration", 1, 0, step_3
  cmpw $0x5aa5, buffer(%rip)
  check "one byte is written"
  reported 0x4000, "DR6 says BS for REP"
  try
  single_step
  int $0x40
step_4:
  nop
step_5:
  nop
  caught "INT n hands no trap to its handler", 1, 0, step_5
  reported 0x4000, "DR6 says BS behind the handler"

  # Stepping by branches
  mov $DEBUGCTL, %ecx
  mov $2, %eax
  xor %edx, %edx
  wrmsr
  try
  single_step
  nop
  test %rsp, %rsp
  jz btf_1
  jmp btf_1
  nop
btf_1:
  nop
  caught "with BTF a taken branch traps", 1, 0, btf_1
  mov $DEBUGCTL, %ecx
  rdmsr
  test $2, %eax
  check "the trap clears BTF"
  reported 0x4000, "DR6 says BS for the branch"

  # INT1 and INT3
  try
  .byte 0xf1  # INT1, a mnemonic which not every assembler knows
int_1:
  nop
  caught "INT1 traps behind itself", 1, 0, int_1
  reported 0, "DR6 says nothing of INT1"
  try
  int3
int_3:
  nop
  caught "INT3 traps behind itself", 3, 0, int_3

  # Values
  mov $0xffffffff, %eax
  mov %rax, %dr6
  reported 0xe00f, "DR6 keeps what can be written"
  try
  mov $1, %eax
  shl $32, %rax
upper_1:
  mov %rax, %dr7
  caught "#GP of DR7's upper half", 13, 0, upper_1
  finish

  .data
  .balign 4096
  .skip 64
cell: .quad 0, 0
  .balign 4096
buffer: .skip 4096
  .text
