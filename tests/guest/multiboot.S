# A multiboot kernel: prints its command line, and the text and content of each module, by the
# serial port and ends the run by the debug-exit port. With `addresses` set its header says where it
# goes, for a file that is no ELF file.
  .ifndef addresses
  .set addresses, 0
  .endif
  .set flags, 3 | addresses << 16
  .set port, 0x3f8

  .text
  .globl _start
header:
  .long 0x1badb002, flags, -(0x1badb002 + flags)
  .long header, header, file_end, memory_end, _start
_start:
  cmp $0x2badb002, %eax
  jne failed
  mov $stack, %esp
  mov 16(%ebx), %esi  # the command line
  call line
  mov 20(%ebx), %ebp  # modules
  mov 24(%ebx), %edi
next:
  test %ebp, %ebp
  jz done
  mov 8(%edi), %esi
  call line
  mov (%edi), %esi
  mov 4(%edi), %ecx
  sub %esi, %ecx
1:
  lodsb
  call character
  loop 1b
  add $16, %edi
  dec %ebp
  jmp next
done:
  mov $zeros, %esi
  lodsl
  test %eax, %eax
  jnz failed
  mov $1, %al
  out %al, $0xf4
failed:
  mov $2, %al
  out %al, $0xf4

# The text at esi and the end of the line.
line:
  lodsb
  test %al, %al
  jz 1f
  call character
  jmp line
1:
  mov $10, %al
character:
  push %eax
  mov $port + 5, %dx
1:
  in %dx, %al
  test $0x20, %al
  jz 1b
  pop %eax
  mov $port, %dx
  out %al, %dx
  ret

  .data
file_end:
  .bss
zeros:
  .skip 4096
stack:
memory_end:
