// Code that changes under the processor: by its own stores, by string
// instructions, by device writes, through other mappings.
#include "tests/unit/cpu/block/lockstep.h"

namespace vireo {
namespace {

constexpr uint64_t kCode = TestGuest::kCode, kData = TestGuest::kData;

TEST_CASE("a store into a block cut short by the budget is seen by its next instruction") {
  TestGuest guest;
  // mov byte [rip + 1], 7; mov al, 1 (becomes 7); nop; nop; hlt
  guest.load(std::initializer_list<uint8_t>{0xc6, 0x05, 0x01, 0, 0, 0, 0x07, 0xb0, 0x01, 0x90,
                                            0x90, 0xf4});
  guest.cpu.run(3);
  CHECK(guest.cpu.retired() == 3);
  CHECK(guest.cpu.regs[kRax] == 7);
}

TEST_CASE("a store into the next block is seen when it runs") {
  TestGuest guest;
  guest.cpu.regs[kRcx] = 2;
  // 1: inc byte [rip + 3]; jmp 2f; 2: mov al, 1 (counts up); dec ecx; jnz 1b; hlt
  guest.run({0xfe, 0x05, 0x03, 0, 0, 0, 0xeb, 0x00, 0xb0, 0x01, 0xff, 0xc9, 0x75, 0xf2, 0xf4}, 100);
  CHECK(guest.cpu.regs[kRax] == 3);
  CHECK(guest.cpu.halted);
}

TEST_CASE("a linked block that was overwritten is not entered any more") {
  TestGuest guest;
  // Two runs link the loop; then the host-side write turns inc eax into dec eax.
  const std::initializer_list<uint8_t> code = {0xff, 0xc0, 0xeb, 0x00, 0xff, 0xc1, 0xeb, 0xf8};
  guest.run(std::span(code.begin(), code.size()), 400);
  CHECK(guest.cpu.regs[kRax] == 100);
  guest.memory.write(GuestAddr{kCode + 1}, uint8_t{0xc8});
  guest.cpu.run(400);
  CHECK(guest.cpu.regs[kRax] == 0);
  CHECK(guest.cpu.regs[kRcx] == 200);
}

TEST_CASE("a device write of any width into code is seen") {
  TestGuest guest;
  const std::initializer_list<uint8_t> code = {0xb8, 1, 0, 0, 0, 0xeb, 0xf9};  // mov eax, 1; jmp
  guest.run(std::span(code.begin(), code.size()), 100);
  std::vector<std::byte> page(kPageSize, std::byte{0x90});
  page.back() = std::byte{0xf4};
  guest.memory.write_bytes(GuestAddr{kCode}, page);
  CHECK(guest.cpu.run(10000) == CpuExit::kHalted);
  CHECK(guest.cpu.rip == kCode + kPageSize);
}

TEST_CASE("both halves of an instruction over a page end are watched") {
  for (const uint64_t changed : {uint64_t{0x100fff}, uint64_t{0x101000}, uint64_t{0x101002}}) {
    TestGuest guest;
    // At 0x100ffe: mov eax, 0x04030201, one byte of it in the first page.
    std::vector<uint8_t> code = {0xb8, 0x01, 0x02, 0x03, 0x04, 0xeb, 0xf9};
    guest.memory.write_bytes(GuestAddr{0x100ffe}, std::as_bytes(std::span(code)));
    guest.cpu.rip = 0x100ffe;
    guest.cpu.run(50);
    CHECK(guest.cpu.regs[kRax] == 0x04030201);
    guest.memory.write(GuestAddr{changed}, uint8_t{0x55});
    guest.cpu.run(2);
    const unsigned byte = static_cast<unsigned>(changed - 0x100fff);
    CHECK((guest.cpu.regs[kRax] >> 8 * byte & 0xff) == 0x55);
  }
}

TEST_CASE("the processor's own store into the tail of a crossing instruction is seen") {
  TestGuest guest;
  // 0x100ff7: mov byte [0x101001], 0x66 (8 bytes), then at 0x100fff: mov eax, imm32
  std::vector<uint8_t> code = {0xc6, 0x04, 0x25, 0x01, 0x10, 0x10, 0x00, 0x66,
                               0xb8, 0x01, 0x02, 0x03, 0x04, 0xf4};
  guest.memory.write_bytes(GuestAddr{0x100ff7}, std::as_bytes(std::span(code)));
  guest.cpu.rip = 0x100fff;  // the crossing instruction is decoded before
  guest.cpu.run(1);
  guest.cpu.rip = 0x100ff7;
  guest.cpu.run(10);
  CHECK(guest.cpu.regs[kRax] == 0x04036601);
  CHECK(guest.cpu.halted);
}

TEST_CASE("REP MOVS over the code ahead of it is seen by the next instruction") {
  Program program;
  program.code = {
      0xbe, 0x00, 0x00, 0x30, 0x00,  // mov esi, 0x300000
      0xbf, 0x15, 0x00, 0x10, 0x00,  // mov edi, 0x100015
      0xb9, 0x06, 0x00, 0x00, 0x00,  // mov ecx, 6
      0xf3, 0xa4,                    // rep movsb
      0x90, 0x90, 0x90, 0x90,
      0xb8, 0x01, 0x00, 0x00, 0x00,  // 15: mov eax, 1
      0xf4,
  };
  program.prepare = [](SystemGuest& guest) {
    const uint8_t replacement[] = {0xbb, 0x09, 0x00, 0x00, 0x00, 0xf4};  // mov ebx, 9; hlt
    guest.memory.write_bytes(GuestAddr{kData}, std::as_bytes(std::span(replacement)));
  };
  check_portions(program, 14, 14);
  SystemGuest guest;
  start(guest, program);
  guest.cpu.run(100);
  CHECK(guest.cpu.regs[kRax] == 0);
  CHECK(guest.cpu.regs[kRbx] == 9);
}

TEST_CASE("REP STOS over itself stops repeating as the new bytes say") {
  Program program;
  program.code = {
      0xbf, 0x0f, 0x00, 0x10, 0x00,  // mov edi, 0x10000f
      0xb9, 0x00, 0x10, 0x00, 0x00,  // mov ecx, 4096
      0xb8, 0xf4, 0x00, 0x00, 0x00,  // mov eax, 0xf4: hlt
      0xf3, 0xaa,                    // 0f: rep stosb
  };
  // The first part ends with the page; what then stands at RIP is HLT.
  check_portions(program, 6, 6);
  SystemGuest guest;
  start(guest, program);
  CHECK(guest.cpu.run(100) == CpuExit::kHalted);
  CHECK(guest.cpu.rip == 0x100010);
}

TEST_CASE("a store through another mapping of the page is seen") {
  TestGuest guest;
  // 2 MiB pages: 0x800000 maps to the same frame as 0.
  guest.memory.write(GuestAddr{TestGuest::kPml4 + 0x2000 + 8 * 4}, uint64_t{0x87});
  guest.cpu.regs[kRdi] = 0x800000 + kCode + 8;
  // mov eax, [rdi]: the alias reads; mov byte [rdi], 7; mov al, 1 (becomes 7); hlt
  guest.run({0x8b, 0x07, 0x90, 0x90, 0xc6, 0x07, 0x07, 0xb0, 0x01, 0xf4}, 20);
  CHECK((guest.cpu.regs[kRax] & 0xff) == 7);
}

TEST_CASE("code that runs at two addresses of one page follows writes through either") {
  TestGuest guest;
  guest.memory.write(GuestAddr{TestGuest::kPml4 + 0x2000 + 8 * 4}, uint64_t{0x87});
  guest.load(std::initializer_list<uint8_t>{0xb0, 0x01, 0xf4});  // mov al, 1; hlt
  guest.cpu.run(10);
  guest.cpu.halted = false;
  guest.cpu.rip = 0x800000 + kCode;
  guest.cpu.run(10);
  CHECK(guest.cpu.rip == 0x800000 + kCode + 3);
  guest.memory.write(GuestAddr{kCode + 1}, uint8_t{9});
  for (const uint64_t at : {kCode, 0x800000 + kCode}) {
    guest.cpu.regs[kRax] = 0;
    guest.cpu.halted = false;
    guest.cpu.rip = at;
    guest.cpu.run(10);
    CHECK(guest.cpu.regs[kRax] == 9);
  }
}

TEST_CASE("a segment register pushed over the code ahead is seen by the next instruction") {
  TestGuest guest;
  guest.cpu.segs[kFs].selector = 0x9090;
  guest.cpu.regs[kRsp] = kCode + 10;
  guest.cpu.regs[kRax] = TestGuest::kData;
  // push fs; inc ecx four times: becomes nop; nop; add [rax], al three times
  guest.run({0x0f, 0xa0, 0xff, 0xc1, 0xff, 0xc1, 0xff, 0xc1, 0xff, 0xc1}, 6);
  CHECK(guest.cpu.regs[kRcx] == 0);
  CHECK(guest.cpu.rip == kCode + 10);
}

TEST_CASE("data beside code on one page is written without forgetting the code") {
  TestGuest guest;
  // 1: inc dword [rip + 0x400]; jmp 1b
  guest.run({0xff, 0x05, 0x00, 0x04, 0x00, 0x00, 0xeb, 0xf8}, 1000);
  CHECK(guest.memory.read<uint32_t>(GuestAddr{kCode + 0x406}) == 500);
  CHECK(guest.cpu.stats().blocks_invalidated == 0);
}

TEST_CASE("data between two pieces of code is written without forgetting either") {
  TestGuest guest;
  // 1: inc dword [rip + 2]; jmp 2f; four bytes of data; 2: jmp 1b
  guest.run({0xff, 0x05, 0x02, 0, 0, 0, 0xeb, 0x04, 0, 0, 0, 0, 0xeb, 0xf2}, 900);
  CHECK(guest.memory.read<uint32_t>(GuestAddr{kCode + 8}) == 300);
  CHECK(guest.cpu.stats().blocks_invalidated == 0);
}

TEST_CASE("a store reaches code that began lines before it, and only that") {
  TestGuest guest;
  // inc eax 100 times; hlt: blocks of several lines.
  std::vector<uint8_t> code(200, 0xff);
  for (size_t i = 1; i < code.size(); i += 2) code[i] = 0xc0;
  code.push_back(0xf4);
  guest.run(code, 200);
  CHECK(guest.cpu.regs[kRax] == 100);
  guest.memory.write(GuestAddr{kCode + 151}, uint8_t{0xc8});  // dec eax
  guest.memory.write(GuestAddr{kCode + 300}, uint8_t{1});
  guest.cpu.halted = false;
  guest.cpu.rip = kCode;
  guest.cpu.run(200);
  CHECK(guest.cpu.regs[kRax] == 198);
  CHECK(guest.memory.code_in(GuestAddr{kCode + 151}, 1));
  CHECK_FALSE(guest.memory.code_in(GuestAddr{kCode + 300}, 1));
}

TEST_CASE("more code than the cache holds runs on after it was emptied") {
  TestGuest guest;
  constexpr uint64_t kFirst = 0x400000, kBytes = 2 << 20;
  guest.memory.fill(GuestAddr{kFirst}, kBytes, std::byte{0x90});
  // Each round: inc eax; jmp to the start.
  const uint8_t tail[] = {0xff, 0xc0, 0xe9, 0, 0, 0, 0};
  guest.memory.write_bytes(GuestAddr{kFirst + kBytes}, std::as_bytes(std::span(tail)));
  guest.memory.write(GuestAddr{kFirst + kBytes + 3}, static_cast<uint32_t>(-(kBytes + 7)));
  guest.cpu.rip = kFirst;
  guest.cpu.run(3 * (kBytes + 2));
  CHECK(guest.cpu.regs[kRax] == 3);
  CHECK(guest.cpu.rip == kFirst);
}

}  // namespace
}  // namespace vireo
