// QEMU's isa-debug-exit: a port by which a test program ends the machine.
#pragma once

#include <cstdint>
#include <functional>

#include "machine/base/device.h"
#include "machine/base/io_space.h"

namespace vireo {

class DebugExit : public Device, public IoHandler {
 public:
  static constexpr uint16_t kDefaultBase = 0x501;
  static constexpr uint16_t kDefaultSize = 2;

  // `exit` gets the process's exit code: (value << 1) | 1, never 0.
  explicit DebugExit(std::function<void(int code)> exit) : exit_(std::move(exit)) {}

  uint64_t read(uint64_t, unsigned) override { return 0; }
  void write(uint64_t offset, unsigned size, uint64_t value) override;

  std::string_view name() const override { return "isa-debug-exit"; }
  void reset() override {}
  void visit(Archive&) override {}

 private:
  std::function<void(int)> exit_;
};

}  // namespace vireo
