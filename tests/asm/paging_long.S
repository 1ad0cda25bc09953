# 4-level paging: rights, reserved bits, accessed and dirty bits, large pages,
# SMEP, SMAP, protection keys.
# Run: vireo -nographic -cpu max -kernel build/release/tests/asm/paging_long.elf
#      -device isa-debug-exit,iobase=0xf4,iosize=0x04
  .include "runtime.inc"
  .include "paging.inc"

main:
  call make_tables
  mov $EFER, %ecx
  rdmsr
  or $0x800, %eax
  wrmsr

  # No entry
  pte 0
  meets "absent: read 0", read, 0
  movabs $TEST + 8, %rcx
  mov %cr2, %rax
  cmp %rax, %rcx
  check "CR2 is the address"
  meets "absent: write 2", write, 2
  meets "absent: fetch 10", fetch, 0x10
  meets "absent: user read 4", user_read, 4
  meets "absent: user write 6", user_write, 6
  meets "absent: user fetch 14", user_fetch, 0x14

  # Rights
  pte (P|RW)
  passes "supervisor page: write", write
  meets "supervisor page: user read 5", user_read, 5
  meets "supervisor page: user write 7", user_write, 7
  meets "supervisor page: user fetch 15", user_fetch, 0x15
  pte (P|US)
  passes "read-only page: read", read
  meets "read-only page: write 3", write, 3
  meets "read-only page: user write 7", user_write, 7
  clear_cr 0, WP
  passes "read-only page: write with CR0.WP clear", write
  meets "read-only page: user write 7 with CR0.WP clear", user_write, 7
  set_cr 0, WP
  meets "read-only page: write 3 again", write, 3
  pte (ALL|NX)
  passes "NX: write", write
  meets "NX: fetch 11", fetch, 0x11
  meets "NX: user fetch 15", user_fetch, 0x15
  pte ALL
  passes "all rights: user write", user_write
  passes "all rights: user fetch", user_fetch

  # Reserved bits
  pte (ALL|1<<51)
  meets "bit 51: read 9", read, 9
  meets "bit 51: user write f", user_write, 0xf
  pte ALL
  orq $PS, pml4 + 8(%rip)
  mov %cr3, %rax
  mov %rax, %cr3
  meets "PS in a PML4 entry: read 9", read, 9
  andq $~PS, pml4 + 8(%rip)

  # Accessed and dirty
  movq $ALL, pml4 + 8(%rip)
  lea pdpt(%rip), %rax
  or %rax, pml4 + 8(%rip)
  entry directory, table, ALL
  pte ALL
  mov %cr3, %rax
  mov %rax, %cr3
  passes "a read", read
  testq $D, table(%rip)
  check "sets no dirty bit"
  mov table(%rip), %rax
  and directory(%rip), %rax
  and pml4 + 8(%rip), %rax
  and $A, %eax
  cmp $A, %eax
  check "but accessed bits of all levels"
  passes "a write", write
  mov table(%rip), %rax
  and $D, %eax
  cmp $D, %eax
  check "sets the dirty bit"
  testq $D, directory(%rip)
  check "of the page only"
  pte (P|US|A)
  meets "a write to a read-only page 3", write, 3
  testq $D, table(%rip)
  check "sets no dirty bit either"

  # Large pages
  movabs $0x400000 | ALL | PS, %rax
  mov %rax, directory(%rip)
  movabs $TEST, %rbx
  invlpg (%rbx)
  movq $0x1234, 0x5ff008
  movabs $TEST + 0x1ff000, %rbx
  mov 8(%rbx), %rcx
  cmp $0x1234, %rcx
  check "a 2 MiB page"
  orq $1 << 13, directory(%rip)
  invlpg (%rbx)
  meets "bit 13 of a 2 MiB page: read 9", read, 9
  movabs $0x0 | ALL | PS, %rax
  mov %rax, pdpt(%rip)
  movabs $TEST, %rbx
  invlpg (%rbx)
  movabs $TEST + 0x5ff000, %rbx
  mov 8(%rbx), %rcx
  cmp $0x1234, %rcx
  check "a 1 GiB page"
  entry pdpt, directory, ALL
  entry directory, table, ALL

  # SMEP and SMAP
  pte ALL
  set_cr 4, SMEP
  meets "SMEP: fetch 11 from a user page", fetch, 0x11
  passes "SMEP: user fetch", user_fetch
  pte (P|RW)
  passes "SMEP: fetch from a supervisor page", fetch
  clear_cr 4, SMEP
  pte ALL
  set_cr 4, SMAP
  meets "SMAP: read 1 of a user page", read, 1
  meets "SMAP: write 3", write, 3
  passes "SMAP: fetch", fetch
  passes "SMAP: user write", user_write
  stac
  passes "SMAP: write with EFLAGS.AC", write
  clac
  meets "SMAP: read 1 without it", read, 1
  # A descriptor in the page under test
  entry table, ldt_page, ALL
  lgdt larger_gdt_pointer(%rip)
  mov $LDT, %eax
  lldt %ax
  stac
  try
  mov $8 | 4, %eax
0: mov %eax, %es
  caught "SMAP: EFLAGS.AC does not open user pages for descriptors", 14, 1, 0b
  clac
  clear_cr 4, SMAP

  # Protection keys
  try
  xor %ecx, %ecx
0: rdpkru
  caught "RDPKRU is #UD without CR4.PKE", 6, 0, 0b
  set_cr 4, PKE
  pte (ALL|KEY5)
  xor %eax, %eax
  call set_pkru
  passes "key 5 with all rights: write", write
  mov $1 << 10, %eax
  call set_pkru
  meets "access disabled: read 21", read, 0x21
  meets "access disabled: write 23", write, 0x23
  meets "access disabled: user read 25", user_read, 0x25
  passes "access disabled: user fetch", user_fetch
  mov $2 << 10, %eax
  call set_pkru
  passes "write disabled: user read", user_read
  meets "write disabled: write 23", write, 0x23
  meets "write disabled: user write 27", user_write, 0x27
  clear_cr 0, WP
  passes "write disabled: write with CR0.WP clear", write
  meets "write disabled: user write 27 with CR0.WP clear", user_write, 0x27
  set_cr 0, WP
  pte (P|RW|KEY5)
  passes "keys do not concern supervisor pages", write
  mov $0x12345678, %eax
  xor %edx, %edx
  xor %ecx, %ecx
  wrpkru
  mov $-1, %rdx
  rdpkru
  shl $32, %rdx
  add %rdx, %rax
  cmp $0x12345678, %rax
  check "RDPKRU"
  try
  mov $1, %ecx
0: rdpkru
  caught "RDPKRU wants ECX 0", 13, 0, 0b
  try
  xor %ecx, %ecx
  mov $1, %edx
0: wrpkru
  caught "WRPKRU wants EDX 0", 13, 0, 0b
  clear_cr 4, PKE

  finish
