// A network whose packets are recorded or played back.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "machine/base/net_backend.h"
#include "machine/board/outside/outside.h"

namespace vireo {

class OutsideNet final : public NetBackend {
 public:
  // `inner` may be null where the host is not asked.
  OutsideNet(std::unique_ptr<NetBackend> inner, Outside& outside, uint32_t source);

  bool ready() const override;
  void send(const NetFrame& frame) override;
  bool takes_offloads() const override { return takes_offloads_; }
  uint32_t max_frame() const override { return max_frame_; }
  void poll() override;
  std::optional<NetFrame> receive() override;
  void flush() override;
  std::string description() const override;

 private:
  std::unique_ptr<NetBackend> inner_;
  Outside& outside_;
  uint32_t source_;
  bool takes_offloads_;
  uint32_t max_frame_;
  OutsideEvent received_;
};

}  // namespace vireo
