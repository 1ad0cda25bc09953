# 5-level paging: the way in and out of it, 57-bit addresses, and what the
# entries of the fifth table say.
# Run: vireo -nographic -cpu max -kernel build/release/tests/asm/paging_five.elf
#      -device isa-debug-exit,iobase=0xf4,iosize=0x04
  .set TEST, 1 << 48  # by entry 1 of the PML5
  .include "runtime.inc"
  .include "paging.inc"

  .set LA57, 1 << 12
  .set CODE32, ABSENT
  .set FAR, 1 << 56  # the first address that is not canonical

  # Puts FRAME | BITS into entry 1 of the PML5.
  .macro root_entry bits
  entry pml5+8, high_pml4, \bits
  mov %cr3, %rax
  mov %rax, %cr3
  .endm

main:
  mov $7, %eax
  xor %ecx, %ecx
  cpuid
  and $1 << 16, %ecx
  cmp $1 << 16, %ecx
  check "CPUID shows five levels"
  mov $0x80000008, %eax
  cpuid
  cmp $57, %ah
  check "and addresses of 57 bits"
  movabs $0x00cf9b000000ffff, %rax
  mov %rax, gdt+CODE32(%rip)
  mov $EFER, %ecx
  rdmsr
  or $0x800, %eax
  wrmsr
  call make_tables
  try
  mov %cr4, %rax
  or $LA57, %rax
0: mov %rax, %cr4
  caught "CR4.LA57 cannot be set in long mode", 13, 0, 0b
  try
  movabs $TEST, %rbx
0: mov 8(%rbx), %eax
  caught "with four levels bit 48 must be as bit 47", 13, 0, 0b

  lea pml4 + ALL(%rip), %rax
  mov %rax, pml5(%rip)
  lea pdpt + ALL(%rip), %rax
  mov %rax, high_pml4(%rip)
  lea pml5(%rip), %rsi
  mov $0x20 | LA57, %edi
  call switch_levels
  mov %cr4, %rax
  and $LA57, %eax
  cmp $LA57, %eax
  check "five levels are on"
  try
  mov %cr4, %rax
  and $~LA57, %rax
0: mov %rax, %cr4
  caught "CR4.LA57 cannot be cleared in long mode", 13, 0, 0b

  # Addresses
  root_entry ALL
  pte ALL
  movl $0x12345678, frame + 16(%rip)
  movabs $TEST, %rbx
  mov 16(%rbx), %eax
  cmp $0x12345678, %eax
  check "an address beyond 48 bits"
  mov pml5 + 8(%rip), %rax
  and $A | D, %eax
  cmp $A, %eax
  check "marks the entry of the fifth table as accessed, and not dirty"
  passes "write", write
  passes "fetch", fetch
  passes "user write", user_write
  passes "user fetch", user_fetch
  movabs $1 << 39, %rbx
  mov 16(%rbx), %eax
  cmp $0x12345678, %eax
  check "the lower half is as with four levels"
  try
  movabs $-FAR, %rbx
0: mov (%rbx), %eax
  caught "the lowest address of the upper half has no page", 14, 0, 0b
  mov %cr2, %rax
  movabs $-FAR, %rbx
  cmp %rax, %rbx
  check "CR2 is the whole of it"
  try
  movabs $FAR, %rbx
0: mov (%rbx), %eax
  caught "#GP where bits 63 to 56 differ", 13, 0, 0b
  try
  movabs $FAR, %rbp
0: mov (%rbp), %eax
  caught "#SS by a stack register", 12, 0, 0b
  try
  movabs $FAR, %rbx
0: jmp *%rbx
  caught "a jump there is #GP", 13, 0, 0b

  # Entries of the fifth table
  root_entry 0
  meets "absent: read 0", read, 0
  movabs $TEST + 8, %rcx
  mov %cr2, %rax
  cmp %rax, %rcx
  check "CR2 has bit 48"
  meets "absent: user fetch 14", user_write, 0x14
  root_entry (P|US)
  passes "read-only: read", read
  meets "read-only: write 3", write, 3
  meets "read-only: user write 7", user_write, 7
  root_entry (P|RW)
  passes "supervisor: write", write
  meets "supervisor: user fetch 15", user_read, 0x15
  root_entry (ALL|NX)
  passes "NX: write", write
  meets "NX: fetch 11", fetch, 0x11
  root_entry (ALL|PS)
  meets "PS: read 9", read, 9
  root_entry (ALL|1<<51)
  meets "bit 51: write b", write, 0xb
  root_entry ALL
  passes "all rights: read", read

  # Back
  lea pml4(%rip), %rsi
  mov $0x20, %edi
  call switch_levels
  mov %cr4, %rax
  testl $LA57, %eax
  check "four levels are on"
  try
  movabs $TEST, %rbx
0: mov 8(%rbx), %eax
  caught "and bit 48 must be as bit 47 again", 13, 0, 0b
  movabs $1 << 39, %rbx
  mov 16(%rbx), %eax
  cmp $0x12345678, %eax
  check "the tables are the same"
  finish

# By way of 32-bit code without paging: rdi becomes CR4, rsi CR3.
switch_levels:
  pop %rbx
  pushq $CODE32
  lea 1f(%rip), %rax
  push %rax
  lretq
  .code32
1:
  mov %cr0, %eax
  and $0x7fffffff, %eax
  mov %eax, %cr0
  mov %edi, %cr4
  mov %esi, %cr3
  or $0x80000000, %eax
  mov %eax, %cr0
  ljmp $KCODE, $2f
  .code64
2:
  mov %ebx, %ebx
  jmp *%rbx

  .bss
  .balign 4096
pml5: .skip 4096
high_pml4: .skip 4096
  .text
