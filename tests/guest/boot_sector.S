# What firmware starts from a disk without an operating system: says so on the console, reads the
# next sector with the firmware's services and prints it, and writes `result` to the debug-exit port.
  .ifndef result
  .set result, 1
  .endif
  .code16
  .globl _start
_start:
  xor %ax, %ax
  mov %ax, %ds
  mov %ax, %ss
  mov $0x7c00, %sp
  ljmp $0, $1f
1:
  cld
  mov $hello, %si
  call print
  mov $packet, %si
  mov $0x42, %ah
  int $0x13  # extended read; DL is the drive that this came from
  jc failed
  mov $0x7e00, %si
  call print
  mov $result, %al
failed:
  out %al, $0xf4

# Characters of si up to a zero, by the firmware's teletype service.
print:
  lodsb
  test %al, %al
  jz 1f
  mov $0x0e, %ah
  xor %bx, %bx
  int $0x10
  jmp print
1:
  ret

hello: .asciz "boot sector\r\n"
packet:
  .byte 16, 0
  .word 1           # sectors
  .word 0x7e00, 0   # to here
  .quad 1           # from there

  .org 510
  .word 0xaa55
  .asciz "next sector\r\nread by the firmware\r\n"  # the end may still be on its way
  .org 1024
