// The wires between a processor's x87 errors and interrupt 13 of a PC: FERR#, IGNNE#, port 0xf0.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "machine/base/device.h"
#include "machine/base/irq_line.h"
#include "machine/devices/byte_ports.h"

namespace vireo {

// ICH9 datasheet, "Coprocessor Error Register" and "FERR#/IGNNE#": FERR# latches interrupt 13;
// a write to the port withdraws it and lets the processor pass over the error.
class CoprocessorError : public Device {
 public:
  // `ignore` is called for each write: the processors' IGNNE#.
  CoprocessorError(IrqLine irq, std::function<void()> ignore)
      : irq_(irq),
        ignore_(std::move(ignore)),
        port_(*this, &CoprocessorError::read_port, &CoprocessorError::write_port) {}

  IoHandler& port() { return port_; }  // 0xf0, one byte
  void ferr() { irq_.set(true); }

  std::string_view name() const override { return "coprocessor-error"; }
  void reset() override { irq_.set(false); }
  void visit(Archive& archive) override { irq_.visit(archive); }

 private:
  uint8_t read_port(uint64_t) { return 0xff; }  // for writing only
  void write_port(uint64_t, uint8_t) {
    irq_.set(false);
    ignore_();
  }

  IrqLine irq_;
  std::function<void()> ignore_;
  BytePorts<CoprocessorError> port_;
};

}  // namespace vireo
