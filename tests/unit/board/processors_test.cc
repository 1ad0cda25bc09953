// Several processors: how they start, whose turn it is, what they see of each
// other's stores, and how they end.
#include "machine/board/processors.h"

#include "tests/unit/board/machine_bench.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

constexpr uint64_t kPage = 0x8000;  // where application processors begin
constexpr uint64_t kWord = 0x9000;  // what processors tell each other
constexpr uint32_t kInit = 0x4500, kStartUp = 0x4600 | kPage >> 12;
constexpr uint64_t kCommand = 0xfee00300, kDestination = 0xfee00310;

// Real-mode code of an application processor, put in place by the boot processor.
GuestCode& place(GuestCode& guest, std::initializer_list<unsigned> bytes, uint64_t at = kPage) {
  const std::vector<unsigned> code(bytes);
  for (size_t i = 0; i < code.size(); i += 4) {
    uint32_t word = 0;
    for (size_t j = i; j < code.size() && j < i + 4; ++j) word |= code[j] << 8 * (j - i);
    guest.store32(at + i, word);
  }
  return guest;
}

GuestCode& command(GuestCode& guest, unsigned apic_id, uint32_t low) {
  return guest.store32(kDestination, apic_id << 24).store32(kCommand, low);
}

GuestCode& start(GuestCode& guest, unsigned apic_id = 1) {
  command(guest, apic_id, kInit);
  return command(guest, apic_id, kStartUp);
}

// mov rbx, kWord; again: pause; cmp word [rbx], value; jne again
GuestCode& wait_for(GuestCode& guest, uint8_t value) {
  return guest.bytes({0x48, 0xBB, 0, kWord >> 8, 0, 0, 0, 0, 0, 0, 0xF3, 0x90, 0x66, 0x83, 0x3B,
                      value, 0x75, 0xF8});
}

MachineBench bench_of(const GuestCode& guest, unsigned processors = 2) {
  MachineBench bench(guest);
  bench.config.topology.cores = processors;
  return bench;
}

// mov word [kWord], value; hlt; jmp back to it
constexpr std::initializer_list<unsigned> kTellAndHalt{0xC7, 6, 0, 0x90, 7, 0, 0xF4, 0xEB, 0xFD};
// again: inc word [kWord]; jmp again
constexpr std::initializer_list<unsigned> kCount{0xFF, 6, 0, 0x90, 0xEB, 0xFA};
// again: mov word [kWord], 1; jmp again
constexpr std::initializer_list<unsigned> kTellOne{0xC7, 6, 0, 0x90, 1, 0, 0xEB, 0xF8};

}  // namespace

TEST_CASE("a start-up IPI sets a processor going at its page") {
  GuestCode guest;
  place(guest, kTellAndHalt);
  MachineBench bench = bench_of(wait_for(start(guest), 7).out8(kDebugExit, 3));
  CHECK(bench.run().exit_code == debug_exit_code(3));
}

TEST_CASE("a start-up IPI to a processor that does not wait for one is ignored") {
  GuestCode guest;
  place(guest, kTellAndHalt);
  place(guest, {0xF4}, 0xA000);
  start(guest);
  command(guest, 1, 0x460a);
  MachineBench bench = bench_of(wait_for(guest, 7).out8(kDebugExit, 3));
  CHECK(bench.run().exit_code == debug_exit_code(3));
}

TEST_CASE("an INIT stops a processor that runs") {
  GuestCode guest;
  place(guest, kCount);
  start(guest);
  // It has its turn while this one executes PAUSE.
  guest.bytes({0xF3, 0x90});
  command(guest, 1, kInit);
  guest.load32(kWord).mov_ecx_eax().bytes({0xF3, 0x90}).load32(kWord).cmp_eax_ecx();
  MachineBench bench = bench_of(guest.al_if_equal().append(exit_with_al()));
  CHECK(bench.run().exit_code == debug_exit_code(1));
}

TEST_CASE("a processor's turn has an end") {
  GuestCode guest;
  place(guest, {0xB0, 5, 0xE6, 0xF4});  // mov al, 5; out kDebugExit, al
  MachineBench bench = bench_of(start(guest).jump_here());
  const RunResult result = bench.run();
  CHECK(result.exit_code == debug_exit_code(5));
  CHECK(result.instructions < Processors::kTurn + 100);
}

TEST_CASE("a processor that is woken has its turn soon") {
  GuestCode guest;
  // The application processor halts with interrupts on and an empty table: to
  // wake it is a triple fault.
  place(guest, {0x0F, 1, 0x1E, 0, 0xA0, 0xFB, 0xF4});  // lidt [0xa000]; sti; hlt
  start(guest).bytes({0xF3, 0x90});
  MachineBench bench = bench_of(command(guest, 1, 0x4440).jump_here());  // NMI
  const RunResult result = bench.run();
  CHECK(result.reason == StopReason::kTripleFault);
  CHECK(result.message == "triple fault at rip 0x7 of vCPU 1");
  CHECK(result.instructions < Processors::kShortTurn + 100);
}

