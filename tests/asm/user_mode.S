# Level 3 and back: IRETQ, SYSCALL and SYSRET, INT through a gate for users, and
# what users may not do.
# Run: vireo -nographic -kernel build/release/tests/asm/user_mode.elf
#      -device isa-debug-exit,iobase=0xf4,iosize=0x04
  .include "runtime.inc"

  .set MSR_EFER, 0xc0000080
  .set MSR_STAR, 0xc0000081
  .set MSR_LSTAR, 0xc0000082
  .set MSR_FMASK, 0xc0000084

main:
  call open_pages
  call set_syscall_msrs
  mov $0x80, %edi
  mov $0xee, %al
  call set_gate_type

  # To level 3 by IRETQ, back by a fault
  try
  lea user_ud(%rip), %rcx
  jmp enter_user
  caught "IRETQ to level 3; #UD there", 6, 0, user_ud
  cmpq $UCODE, seen_cs(%rip)
  check "the frame has the user's CS"
  lea kernel_stack_top - 56(%rip), %rax
  cmp %rax, seen_rsp(%rip)
  check "the frame is on the stack of RSP0"

  try
  lea user_hlt(%rip), %rcx
  jmp enter_user
  caught "#GP of HLT at level 3", 13, 0, user_hlt
  try
  lea user_cli(%rip), %rcx
  jmp enter_user
  caught "#GP of CLI at level 3", 13, 0, user_cli
  try
  lea user_out(%rip), %rcx
  jmp enter_user
  caught "#GP of OUT at level 3", 13, 0, user_out
  try
  lea user_int(%rip), %rcx
  jmp enter_user
  caught "#GP of INT to a gate of level 0", 13, 0x21<<3|2, user_int
  try
  lea user_read(%rip), %rcx
  jmp enter_user
  caught "#PF of a user's read of a supervisor page: error 5", 14, 5, user_read
  try
  lea user_write(%rip), %rcx
  jmp enter_user
  caught "#PF of a user's write to it: error 7", 14, 7, user_write

  try
  lea user_int80(%rip), %rcx
  jmp enter_user
  caught "INT 0x80 goes to the kernel and back", 6, 0, user_after_int80
  cmpl $1, interrupts + 4 * 0x80
  check "INT 0x80 was seen once"

  # SYSCALL: RCX is the way back, R11 the flags, FMASK clears IF and DF
  lea 2f(%rip), %rax
  mov %rax, syscall_action(%rip)
  mov %rsp, resume_rsp(%rip)
  lea user_syscall(%rip), %rcx
  jmp enter_user
2:
  mov resume_rsp(%rip), %rsp
  push %r11
  push %rcx
  mov %cs, %eax
  cmp $KCODE, %eax
  check "SYSCALL loads CS from STAR"
  mov %ss, %eax
  cmp $KDATA, %eax
  check "SYSCALL loads SS from STAR"
  pop %rcx
  lea user_after_syscall(%rip), %rax
  cmp %rax, %rcx
  check "RCX is the address behind SYSCALL"
  pop %r11
  test $0x400, %r11d
  setnz %al
  cmp $1, %al
  check "R11 has DF"
  pushfq
  pop %rax
  test $0x600, %eax
  check "FMASK cleared IF and DF"

  # SYSRET goes back to level 3 with the flags of R11
  lea 3f(%rip), %rax
  mov %rax, syscall_action(%rip)
  lea user_after_sysret(%rip), %rcx
  mov $0x202, %r11d
  sysretq
3:
  mov resume_rsp(%rip), %rsp
  cmp $UCODE, %r15d
  check "SYSRET loads CS from STAR"
  cmp $UDATA, %r14d
  check "SYSRET loads SS from STAR"
  lea user_after_second(%rip), %rax
  cmp %rax, %rcx
  check "the second SYSCALL came from behind SYSRET"
  finish

# rcx: where to, with DF and IF set.
enter_user:
  pushq $UDATA
  lea user_stack_top(%rip), %rax
  push %rax
  pushq $0x602
  pushq $UCODE
  push %rcx
  iretq

syscall_entry:
  jmp *syscall_action(%rip)

set_syscall_msrs:
  mov $MSR_EFER, %ecx
  rdmsr
  or $1, %eax
  wrmsr
  mov $MSR_STAR, %ecx
  xor %eax, %eax
  mov $(KDATA | 3) << 16 | KCODE, %edx
  wrmsr
  mov $MSR_LSTAR, %ecx
  lea syscall_entry(%rip), %rax
  xor %edx, %edx
  wrmsr
  mov $MSR_FMASK, %ecx
  mov $0x600, %eax
  xor %edx, %edx
  wrmsr
  ret

#include "open_pages.inc"

user_ud: ud2
user_hlt: hlt
user_cli: cli
user_out: out %al, $0x80
user_int: int $0x21
user_read: mov 0x200000, %eax
user_write: mov %eax, 0x200000
user_int80: int $0x80
user_after_int80: ud2
user_syscall: syscall
user_after_syscall: ud2
user_after_sysret:
  mov %cs, %r15d
  mov %ss, %r14d
  syscall
user_after_second: ud2

  .data
syscall_action: .quad 0
