# A program for the guest: writes 16 to I/O port 0xf4, where isa-debug-exit is; ends with 1 if that
# did not end the machine.
  .globl _start
_start:
  mov $172, %eax  # iopl(3)
  mov $3, %edi
  syscall
  mov $0xf4, %edx
  mov $16, %al
  out %al, %dx
  mov $60, %eax  # exit(1)
  mov $1, %edi
  syscall
