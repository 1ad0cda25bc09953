# Code that rewrites itself: ahead, behind, in a loop, over a page end, by string
# instructions and through a second mapping.
# Run: vireo -nographic -kernel build/release/tests/asm/self_modifying.elf
#      -device isa-debug-exit,iobase=0xf4,iosize=0x04
  .include "runtime.inc"

main:
  # The very next instruction
  movb $7, 1f + 1(%rip)
1: mov $1, %al
  cmp $7, %al
  check "the next instruction"

  # An immediate counted up by each round of its loop
  xor %ebx, %ebx
  mov $100, %ecx
1:
2: add $0, %ebx
  incb 2b + 2(%rip)
  dec %ecx
  jnz 1b
  cmp $4950, %ebx
  check "an immediate of the loop itself"

  # A subroutine of another page, replaced between calls
  call changing
  mov %eax, %ebx
  lea replacement(%rip), %rsi
  lea changing(%rip), %rdi
  mov $replacement_end - replacement, %ecx
  rep movsb
  call changing
  cmp $1, %ebx
  jne 1f
  cmp $2, %eax
1:
  check "a subroutine copied over by REP MOVSB"

  # An instruction over a page end, its tail changed
  call over_end
  mov %eax, %ebx
  movb $0x55, second_page + 1(%rip)
  call over_end
  cmp $0x04030201, %ebx
  jne 1f
  cmp $0x04550201, %eax
1:
  check "the tail of an instruction over a page end"

  # REP STOSB of NOPs ahead of itself
  lea 1f(%rip), %rdi
  mov $0x90, %al
  mov $2, %ecx
  rep stosb
1: ud2
  cmp %eax, %eax
  check "REP STOSB over what follows it"

  # Through a second mapping: linear 1 GiB + x for physical x
  mov %cr3, %rbx
  mov (%rbx), %rbx
  and $~0xfff, %rbx
  mov (%rbx), %rax
  mov %rax, 8(%rbx)
  mov %cr3, %rax
  mov %rax, %cr3
  lea 1f + 1(%rip), %rdi
  movb $9, 0x40000000(%rdi)
1: mov $1, %al
  cmp $9, %al
  check "a store through another mapping"

  # Code that runs in the second mapping and changes the first
  lea aliased(%rip), %rax
  add $0x40000000, %rax
  call *%rax
  cmp $5, %eax
  check "code that runs in the other mapping"
  finish

aliased:
  movb $5, aliased_value + 1
aliased_value:
  mov $1, %eax
  ret

replacement:
  mov $2, %eax
  ret
replacement_end:

  .balign 4096
  .skip 0x800
changing:
  mov $1, %eax
  ret
  .skip 64

  .balign 4096
  .skip 4096 - 2
over_end: .byte 0xb8, 0x01  # mov eax, 0x04030201
second_page: .byte 0x02, 0x03, 0x04
  ret
