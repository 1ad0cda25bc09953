// The serial ports and the debug console of the board.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "machine/base/device.h"
#include "machine/base/irq_line.h"
#include "machine/base/result.h"
#include "machine/board/chardevs.h"
#include "machine/board/core.h"
#include "machine/board/input_gate.h"
#include "machine/board/machine_config.h"
#include "machine/board/panic_watch.h"
#include "machine/devices/debug_port.h"
#include "machine/devices/uart16550.h"

namespace vireo {

class SerialPorts final : public InputSource {
 public:
  // Opens the channels. `isa` takes the interrupts.
  static Result<std::unique_ptr<SerialPorts>> create(const MachineConfig& config,
                                                     Chardevs& chardevs, MachineCore& core,
                                                     InterruptSink& isa);

  // Gives each port what waits outside, as far as its receiver has room.
  bool poll_input() override;
  void flush_output() override;

  // The reason of a kernel panic seen on a port, or empty; see PanicWatch.
  std::string panic() const;
  void clear_panic();
  // Called when a port shows a panic, in the middle of the instruction that ends its line.
  void set_on_panic(const std::function<void(const std::string& reason)>& on_panic);

  // Each line that the guest prints on its first port is told to the listener.
  void listen(LineListener listener);
  // The guest will print no more: what it has begun is told as a line.
  void end_lines();

  std::vector<Device*> devices();
  // What the ports' far ends have heard so far, which decides what is made of the rest.
  void visit_watches(Archive& archive);
  // Which of address_map::kSerial are there.
  const std::vector<unsigned>& places() const { return places_; }

 private:
  struct Port {
    Port(std::unique_ptr<ByteChannel> outside, std::string name, EventQueue& events, IrqLine irq)
        : channel(std::move(outside), events), uart(std::move(name), events, irq, &channel) {}
    WatchedChannel channel;
    Uart16550 uart;
    IoMapping mapping;
  };

  SerialPorts() = default;
  Result<void> add_port(unsigned number, const ChannelSpec& spec, Chardevs& chardevs,
                        MachineCore& core, InterruptSink& isa);
  Result<void> add_console(const DebugConsoleConfig& config, Chardevs& chardevs, MachineCore& core);

  std::vector<std::unique_ptr<Port>> ports_;
  std::vector<unsigned> places_;
  std::unique_ptr<ByteChannel> console_channel_;
  std::unique_ptr<DebugPort> console_;
  IoMapping console_mapping_;
};

}  // namespace vireo