TEST_CASE("a processor that waits with PAUSE lets the others run") {
  GuestCode guest;
  // mov cx, 500; loop to itself; then as above
  place(guest, {0xB9, 0xF4, 1, 0xE2, 0xFE, 0xC7, 6, 0, 0x90, 7, 0, 0xF4});
  MachineBench bench = bench_of(wait_for(start(guest), 7).out8(kDebugExit, 3));
  const RunResult result = bench.run();
  CHECK(result.exit_code == debug_exit_code(3));
  CHECK(result.instructions < 700);
}

TEST_CASE("code that another processor changes is decoded anew") {
  GuestCode guest;
  place(guest, kTellOne);
  wait_for(start(guest), 1);
  SUBCASE("by a store") { guest.store32(kPage + 4, 0xF8EB0002); }
  SUBCASE("by a string instruction") {
    // mov edi, kPage + 4; mov al, 2; mov ecx, 1; rep stosb
    guest.bytes({0xBF, 4, 0x80, 0, 0, 0xB0, 2, 0xB9, 1, 0, 0, 0, 0xF3, 0xAA});
  }
  MachineBench bench = bench_of(wait_for(guest, 2).out8(kDebugExit, 3));
  CHECK(bench.run().exit_code == debug_exit_code(3));
}

TEST_CASE("a page that turns out to hold another processor's code is watched at once") {
  GuestCode guest;
  // The application processor's TLB lets stores to the page through when the boot
  // processor first runs code there.
  place(guest, {0xC7, 6,    0x80, 0xB0, 0,    0,             // mov word [0xb080], 0
                0xC7, 6,    0,    0x90, 1,    0,             // mov word [kWord], 1
                0x83, 0x3E, 0,    0x90, 2,    0x75, 0xF9,    // waits for 2
                0xC7, 6,    0x85, 0xB8, 0x90, 0x90,          // NOPs over the INC
                0xC7, 6,    0,    0x90, 4,    0,    0xF4});  // mov word [kWord], 4
  guest.store32(0xB884, 0xC3C0FF90);                         // nop; inc eax; ret
  wait_for(start(guest), 1);
  // xor eax, eax; mov ebx, 0xb884; call rbx
  guest.bytes({0x31, 0xC0, 0xBB, 0x84, 0xB8, 0, 0, 0xFF, 0xD3});
  guest.store32(kWord, 2);
  wait_for(guest, 4);
  guest.bytes({0xBB, 0x84, 0xB8, 0, 0, 0xFF, 0xD3});
  MachineBench bench = bench_of(guest.append(exit_with_al()));
  CHECK(bench.run().exit_code == debug_exit_code(1));
}

TEST_CASE("the run ends when the last processor halts with interrupts off") {
  GuestCode guest;
  place(guest, kTellAndHalt);
  MachineBench bench = bench_of(start(guest).hlt());
  const RunResult result = bench.run();
  CHECK(result.reason == StopReason::kDeadHalt);
  CHECK(result.message ==
        "halted with interrupts off at rip 0x7 of vCPU 1: nothing can wake the guest");
}

TEST_CASE("each processor knows its own APIC id") {
  GuestCode guest;
  // mov ax, 1; cpuid; shr ebx, 24; mov [kWord], bx; hlt
  place(guest, {0xB8, 1, 0, 0x0F, 0xA2, 0x66, 0xC1, 0xEB, 24, 0x89, 0x1E, 0, 0x90, 0xF4});
  wait_for(start(guest, 2), 2);
  // its own: shr eax, 24
  guest.load32(0xfee00020).bytes({0xC1, 0xE8, 24});
  MachineBench bench = bench_of(guest.append(exit_with_al()), 3);
  CHECK(bench.run().exit_code == debug_exit_code(0));
}

TEST_CASE("two runs with several processors are the same") {
  GuestCode guest;
  place(guest, kCount);
  for (unsigned id = 1; id < 4; ++id) start(guest, id);
  // mov ecx, 100000; loop to itself
  guest.bytes({0xB9, 0xA0, 0x86, 1, 0, 0xE2, 0xFE}).out8(kDebugExit, 0);
  MachineBench first = bench_of(guest, 4), second = bench_of(guest, 4);
  const RunResult result = first.run();
  CHECK(result.instructions > 300'000);
  CHECK(second.run().instructions == result.instructions);
  CHECK(first.machine->state_hash() == second.machine->state_hash());
}

TEST_CASE("a reset stops the application processors") {
  GuestCode guest;
  // CMOS RAM survives: the second start finds 1 there and ends the run.
  guest.out8(0x70, 0x40).in8(0x71).unless_al(0, [](GuestCode& again) {
    again.load32(kWord).mov_ecx_eax().bytes({0xF3, 0x90}).load32(kWord).cmp_eax_ecx();
    again.al_if_equal().append(exit_with_al());
  });
  guest.out8(0x70, 0x40).out8(0x71, 1);
  place(guest, kCount);
  MachineBench bench = bench_of(start(guest).out8(0xcf9, 6).jump_here());
  bench.config.no_reboot = false;
  CHECK(bench.run().exit_code == debug_exit_code(1));
}
