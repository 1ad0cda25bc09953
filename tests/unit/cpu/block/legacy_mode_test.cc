// 16-bit and 32-bit code in fast blocks and stepped: real mode with its segment
// arithmetic and 64 KiB stack, protected mode with segments that have bases.
#include "tests/unit/cpu/block/lockstep.h"

namespace vireo {
namespace {

constexpr uint64_t kBase = 0x20000;  // linear address of the real-mode segments

void enter_real_mode(SystemGuest& guest) {
  Cpu& cpu = guest.cpu;
  cpu.cr0 = kCr0Et;
  cpu.cr4 = 0;
  cpu.efer = 0;
  for (Segment& s : cpu.segs) s = Segment{kBase >> 4, 0x93, 0xffff, kBase};
  cpu.segs[kCs].attributes = 0x9b;
  cpu.idtr = {0, 0x3ff};
  cpu.set_cpl(0);
  cpu.mode_changed();
  cpu.regs[kRsp] = 0x8000;
}

Program real_mode(std::vector<uint8_t> code) {
  Program program;
  program.at = kBase + 0x100;
  program.code = std::move(code);
  program.prepare = [](SystemGuest& guest) {
    enter_real_mode(guest);
    guest.cpu.rip = 0x100;
  };
  return program;
}

TEST_CASE("a real-mode program is the same in any portions") {
  const Program program = real_mode({
      0xb9, 0x0a, 0x00,        //    mov cx, 10
      0x01, 0xc8,              // 1: add ax, cx
      0xe8, 0x03, 0x00,        //    call 2f
      0xe2, 0xf9,              //    loop 1b
      0xf4,                    //    hlt
      0x51,                    // 2: push cx
      0x89, 0xe3,              //    mov bx, sp
      0x36, 0x8b, 0x17,        //    mov dx, [ss:bx]
      0x01, 0x16, 0x00, 0x40,  //    add [0x4000], dx
      0x66, 0x01, 0xd6,        //    add esi, edx
      0x59,                    //    pop cx
      0xc3,                    //    ret
  });
  check_portions(program, 120, 40);
  SystemGuest guest;
  start(guest, program);
  CHECK(guest.cpu.run(1000) == CpuExit::kHalted);
  CHECK(guest.cpu.regs[kRax] == 55);
  CHECK(guest.cpu.regs[kRsp] == 0x8000);
  CHECK(guest.memory.read<uint16_t>(GuestAddr{kBase + 0x4000}) == 55);
}

TEST_CASE("REP STOSW wraps at 64 KiB in 16-bit addressing") {
  const Program program = real_mode({
      0xbf, 0xf0, 0xff,  // mov di, 0xfff0
      0xb9, 0x10, 0x00,  // mov cx, 16
      0xb8, 0x34, 0x12,  // mov ax, 0x1234
      0xf3, 0xab,        // rep stosw
      0xf4,
  });
  check_portions(program, 20, 20);
  SystemGuest guest;
  start(guest, program);
  guest.cpu.run(100);
  CHECK(guest.cpu.regs[kRdi] == 0x10);
  CHECK(guest.memory.read<uint16_t>(GuestAddr{kBase + 0xfffe}) == 0x1234);
  CHECK(guest.memory.read<uint16_t>(GuestAddr{kBase + 0x000e}) == 0x1234);
  CHECK(guest.memory.read<uint16_t>(GuestAddr{kBase + 0x10000}) == 0);
}

// As firmware runs it in system management mode, whose CS has no limit (SDM 2A "Jcc").
TEST_CASE("16-bit code beyond 64 KiB goes on behind a jump that it does not take") {
  Program program = real_mode({
      0x0c, 0x01,  //    or al, 1
      0x74, 0x02,  //    jz 1f
      0xb3, 0x05,  //    mov bl, 5
      0xe3, 0x02,  // 1: jcxz 2f
      0xb7, 0x06,  //    mov bh, 6
      0xf4,        // 2: hlt
  });
  program.at = kBase + 0x10100;
  program.prepare = [](SystemGuest& guest) {
    enter_real_mode(guest);
    guest.cpu.segs[kCs].limit = 0xffffffff;
    guest.cpu.mode_changed();
    guest.cpu.regs[kRcx] = 1;
    guest.cpu.rip = 0x10100;
  };
  check_portions(program, 6, 6);
  SystemGuest guest;
  start(guest, program);
  CHECK(guest.cpu.run(100) == CpuExit::kHalted);
  CHECK((guest.cpu.regs[kRbx] & 0xffff) == 0x605);
  CHECK(guest.cpu.rip == 0x1010b);
}

TEST_CASE("a 16-bit stack wraps within its segment and leaves the rest of ESP alone") {
  const Program program = real_mode({0x50, 0xf4});  // push ax; hlt
  SystemGuest guest;
  start(guest, program);
  guest.cpu.regs[kRsp] = 0x12340000;
  guest.cpu.regs[kRax] = 0xabcd;
  guest.cpu.run(10);
  CHECK(guest.cpu.regs[kRsp] == 0x1234fffe);
  CHECK(guest.memory.read<uint16_t>(GuestAddr{kBase + 0xfffe}) == 0xabcd);
}

TEST_CASE("16-bit jumps wrap IP at 64 KiB") {
  const Program program = real_mode({0xe9, 0x00, 0xff});  // jmp -0x100, to offset 3
  SystemGuest guest;
  start(guest, program);
  guest.memory.write(GuestAddr{kBase + 3}, uint32_t{0xfffff9e9});  // jmp -7: to 0xffff
  guest.memory.write(GuestAddr{kBase + 0xffff}, uint8_t{0xf4});
  CHECK(guest.cpu.run(3) == CpuExit::kHalted);
  CHECK(guest.cpu.retired() == 3);
}

TEST_CASE("a real-mode interrupt and IRET are the same in any portions") {
  Program program = real_mode({
      0xb9, 0x05, 0x00,  //    mov cx, 5
      0xcd, 0x21,        // 1: int 0x21
      0x49,              //    dec cx
      0x75, 0xfb,        //    jnz 1b
      0xf4,
  });
  const auto prepare = program.prepare;
  program.prepare = [prepare](SystemGuest& guest) {
    prepare(guest);
    // 2000:0300: inc bx; iret
    guest.memory.write(GuestAddr{4 * 0x21}, uint32_t{0x20000300});
    guest.memory.write(GuestAddr{kBase + 0x300}, uint16_t{0xcf43});
  };
  check_portions(program, 30, 30);
  SystemGuest guest;
  start(guest, program);
  guest.cpu.run(100);
  CHECK(guest.cpu.regs[kRbx] == 5);
  CHECK(guest.cpu.regs[kRsp] == 0x8000);
}

TEST_CASE("32-bit code whose segments have bases is the same in any portions") {
  Program program;
  program.code = {
      0xb9, 0x14, 0x00, 0x00, 0x00,              //    mov ecx, 20
      0x8d, 0x04, 0x49,                          // 1: lea eax, [ecx + ecx * 2]
      0x01, 0x04, 0x8d, 0x00, 0x00, 0x00, 0x00,  //    add [ecx * 4], eax
      0xff, 0x34, 0x8d, 0x00, 0x00, 0x00, 0x00,  //    push dword [ecx * 4]
      0x5a,                                      //    pop edx
      0x65, 0x01, 0x15, 0x00, 0x01, 0x00, 0x00,  //    add [gs:0x100], edx
      0x49,                                      //    dec ecx
      0x75, 0xe4,                                //    jnz 1b
      0xf4,
  };
  program.prepare = [](SystemGuest& guest) {
    guest.cpu.segs[kCs] = Segment{0x08, 0xc9b, 0xffffffff, 0x80010};
    guest.cpu.segs[kDs].base = 0x300000;
    guest.cpu.segs[kGs].base = 0x310000;
    guest.cpu.segs[kSs].base = 0x320000;
    guest.cpu.regs[kRsp] = 0x1000;
    guest.cpu.mode_changed();
    guest.cpu.rip = TestGuest::kCode - 0x80010;
  };
  check_portions(program, 160, 40);
  SystemGuest guest;
  start(guest, program);
  CHECK(guest.cpu.run(1000) == CpuExit::kHalted);
  CHECK(guest.memory.read<uint32_t>(GuestAddr{0x310100}) == 3 * 20 * 21 / 2);
}

Program flat32(std::vector<uint8_t> code) {
  Program program;
  program.code = std::move(code);
  program.prepare = [](SystemGuest& guest) {
    guest.cpu.segs[kCs] = Segment{SystemGuest::kCode32, 0xc9b, 0xffffffff, 0};
    guest.cpu.mode_changed();
  };
  return program;
}

TEST_CASE("flat 32-bit calls and jumps between pages are the same in any portions") {
  Program program = flat32({
      0xb9, 0x14, 0x00, 0x00, 0x00,        //    mov ecx, 20
      0xe8, 0xf6, 0x1f, 0x00, 0x00,        // 1: call 102000
      0xff, 0x15, 0x00, 0x00, 0x30, 0x00,  //    call [0x300000]
      0x49,                                //    dec ecx
      0x75, 0xf2,                          //    jnz 1b
      0xf4,
  });
  const auto enter = program.prepare;
  program.prepare = [enter](SystemGuest& guest) {
    enter(guest);
    // 102000: push ecx; add [esp], eax; pop eax; cmp eax, 100; ja 103000; ret
    static constexpr uint8_t kFirst[] = {0x51, 0x01, 0x04, 0x24, 0x58, 0x83, 0xf8, 0x64,
                                         0x0f, 0x87, 0xf2, 0x0f, 0x00, 0x00, 0xc3};
    static constexpr uint8_t kSecond[] = {0x43, 0xc3};  // inc ebx; ret
    guest.memory.write_bytes(GuestAddr{0x102000}, std::as_bytes(std::span(kFirst)));
    guest.memory.write_bytes(GuestAddr{0x103000}, std::as_bytes(std::span(kSecond)));
    guest.memory.write(GuestAddr{0x300000}, uint32_t{0x103000});
  };
  check_portions(program, 250, 50);
  SystemGuest guest;
  start(guest, program);
  CHECK(guest.cpu.run(1000) == CpuExit::kHalted);
  CHECK(guest.cpu.regs[kRax] == 210);
  CHECK(guest.cpu.regs[kRbx] == 20 + 15);  // the sum is above 100 from the sixth on
}

TEST_CASE("code that was flat minds the segment it has loaded, in any portions") {
  Program program = flat32({
      0x8e, 0xd8,                          // mov ds, ax: from 0x310000
      0x89, 0x0d, 0x00, 0x00, 0x00, 0x00,  // mov [0], ecx
      0x8e, 0xda,                          // mov ds, dx: flat
      0x01, 0x0d, 0x00, 0x00, 0x30, 0x00,  // add [0x300000], ecx
      0x50,                                // push eax
      0x1f,                                // pop ds
      0x01, 0x0d, 0x00, 0x00, 0x00, 0x00,  // add [0], ecx
      0xf4,
  });
  const auto enter = program.prepare;
  program.prepare = [enter](SystemGuest& guest) {
    enter(guest);
    guest.set_descriptor(SystemGuest::kReadOnly, 0x0040923100000fff);
    guest.cpu.regs[kRax] = SystemGuest::kReadOnly;
    guest.cpu.regs[kRdx] = SystemGuest::kData;
    guest.cpu.regs[kRcx] = 5;
  };
  check_portions(program, 8, 8);
  SystemGuest guest;
  start(guest, program);
  CHECK(guest.cpu.run(100) == CpuExit::kHalted);
  CHECK(guest.memory.read<uint32_t>(GuestAddr{0x310000}) == 10);
  CHECK(guest.memory.read<uint32_t>(GuestAddr{0x300000}) == 5);
}

TEST_CASE("an offset beyond a segment's limit is #GP, in the stack segment #SS") {
  for (const bool stack : {false, true}) {
    SystemGuest guest;
    guest.cpu.segs[kCs] = Segment{0x08, 0xc9b, 0xffffffff, 0};
    guest.cpu.segs[stack ? kSs : kDs].limit = 0xfff;
    guest.cpu.mode_changed();
    guest.cpu.regs[kRbp] = guest.cpu.regs[kRbx] = 0x1000;
    const std::initializer_list<uint8_t> of_data = {0x8b, 0x03}, of_stack = {0x8b, 0x45, 0x00};
    const auto frame = guest.fault_of(stack ? of_stack : of_data);
    CHECK(frame.vector == (stack ? kVectorSs : kVectorGp));
    CHECK(frame.error == 0);
  }
}

}  // namespace
}  // namespace vireo
