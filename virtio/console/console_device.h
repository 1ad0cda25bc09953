// virtio-console: serial ports and terminals, one or many (VirtIO 1.4 section 5.3).
#pragma once

#include <memory>
#include <vector>

#include "machine/base/result.h"
#include "virtio/console/console_options.h"
#include "virtio/console/console_port.h"
#include "virtio/device.h"

namespace vireo {

// With MULTIPORT each port is announced and described by control messages; without, there is
// port 0 alone. Output goes to a port's channel when its queue is processed; it is dropped
// while nobody is at the far end. Input is taken from the channel only as far as the driver
// can have it: it waits outside while the driver has not opened the port, and here while the
// receive queue is empty.
class VirtioConsole final : public VirtioDevice {
 public:
  static constexpr uint64_t kKickDelayNs = 1'000;
  static constexpr unsigned kChainsPerEvent = 64;

  // Fails, naming the port, when a number is taken or out of range.
  static Result<std::unique_ptr<VirtioConsole>> create(const VirtioConsoleOptions& options,
                                                       const std::vector<ConsolePortSpec>& ports);

  uint16_t type_id() const override { return virtio_type::kConsole; }
  uint64_t device_features() const override;
  unsigned queue_count() const override;
  uint16_t max_queue_size(unsigned) const override { return 128; }
  uint32_t config_size() const override { return sizeof(virtio_console::Config); }
  void read_config(std::span<std::byte> out) const override;
  void write_config(uint32_t offset, std::span<const std::byte> bytes) override;
  QueueWork process_queue(unsigned index, Virtqueue& queue) override;
  uint64_t kick_delay_ns() const override { return kKickDelayNs; }
  void reset() override;
  void visit(Archive& archive) override;

  // Looks at every port's channel, at the run loop's poll points. True when anything came.
  bool poll_input();

 private:
  struct Port {
    ConsolePort port;
    // The driver runs and has looked after this port's receive queue.
    bool receiving = false;
  };

  VirtioConsole(const VirtioConsoleOptions& options, const std::vector<ConsolePortSpec>& ports);
  bool has(uint64_t feature) const { return (host().features() & feature) != 0; }
  bool open_for_input(const Port& port) const;
  bool look(Port& port);
  QueueWork receive(unsigned number, Virtqueue& queue);
  QueueWork transmit(unsigned number, Virtqueue& queue);
  QueueWork send_control(Virtqueue& queue);
  QueueWork take_control(Virtqueue& queue);
  void obey(const virtio_console::ControlMessage& message);
  Port* find(uint32_t number);

  VirtioConsoleOptions options_;
  bool sized_;                                // port 0 began on a terminal
  std::vector<std::unique_ptr<Port>> ports_;  // by number; null where there is none
};

}  // namespace vireo
