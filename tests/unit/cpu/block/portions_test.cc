// Programs of every shape in fast blocks, in odd portions and one instruction
// at a time: the same states at the same counts.
#include "tests/unit/cpu/block/lockstep.h"

namespace vireo {
namespace {

constexpr uint64_t kData = TestGuest::kData;

TEST_CASE("a nested loop is the same in any portions") {
  Program program;
  program.code = {
      0xb9, 0x14, 0x00, 0x00, 0x00,  //    mov ecx, 20
      0xba, 0x07, 0x00, 0x00, 0x00,  // 1: mov edx, 7
      0x48, 0x01, 0xd0,              // 2: add rax, rdx
      0x48, 0x11, 0xcb,              //    adc rbx, rcx
      0xff, 0xca,                    //    dec edx
      0x75, 0xf6,                    //    jnz 2b
      0x83, 0xe9, 0x01,              //    sub ecx, 1
      0x75, 0xec,                    //    jnz 1b
      0xf4,                          //    hlt
  };
  check_portions(program, 700, 14);
}

TEST_CASE("recursive calls are the same in any portions") {
  Program program;
  program.code = {
      0xbf, 0x0a, 0x00, 0x00, 0x00,  //    mov edi, 10
      0xe8, 0x01, 0x00, 0x00, 0x00,  //    call fib
      0xf4,                          //    hlt
      0x83, 0xff, 0x02,              // fib: cmp edi, 2
      0x7d, 0x03,                    //    jge 1f
      0x89, 0xf8,                    //    mov eax, edi
      0xc3,                          //    ret
      0x57,                          // 1: push rdi
      0xff, 0xcf,                    //    dec edi
      0xe8, 0xf0, 0xff, 0xff, 0xff,  //    call fib
      0x5f,                          //    pop rdi
      0x50,                          //    push rax
      0x83, 0xef, 0x02,              //    sub edi, 2
      0xe8, 0xe6, 0xff, 0xff, 0xff,  //    call fib
      0x5a,                          //    pop rdx
      0x01, 0xd0,                    //    add eax, edx
      0xc3,                          //    ret
  };
  check_portions(program, 2500, 25);
  SystemGuest guest;
  start(guest, program);
  guest.cpu.run(100000);
  CHECK(guest.cpu.regs[kRax] == 55);
}

TEST_CASE("a jump table is the same in any portions") {
  Program program;
  program.code = {
      0xb9, 0x64, 0x00, 0x00, 0x00,              //    mov ecx, 100
      0x89, 0xc8,                                // 1: mov eax, ecx
      0x83, 0xe0, 0x03,                          //    and eax, 3
      0xff, 0x24, 0xc5, 0x00, 0x00, 0x30, 0x00,  //    jmp [0x300000 + rax * 8]
      0x48, 0xff, 0xc3,                          // 11: inc rbx
      0x48, 0x83, 0xc3, 0x10,                    // 14: add rbx, 16
      0x48, 0x6b, 0xdb, 0x03,                    // 18: imul rbx, rbx, 3
      0xff, 0xc9,                                // 1c: dec ecx
      0x75, 0xe5,                                //    jnz 1b
      0xf4,
  };
  program.prepare = [](SystemGuest& guest) {
    for (unsigned i = 0; i < 4; ++i) {
      static constexpr uint64_t kOffsets[] = {0x11, 0x14, 0x18, 0x1c};
      guest.memory.write(GuestAddr{kData + 8 * i}, TestGuest::kCode + kOffsets[i]);
    }
  };
  check_portions(program, 700, 20);
}

TEST_CASE("REP strings over pages are the same in any portions") {
  Program program;
  program.code = {
      0xbf, 0xf8, 0x0f, 0x30, 0x00,  // mov edi, 0x300ff8
      0xb9, 0x00, 0x06, 0x00, 0x00,  // mov ecx, 0x600
      0xb8, 0x5a, 0x5b, 0x5c, 0x5d,  // mov eax, 0x5d5c5b5a
      0xf3, 0xab,                    // rep stosd
      0xbe, 0xf3, 0x0f, 0x30, 0x00,  // mov esi, 0x300ff3
      0xbf, 0x05, 0x20, 0x31, 0x00,  // mov edi, 0x312005
      0xb9, 0x00, 0x12, 0x00, 0x00,  // mov ecx, 0x1200
      0xf3, 0xa4,                    // rep movsb
      0xfd,                          // std
      0xb9, 0x00, 0x01, 0x00, 0x00,  // mov ecx, 0x100
      0xf3, 0xa6,                    // repe cmpsb
      0xfc,                          // cld
      0xb9, 0x00, 0x20, 0x00, 0x00,  // mov ecx, 0x2000
      0xb0, 0x77,                    // mov al, 0x77
      0xf2, 0xae,                    // repne scasb
      0xf4,
  };
  check_portions(program, 40, 20);
}

TEST_CASE("instructions and jumps across page ends are the same in any portions") {
  Program program;
  program.at = 0x100ff0;
  program.code = {
      0xb9, 0x0a, 0x00, 0x00, 0x00,  // ff0:  mov ecx, 10
      0x48, 0x05, 0x01, 0x00, 0x00, 0x00,  // ff5: 1: add rax, 1
      0x48, 0x01, 0xc3,                    // ffb: add rbx, rax
      0x48, 0x81, 0xc2, 0x78, 0x56, 0x34, 0x12,  // ffe: add rdx, 0x12345678, over the end
      0xff, 0xc9,                                // 1005: dec ecx
      0x75, 0xec,                                // 1007: jnz 1b
      0xe8, 0x00, 0x00, 0x00, 0x00,              // 1009: call +0
      0x5e,                                      // 100e: pop rsi
      0xf4,
  };
  check_portions(program, 60, 30);
  SystemGuest guest;
  start(guest, program);
  const uint64_t before = guest.cpu.regs[kRdx];  // the processor's signature, after a reset
  guest.cpu.run(1000);
  CHECK(guest.cpu.regs[kRdx] == before + 10 * uint64_t{0x12345678});
  CHECK(guest.cpu.regs[kRsi] == 0x10100e);
}

TEST_CASE("faults in the middle of blocks are the same in any portions") {
  Program program;
  program.code = {
      0xb9, 0x28, 0x00, 0x00, 0x00,        //    mov ecx, 40
      0x48, 0x83, 0xc0, 0x05,              // 1: add rax, 5
      0x89, 0xca,                          //    mov edx, ecx
      0x83, 0xe2, 0x03,                    //    and edx, 3
      0x88, 0x14, 0x25, 0x00, 0x00, 0x30, 0x00,  // mov [0x300000], dl
      0x83, 0xf8, 0x11,                    //    cmp eax, 17
      0x31, 0xd2,                          //    xor edx, edx
      0xf7, 0x34, 0x25, 0x00, 0x00, 0x30, 0x00,  // div dword [0x300000]: 0 every 4th time
      0x19, 0xf6,                          //    sbb esi, esi
      0x0f, 0x0b,                          //    ud2
      0xff, 0xc9,                          //    dec ecx
      0x75, 0xda,                          //    jnz 1b
      0xf4,
  };
  program.prepare = [](SystemGuest& guest) {
    // #DE: add qword [rsp], 7; iretq. #UD: inc r8; add qword [rsp], 2; iretq.
    install_handler(guest, kVectorDe, 0x130000, {0x48, 0x83, 0x04, 0x24, 0x07, 0x48, 0xcf});
    install_handler(guest, kVectorUd, 0x131000,
                    {0x49, 0xff, 0xc0, 0x48, 0x83, 0x04, 0x24, 0x02, 0x48, 0xcf});
  };
  check_portions(program, 600, 60);
  SystemGuest guest;
  start(guest, program);
  guest.cpu.run(10000);
  CHECK(guest.cpu.regs[kR8] == 40);
}

TEST_CASE("a loop that rewrites itself is the same in any portions") {
  Program program;
  program.code = {
      0xb9, 0x32, 0x00, 0x00, 0x00,              //     mov ecx, 50
      0x48, 0x05, 0x01, 0x00, 0x00, 0x00,        // 05: 1: add rax, 1
      0xff, 0x05, 0xf6, 0xff, 0xff, 0xff,        // 0b: inc dword [rip - 10]: the immediate
      0x81, 0xc3, 0x00, 0x01, 0x00, 0x00,        // 11: add ebx, 0x100
      0x80, 0x05, 0xf7, 0xff, 0xff, 0xff, 0x01,  // 17: add byte [rip - 9], 1
      0xff, 0xc9,                                // 1e: dec ecx
      0x75, 0xe3,                                // 20: jnz 1b
      0xf4,
  };
  check_portions(program, 260, 26);
  SystemGuest guest;
  start(guest, program);
  guest.cpu.run(10000);
  CHECK(guest.cpu.regs[kRax] == 50 * 51 / 2);
}

TEST_CASE("the trap flag steps through blocks with exact counts in any portions") {
  Program program;
  program.code = {
      0x9c,                                            // pushfq
      0x48, 0x81, 0x0c, 0x24, 0x00, 0x01, 0x00, 0x00,  // or qword [rsp], 0x100
      0x9d,                                            // popfq
      0xb9, 0x05, 0x00, 0x00, 0x00,                    // mov ecx, 5
      0x48, 0xff, 0xc0,                                // 1: inc rax
      0xff, 0xc9,                                      // dec ecx
      0x75, 0xf9,                                      // jnz 1b
      0x9c,                                            // pushfq
      0x80, 0x64, 0x24, 0x01, 0xfe,                    // and byte [rsp + 1], 0xfe
      0x9d,                                            // popfq
      0xf4,
  };
  program.prepare = [](SystemGuest& guest) {
    // #DB: inc rbx; iretq
    install_handler(guest, kVectorDb, 0x130000, {0x48, 0xff, 0xc3, 0x48, 0xcf});
  };
  check_portions(program, 90, 45);
  SystemGuest guest;
  start(guest, program);
  guest.cpu.run(10000);
  // mov, 15 in the loop, pushfq, and, and the popfq which clears it.
  CHECK(guest.cpu.regs[kRbx] == 19);
}

}  // namespace
}  // namespace vireo
