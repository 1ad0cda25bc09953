// A small machine for fuzzing the processor: RAM, devices that answer anything,
// and a processor in any mode with tables, registers and memory from the input.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cpu/cpu.h"
#include "machine/base/guest_memory.h"
#include "machine/base/io_space.h"
#include "machine/base/virtual_clock.h"
#include "tests/fuzz/fuzz_input.h"

namespace vireo::fuzz {

// Registers which count their accesses and answer with a mix of all of them.
class AnyDevice : public IoHandler {
 public:
  uint64_t read(uint64_t offset, unsigned size) override;
  void write(uint64_t offset, unsigned size, uint64_t value) override;
  uint64_t state() const { return state_; }

 private:
  uint64_t state_ = 1;
};

// An interrupt line with a vector behind it.
class AnyController : public InterruptController {
 public:
  bool has_interrupt() const override { return raised_; }
  int acknowledge() override {
    raised_ = false;
    return kVector;
  }
  void set_cr8(uint8_t priority) override { cr8_ = priority; }
  uint8_t cr8() const override { return cr8_; }
  bool read_msr(uint32_t, uint64_t&) override { return false; }
  bool write_msr(uint32_t, uint64_t) override { return false; }
  bool enabled() const override { return true; }
  uint32_t id() const override { return 0; }
  void raise() { raised_ = true; }

 private:
  static constexpr int kVector = 0x21;
  bool raised_ = false;
  uint8_t cr8_ = 0;
};

class CpuGuest {
 public:
  static constexpr uint64_t kRam = 256 << 10;

  // Everything comes from `input`: two guests from equal inputs are equal.
  explicit CpuGuest(FuzzInput input);

  void set_slices(const Slices& slices) { cpu_.set_slices(slices); }
  Cpu& cpu() { return cpu_; }

  // Runs so many instructions, or up to a shutdown or a halt that nothing ends.
  CpuExit run(uint64_t instructions);

  // What may come from outside between two runs.
  enum class Event : uint8_t { kNone, kNmi, kSmi, kInterrupt };
  void cause(Event event);

  // What a guest could tell of processor, devices and time; with memory.
  std::vector<std::byte> state();
  std::vector<std::byte> image();
  // Registers and the bytes at RIP in one line.
  std::string describe() const;

 private:
  void set_mode(FuzzInput& input);
  void set_segments(FuzzInput& input);
  void set_tables(FuzzInput& input);
  void set_paging(FuzzInput& input);
  void set_registers(FuzzInput& input);
  void set_memory(FuzzInput& input);
  void put_gate(unsigned vector, FuzzInput& input);
  void put_tables_32(FuzzInput& input);
  void put_tables_64(FuzzInput& input);
  uint64_t entry(uint64_t address, FuzzInput& input);

  enum class Mode : uint8_t { kReal, kProtected16, kProtected32, kV86, kCompat, kLong };
  Mode mode_ = Mode::kReal;
  bool user_ = false;
  GuestMemory memory_;
  IoSpace mmio_{"mmio", 0};
  IoSpace ports_{"ports", 0x10000};
  VirtualClock clock_;
  AnyDevice device_;
  IoMapping window_, port_window_;
  AnyController controller_;
  Cpu cpu_;
};

}  // namespace vireo::fuzz
