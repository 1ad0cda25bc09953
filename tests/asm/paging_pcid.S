# Process-context identifiers: CR4.PCIDE, CR3 with bit 63, INVPCID.
# Run: vireo -nographic -cpu max -kernel build/release/tests/asm/paging_pcid.elf
#      -device isa-debug-exit,iobase=0xf4,iosize=0x04
  .include "runtime.inc"
  .include "paging.inc"

main:
  call make_tables
  pte ALL
  mov %cr3, %rax
  or $5, %rax
  mov %rax, %cr3
  try
  mov %cr4, %rax
  or $PCIDE, %rax
0: mov %rax, %cr4
  caught "CR4.PCIDE wants PCID 0", 13, 0, 0b
  lea pml4(%rip), %rax
  mov %rax, %cr3
  set_cr 4, PCIDE
  passes "PCID 0", write
  lea pml4 + 5(%rip), %rax
  mov %rax, %cr3
  passes "PCID 5", write
  lea pml4(%rip), %rax
  bts $63, %rax
  mov %rax, %cr3
  mov %cr3, %rax
  lea pml4(%rip), %rcx
  cmp %rax, %rcx
  check "bit 63 of CR3 is not kept"
  # The page goes away, and INVPCID says so for the PCID that is not in force
  movq $0, table(%rip)
  movq $5, invpcid_descriptor(%rip)
  movabs $TEST, %rax
  mov %rax, invpcid_descriptor + 8(%rip)
  xor %eax, %eax
  invpcid invpcid_descriptor(%rip), %rax
  lea pml4 + 5(%rip), %rax
  bts $63, %rax
  mov %rax, %cr3
  meets "INVPCID of an address in another PCID: read 0", read, 0
  try
  mov $4, %eax
0: invpcid invpcid_descriptor(%rip), %rax
  caught "INVPCID of type 4", 13, 0, 0b
  movq $0x1000, invpcid_descriptor(%rip)
  try
  mov $2, %eax
0: invpcid invpcid_descriptor(%rip), %rax
  caught "INVPCID with a wide PCID", 13, 0, 0b
  try
  mov %cr0, %rax
  btr $31, %rax
0: mov %rax, %cr0
  caught "CR0.PG stays while CR4.PCIDE is set", 13, 0, 0b
  try
  mov %cr3, %rax
  bts $51, %rax
0: mov %rax, %cr3
  caught "bit 51 of CR3", 13, 0, 0b
  finish

