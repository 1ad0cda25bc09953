// A virtio device that looks outside at the run loop's poll points.
#pragma once

#include "machine/board/input_gate.h"
#include "machine/board/virtio/make_virtio.h"

namespace vireo {

// What stands behind such a device: `Outside` (sockets, channels), and the device's place at
// the gate. `DeviceType` has poll_input().
template <typename DeviceType, typename Outside>
class PolledDevice final : public VirtioBackEnd, private InputSource {
 public:
  PolledDevice(InputGate& gate, Outside outside) : gate_(gate), outside_(std::move(outside)) {}
  ~PolledDevice() override {
    if (device_ != nullptr) gate_.leave(*this);
  }

  Outside& outside() { return outside_; }
  // From now on the device is asked for its input.
  void connect(DeviceType& device) {
    device_ = &device;
    gate_.enter(*this);
  }

 private:
  bool poll_input() override { return device_->poll_input(); }
  void flush_output() override {
    if constexpr (requires { outside_.flush(); }) outside_.flush();
  }

  InputGate& gate_;
  Outside outside_;
  DeviceType* device_ = nullptr;
};

}  // namespace vireo
