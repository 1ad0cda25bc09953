// A small machine of local APICs whose CPUs only write down what they are told.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cpu/apic/apic_bus.h"
#include "cpu/apic/local_apic.h"
#include "tests/unit/devices/chip_test.h"

namespace vireo::test {

struct RecordingCpu : ApicCpu {
  std::string log;
  unsigned changes = 0;
  void interrupt_changed() override { ++changes; }
  void nmi() override { log += "nmi "; }
  void smi() override { log += "smi "; }
  void init() override { log += "init "; }
  void start_up(uint8_t vector) override { log += "sipi" + std::to_string(vector) + " "; }
};

// A TSC that runs with virtual time, `offset` ahead.
struct TestTsc : TscSource {
  explicit TestTsc(const TestTime& time) : time_(time) {}
  uint64_t tsc_now() const override { return time_.clock.now_ns() + offset; }
  uint64_t ns_at_tsc(uint64_t tsc) const override { return tsc < offset ? 0 : tsc - offset; }
  uint64_t offset = 0;

 private:
  const TestTime& time_;
};

struct ApicFixture {
  static constexpr unsigned kCpus = 3;

  TestTime time;
  TestTsc tsc{time};
  ApicBus bus;
  std::array<RecordingCpu, kCpus> cpus;
  std::vector<std::unique_ptr<LocalApic>> apics;
  std::vector<uint8_t> ended;  // EOI broadcasts
  int external_vector = 0x30;
  LocalApic& apic;

  ApicFixture() : apic(build()) {
    bus.set_eoi_listener([this](uint8_t vector) { ended.push_back(vector); });
  }

  LocalApic& build() {
    for (unsigned id = 0; id < kCpus; ++id) {
      LocalApicConfig config;
      config.id = id;
      config.acknowledge_external = [this] { return external_vector; };
      apics.push_back(std::make_unique<LocalApic>(config, time.events, bus, cpus[id], tsc));
      bus.attach(*apics.back());
      apics.back()->write(0xf0, 4, 0x1ff);  // software enable
    }
    return *apics[0];
  }

  uint32_t read(unsigned offset, unsigned id = 0) {
    return static_cast<uint32_t>(apics[id]->read(offset, 4));
  }
  void write(unsigned offset, uint32_t value, unsigned id = 0) {
    apics[id]->write(offset, 4, value);
  }
  void message(uint64_t address, uint32_t data) { bus.send(MsiMessage{address, data}); }
  void fixed(uint8_t vector, bool level = false) {
    message(0xfee00000, vector | (level ? 0xc000u : 0u));
  }
  void send_ipi(uint32_t destination, uint32_t command) {
    write(0x310, destination << 24);
    write(0x300, command);
  }
  void enter_x2apic(unsigned id = 0) {
    REQUIRE(apics[id]->write_apic_base(apics[id]->apic_base() | 0xc00));
  }
};

}  // namespace vireo::test
