# Paging of 32-bit systems: two levels, 4 MiB pages, PAE with its directory pointers
# and NX; rights, reserved bits, accessed and dirty bits.
# Run: vireo -nographic -kernel build/release/tests/asm/paging_legacy.elf
#      -device isa-debug-exit,iobase=0xf4,iosize=0x04
  .include "runtime32.inc"

  .set WINDOW, 0x400000     # the pages that a test maps as it likes
  .set LARGE, 0x800000      # by one entry of the directory, from physical 0
  .set THIRD, 0x40000000    # of the second directory pointer

  # try ... caught, and then the address of the fault.
  .macro caught_at name, error, label, address
  caught "\name", 14, \error, \label
  mov %cr2, %eax
  cmp $\address, %eax
  check "\name: address"
  .endm

main:
  movl $0x11111111, first_page
  movl $0x22222222, second_page
  movl $0, 0                # where LARGE leads while its entry is one of a table
  mov $table_low, %edi      # 0 to 4 MiB: as without paging
  mov $3, %eax
1:
  mov %eax, (%edi)
  add $4, %edi
  add $0x1000, %eax
  cmp $0x400003, %eax
  jne 1b
  movl $table_low + 3, directory
  movl $table_window + 3, directory + 4
  movl $0x83, directory + 8
  movl $first_page + 3, table_window
  movl $second_page + 1, table_window + 4
  mov $directory, %eax
  mov %eax, %cr3
  mov %cr0, %eax
  or $0x80000000, %eax
  mov %eax, %cr0
  jmp 1f
1:
  # Two levels
  equal "a page is where its table says", WINDOW, 0x11111111
  testb $0x60, table_window
  jz 1f
  mov table_window, %al
  and $0x60, %al
  cmp $0x20, %al
1:
  check "a load sets the accessed bit alone"
  movl $0x33333333, WINDOW + 8
  mov table_window, %al
  and $0x60, %al
  cmp $0x60, %al
  check "a store sets the dirty bit as well"
  equal "and reaches the page", first_page + 8, 0x33333333
  movl $0x44444444, WINDOW + 0x1008
  equal "level 0 writes read-only pages while CR0.WP is clear", second_page + 8, 0x44444444
  mov %cr0, %eax
  or $0x10000, %eax
  mov %eax, %cr0
  try
0: movl $5, WINDOW + 0x1008
  caught_at "with CR0.WP it faults", 3, 0b, WINDOW + 0x1008
  try
0: mov WINDOW + 0x2ffe, %eax
  caught_at "#PF of an absent page", 0, 0b, WINDOW + 0x2ffe
  try
0: mov %eax, WINDOW + 0x1ffe
  caught_at "a store that begins in a read-only page", 3, 0b, WINDOW + 0x1ffe
  movl $second_page + 3, table_window + 4
  invlpg WINDOW + 0x1000
  try
0: mov %eax, WINDOW + 0x1ffe
  caught_at "a store that ends in an absent page", 2, 0b, WINDOW + 0x2000
  cmpw $0, second_page + 0xffe
  check "and has written nothing"

  # Large pages
  try
0: mov LARGE, %eax
  caught_at "without CR4.PSE bit 7 of the directory says nothing", 0, 0b, LARGE
  mov %cr4, %eax
  or $0x10, %eax
  mov %eax, %cr4
  equal "a 4 MiB page", LARGE + first_page, 0x11111111
  testb $0x40, directory + 8
  setnz %al
  cmp $0, %al
  check "is clean after a load"
  movl $0x55555555, LARGE + first_page
  testb $0x40, directory + 8
  setz %al
  cmp $0, %al
  check "and dirty after a store"
  orl $0x200000, directory + 8
  mov %cr3, %eax
  mov %eax, %cr3
  try
0: mov LARGE, %eax
  caught_at "bit 21 of its entry is reserved", 9, 0b, LARGE

  # PAE
  mov %cr0, %eax
  and $0x7fffffff, %eax
  mov %eax, %cr0
  mov %cr4, %eax
  or $0x20, %eax
  mov %eax, %cr4
  mov $0xc0000080, %ecx
  rdmsr
  or $0x800, %eax
  wrmsr
  movl $pae_low + 1, pointers
  movl $pae_third + 1, pointers + 8
  movl $0x83, pae_low
  movl $0x200083, pae_low + 8
  movl $pae_table + 3, pae_low + 16
  movl $0x83, pae_third
  movl $first_page + 3, pae_table
  movl $second_page + 3, pae_table + 8
  movl $0x80000000, pae_table + 12
  movb $0xc3, first_page + 0x10   # ret
  movb $0xc3, second_page + 0x10
  mov $pointers, %eax
  mov %eax, %cr3
  mov %cr0, %eax
  or $0x80000000, %eax
  mov %eax, %cr0
  jmp 1f
1:
  equal "PAE: a 4 KiB page", WINDOW, 0x55555555
  equal "PAE: a 2 MiB page by the second pointer", THIRD + first_page, 0x55555555
  call WINDOW + 0x10
  xor %eax, %eax
  check "PAE: code runs in a page"
  try
  push $2f
  mov $WINDOW + 0x1010, %eax
  jmp *%eax
2:
  caught_at "PAE: but not in one with NX", 0x11, WINDOW + 0x1010, WINDOW + 0x1010
  try
  mov 0xc0000000, %eax
5: nop
  caught_at "PAE: the fourth pointer is absent", 0, 5b-5, 0xc0000000
  movl $0, pointers + 8
  mov %cr3, %eax
  mov %eax, %cr3
  try
0: mov THIRD + first_page, %al
  caught_at "PAE: a load of CR3 sees that the second is gone", 0, 0b, THIRD + first_page
  movl $pae_third + 3, pointers + 8    # bit 1 of a pointer is reserved
  try
  mov %cr3, %eax
0: mov %eax, %cr3
  caught "PAE: #GP of a pointer with a reserved bit", 13, 0, 0b
  movl $pae_third, pointers + 8
  movl $0x1e2, pointers + 16           # an absent one may hold anything
  mov %cr3, %eax
  mov %eax, %cr3
  xor %eax, %eax
  check "PAE: absent pointers have no reserved bits"
  orl $0x100000, pae_low + 8
  mov %cr3, %eax
  mov %eax, %cr3
  try
0: mov 0x200000, %eax
  caught_at "PAE: bit 20 of a 2 MiB page is reserved", 9, 0b, 0x200000
  finish

  .bss
  .balign 4096
directory: .skip 4096
table_low: .skip 4096
table_window: .skip 4096
pae_low: .skip 4096
pae_third: .skip 4096
pae_table: .skip 4096
first_page: .skip 4096
second_page: .skip 4096
pointers: .skip 32
