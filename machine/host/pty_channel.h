// A serial port on a pseudo-terminal, for another program to open.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "machine/base/result.h"
#include "machine/host/host_channel.h"
#include "machine/host/input_buffer.h"
#include "machine/host/unique_fd.h"

namespace vireo {

// Output while nobody has the far end open is dropped, as on an unplugged cable;
// so is output that a program does not read for a tenth of a second.
class PtyChannel final : public HostChannel {
 public:
  static Result<std::unique_ptr<PtyChannel>> open(SourceSet& set, const std::string& label);

  // What to open: "/dev/pts/3".
  const std::string& path() const { return path_; }

  void write(std::span<const uint8_t> bytes) override;
  std::optional<uint8_t> read() override;
  int wait_fd() const override;
  uint64_t max_wait_ns() const override;
  bool live() const override { return true; }
  bool connected() const override;

 private:
  PtyChannel(SourceSet& set, UniqueFd master, std::string path);

  UniqueFd master_;
  std::string path_;
  bool stalled_ = false;  // the reader did not keep up; wait for it no more
  std::unique_ptr<InputBuffer> input_;
};

}  // namespace vireo
