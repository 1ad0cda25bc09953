# Alignment checking: which accesses of level 3 raise #AC, and that nothing else
# does.
# Run: vireo -nographic -kernel build/release/tests/asm/alignment.elf
#      -device isa-debug-exit,iobase=0xf4,iosize=0x04
  .include "runtime.inc"

  .set AM, 0x40000
  .set AC, 0x40000

  # Runs the code from \label on at level 3, with RBX = cell + \offset; it must
  # raise \vector with \error there, or at \at.
  .macro user name, label, offset, vector, error, at=none
  try
  lea \label(%rip), %rcx
  lea cell+\offset(%rip), %rbx
  jmp enter_user
  .ifc \at, none
  caught "\name", \vector, \error, \label
  .else
  caught "\name", \vector, \error, \at
  .endif
  .endm
  # The instruction at \label runs through; #UD behind it tells.
  .macro fine name, label, offset
  try
  lea \label(%rip), %rcx
  lea cell+\offset(%rip), %rbx
  jmp enter_user
  caught "\name", 6, 0, \label\()_done
  .endm

  .macro subject label, code:vararg
\label:
  \code
\label\()_done:
  ud2
  .endm

main:
  call open_pages
  mov %cr4, %rax
  or $0x600, %rax
  mov %rax, %cr4

  movq $AC | 2, user_flags(%rip)
  fine "CR0.AM clear: nothing is checked", load_4, 1
  mov %cr0, %rax
  or $AM, %rax
  mov %rax, %cr0
  movq $2, user_flags(%rip)
  fine "RFLAGS.AC clear: nothing is checked", load_4, 1
  movq $AC | 2, user_flags(%rip)
  pushq $AC | 2
  popfq
  mov cell+1(%rip), %eax
  xor %eax, %eax
  check "level 0 is not checked"
  pushq $2
  popfq

  fine "a byte is always aligned", load_1, 3
  user "#AC of a word at an odd address", load_2, 1, 17, 0
  fine "a word at an even address", load_2, 2
  user "#AC of a doubleword at 2", load_4, 2, 17, 0
  fine "a doubleword at 4", load_4, 4
  user "#AC of a quadword at 4", load_8, 4, 17, 0
  fine "a quadword at 8", load_8, 8
  user "#AC of a store", store_4, 1, 17, 0
  user "#AC of a locked change", lock_4, 2, 17, 0
  user "#AC of MOVUPS at 8", movups_16, 8, 17, 0
  fine "MOVUPS at 16", movups_16, 16
  user "#AC of MOVSD at 4", movsd_8, 4, 17, 0
  fine "MOVSD at 8", movsd_8, 8
  user "#AC of FLD m80 at 4", fld_10, 4, 17, 0
  fine "FLD m80 at 8", fld_10, 8
  user "#AC of FNSTENV at 2", fnstenv_28, 2, 17, 0
  fine "FNSTENV at 4", fnstenv_28, 4
  user "#GP of MOVAPS at 8 comes instead", movaps_16, 8, 13, 0
  user "#AC of REP MOVSQ", movsq_8, 4, 17, 0, movsq_8_at
  fine "REP MOVSB is bytes", movsb_1, 3
  user "#AC of a push", push_8, 4, 17, 0, push_8_at
  user "#AC of a pop of flags", popf_8, 4, 17, 0, popf_8_at
  fine "POPFQ that is aligned clears AC", popf_8, 16
  user "#AC comes before #PF", load_absent, 0, 17, 0
  user "#GP of a non-canonical address comes before #AC", load_far, 0, 13, 0, load_far_at
  finish

  subject load_1, mov (%rbx), %al
  subject load_2, mov (%rbx), %ax
  subject load_4, mov (%rbx), %eax
  subject load_8, mov (%rbx), %rax
  subject store_4, mov %eax, (%rbx)
  subject lock_4, lock incl (%rbx)
  subject movups_16, movups (%rbx), %xmm0
  subject movsd_8, movsd (%rbx), %xmm0
  subject movaps_16, movaps (%rbx), %xmm0
  subject fld_10, fldt (%rbx)
  subject fnstenv_28, fnstenv (%rbx)
movsq_8:
  mov %rbx, %rsi
  lea cell+64(%rip), %rdi
  mov $2, %ecx
movsq_8_at:
  rep movsq
movsb_1:
  mov %rbx, %rsi
  lea cell+64(%rip), %rdi
  mov $2, %ecx
  rep movsb
movsb_1_done:
  ud2
push_8:
  mov %rbx, %rsp
push_8_at:
  push %rax
popf_8:
  mov %rbx, %rsp
popf_8_at:
  popfq
popf_8_done:
  ud2
load_absent:
  mov 0x200001, %eax
load_far:
  mov $1, %eax
  ror $1, %rax
load_far_at:
  mov 1(%rax), %eax

# rcx: where to.
enter_user:
  pushq $UDATA
  lea user_stack_top(%rip), %rax
  push %rax
  pushq user_flags(%rip)
  pushq $UCODE
  push %rcx
  iretq

#include "open_pages.inc"

  .data
user_flags: .quad 2
  .balign 64
cell: .skip 128
  .text
