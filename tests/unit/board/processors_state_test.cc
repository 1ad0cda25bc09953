// Processors by themselves, without a board around them: INIT and system management
// mode, and their state, saved in the midst of a run and loaded elsewhere.
#include <doctest/doctest.h>

#include <vector>

#include "machine/base/log.h"
#include "machine/board/processors.h"

using namespace vireo;

namespace {

constexpr uint64_t kRam = 1 << 20, kHandler = 0x38000;
constexpr uint8_t kPage = 8;

struct Rig {
  GuestMemory memory = GuestMemory::on_heap(kRam);
  IoSpace mmio{"mmio", 0};
  IoSpace ports{"ports", 0x10000};
  VirtualClock clock;
  EventQueue events{clock};
  ApicBus bus;
  Processors all;

  explicit Rig(unsigned count)
      : all(CpuModel::named("max").value(), CpuTopology{1, count, 1},
            ProcessorWiring{memory, mmio, ports, clock, events, bus, [] { return 0; }, [] {}}, 1) {
    all.reset();
    // lock inc word [0x9000]; mov bx, [0x9000]; add [0x9002], bx; pause; jmp to the start
    put(kPage << 12, {0xf0, 0xff, 0x06, 0x00, 0x90, 0x8b, 0x1e, 0x00, 0x90,
                      0x01, 0x1e, 0x02, 0x90, 0xf3, 0x90, 0xeb, 0xef});
    put(kHandler, {0xf3, 0x90, 0x40, 0x0f, 0xaa});  // pause; inc ax; rsm
    all.boot().cpu().start_at(kPage);
    for (unsigned i = 1; i < count; ++i) tell(i, ApicDelivery::kStartUp, kPage);
  }

  void put(uint64_t at, std::initializer_list<uint8_t> code) {
    memory.write_bytes(GuestAddr{at}, std::as_bytes(std::span(code.begin(), code.size())));
  }
  void tell(unsigned id, ApicDelivery delivery, uint8_t vector = 0) {
    bus.deliver({.destination = id, .delivery = delivery, .vector = vector});
  }
  void run(uint64_t instructions) {
    const uint64_t end = clock.instructions() + instructions;
    while (clock.instructions() < end) all.run(end - clock.instructions());
  }
  void visit(Archive& archive) {
    clock.visit(archive);
    for (size_t i = 0; i < all.size(); ++i) all.at(i).apic().visit(archive);
    all.visit(archive);
  }
  std::vector<std::byte> state() {
    Archive archive = Archive::saver();
    visit(archive);
    return archive.bytes();
  }
  std::vector<std::byte> ram() const {
    std::vector<std::byte> bytes(kRam);
    memory.read_bytes(GuestAddr{0}, bytes);
    return bytes;
  }
};

}  // namespace

TEST_CASE("an INIT that comes in system management mode waits for RSM") {
  Rig rig(2);
  rig.run(100);
  Processor& other = rig.all.at(1);
  rig.tell(1, ApicDelivery::kSmi);
  while (!other.cpu().smm) rig.run(1);
  rig.tell(1, ApicDelivery::kInit);
  CHECK(other.awake());
  rig.run(1);
  CHECK(other.cpu().smm);
  rig.run(100);
  CHECK_FALSE(other.cpu().smm);
  CHECK_FALSE(other.awake());
  CHECK(rig.all.boot().awake());
}

TEST_CASE("several processors, saved in the midst of their turns, have the same future elsewhere") {
  Rig first(3), second(3);
  first.run(50'123);
  second.run(777);
  Archive saved = Archive::saver();
  first.visit(saved);
  Archive loaded = Archive::loader(saved.bytes());
  second.visit(loaded);
  CHECK(loaded.at_end());
  second.memory.write_bytes(GuestAddr{0}, first.ram());
  CHECK(second.state() == first.state());
  for (unsigned i = 0; i < 20; ++i) {
    first.run(3'001);
    second.run(3'001);
    CHECK(second.state() == first.state());
  }
  CHECK(second.ram() == first.ram());
}

TEST_CASE("a line of the trace says which of several processors it is about") {
  for (const unsigned count : {1u, 2u}) {
    Rig rig(count);
    std::FILE* file = std::tmpfile();
    REQUIRE(file != nullptr);
    Log::set_file(file);
    Log::enable(LogItem::kExec);
    rig.run(60);
    Log::disable_all();
    Log::set_file(nullptr);
    Log::set_prefix("");
    std::rewind(file);
    std::string text(100'000, '\0');
    text.resize(std::fread(text.data(), 1, text.size(), file));
    std::fclose(file);
    CHECK((text.find("cpu0 ") != std::string::npos) == (count == 2));
    CHECK((text.find("cpu1 ") != std::string::npos) == (count == 2));
    CHECK_FALSE(text.empty());
  }
}
