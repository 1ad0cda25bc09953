# The A20 gate: closed, it takes bit 20 from every physical address, of data, code
# and tables. Two switches open it: port 92 and the keyboard controller.
# Run: vireo -nographic -kernel build/release/tests/asm/a20.elf
#      -device isa-debug-exit,iobase=0xf4,iosize=0x04
  .include "runtime32.inc"

  .set EVEN, 0x200000       # where the code with the gate closed runs, too
  .set ODD, 0x300000        # EVEN, behind the closed gate
  .set WORD, 0x8000         # offset of the words that are looked at
  .set OTHER, 0x9000        # of code that says where it stands
  .set RESULTS, EVEN + 0xa000
  .set WINDOW, 0x400000     # a page that leads to ODD + WORD
  .set DIRECTORY, EVEN + 0x10000
  .set TABLES, EVEN + 0x11000

  # ok when the two words that `look` saw are A and B.
  .macro saw name, a, b
  mov $8f, %edi
  cmpl $\a, seen_even
  jne 7f
  cmpl $\b, seen_odd
7:
  call report
  jmp 9f
8: .asciz "\name"
9:
  .endm

  .macro write_port port, value
  mov $\value, %al
  out %al, $\port
  .endm

main:
  movl $0xe0e0e0e0, EVEN + WORD
  movl $0x0d0d0d0d, ODD + WORD
  # mov al, 1 or 2; ret
  movl $0x00c301b0, EVEN + OTHER
  movl $0x00c302b0, ODD + OTHER
  # The code of the closed gate stands in an even megabyte; its stack, too.
  mov $away, %esi
  mov $EVEN, %edi
  mov $away_end - away, %ecx
  rep movsb

  in $0x92, %al
  or $2, %al
  out %al, $0x92
  mov $open, %ebx
  call go_away
  saw "open, the megabytes differ", 0xe0e0e0e0, 0x0d0d0d0d
  equal "code as well", seen_code, 2

  mov $closed, %ebx
  call go_away
  saw "closed, the odd one is the even one", 0xe0e0e0e0, 0xe0e0e0e0
  equal "what was fetched and decoded before, too", seen_code, 1
  equal "port 92 tells of it", seen_port, 0

  mov $closed_store, %ebx
  call go_away
  equal "a store to the odd one is in the even one", EVEN + WORD, 0x57575757
  equal "and not in the odd one", ODD + WORD, 0x0d0d0d0d

  mov $by_keyboard, %ebx
  call go_away
  saw "the keyboard controller opens it", 0x57575757, 0x0d0d0d0d
  mov $by_port, %ebx
  call go_away
  saw "so does port 92, alone", 0x57575757, 0x0d0d0d0d

  # Paging: the first 8 MiB by two tables, one page of which leads to the odd megabyte.
  mov $TABLES, %edi
  mov $3, %eax
1:
  mov %eax, (%edi)
  add $4, %edi
  add $0x1000, %eax
  cmp $0x800003, %eax
  jne 1b
  movl $ODD + WORD + 3, TABLES + WINDOW / 0x400
  movl $TABLES + 3, DIRECTORY
  movl $TABLES + 0x1003, DIRECTORY + 4
  mov $DIRECTORY, %eax
  mov %eax, %cr3
  mov %cr0, %eax
  or $0x80000000, %eax
  mov %eax, %cr0
  mov $paged, %ebx
  call go_away
  mov %cr0, %eax
  and $0x7fffffff, %eax
  mov %eax, %cr0
  equal "open, a page is where its entry says", paged_open, 0x0d0d0d0d
  equal "closed, its frame is in the even megabyte", paged_closed, 0x57575757
  finish

# Runs the part of `away` at ebx where it was copied to, on a stack there.
go_away:
  mov %esp, %ebp
  mov $EVEN + 0x7000, %esp
  sub $away, %ebx
  add $EVEN, %ebx
  call *%ebx
  mov %ebp, %esp
  mov $RESULTS, %esi
  mov $seen_even, %edi
  mov $4, %ecx
  rep movsl
  ret

# What follows runs as a copy at EVEN, by relative calls. Each part leaves the
# gate open.
away:
open:
  call look
  ret
closed:
  call close_gate
  call look
  jmp open_gate
closed_store:
  call close_gate
  movl $0x57575757, ODD + WORD
  jmp open_gate
by_keyboard:
  call close_gate
  write_port 0x64, 0xdf
  call look
  jmp open_gate
by_port:
  call close_gate
  write_port 0x92, 2
  call look
  jmp open_gate
paged:
  mov WINDOW, %eax
  mov %eax, RESULTS + 4
  call close_gate
  mov WINDOW, %eax
  mov %eax, RESULTS
  jmp open_gate

look:
  mov EVEN + WORD, %eax
  mov %eax, RESULTS
  mov ODD + WORD, %eax
  mov %eax, RESULTS + 4
  mov $ODD + OTHER, %ecx
  xor %eax, %eax
  call *%ecx
  mov %eax, RESULTS + 8
  xor %eax, %eax
  in $0x92, %al
  and $2, %al
  mov %eax, RESULTS + 12
  ret
close_gate:
  write_port 0x64, 0xdd
  write_port 0x92, 0
  ret
open_gate:
  write_port 0x64, 0xdf
  write_port 0x92, 2
  ret
away_end:

  .set paged_open, seen_odd
  .set paged_closed, seen_even

  .data
seen_even: .long 0
seen_odd: .long 0
seen_code: .long 0
seen_port: .long 0
