// A host without a terminal, a file or a clock: everything that a machine takes
// from outside is what the test put there.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "machine/host/host_services.h"
#include "tests/unit/images/disk/memory_file.h"
#include "tests/unit/virtio/memory_tree.h"

namespace vireo::testing {

// A network on which nobody else is.
class SilentNetwork final : public NetBackend {
 public:
  void send(const NetFrame&) override {}
  std::optional<NetFrame> receive() override { return std::nullopt; }
  std::string description() const override { return "silence"; }
};

// The far end of one serial port, kept by the test.
struct FakeLine {
  std::string output;
  std::deque<uint8_t> input;
  int flushes = 0;
  size_t longest_write = 0;
  bool arrived = false;  // somebody new is at the far end
};

class FakeChannel final : public ByteChannel {
 public:
  explicit FakeChannel(std::shared_ptr<FakeLine> line) : line_(std::move(line)) {}
  void write(std::span<const uint8_t> bytes) override {
    line_->output.append(bytes.begin(), bytes.end());
    line_->longest_write = std::max(line_->longest_write, bytes.size());
  }
  std::optional<uint8_t> read() override {
    if (line_->input.empty()) return std::nullopt;
    const uint8_t byte = line_->input.front();
    line_->input.pop_front();
    return byte;
  }
  void flush() override { ++line_->flushes; }
  bool take_arrival() override { return std::exchange(line_->arrived, false); }

 private:
  std::shared_ptr<FakeLine> line_;
};

class FakeHost final : public HostServices {
 public:
  // Files by path: kernels, initrds and disk images.
  std::map<std::string, std::vector<std::byte>> files;
  std::map<std::string, std::shared_ptr<MemoryFile::State>> images;
  std::set<std::string> folders;  // paths that can be shared, empty
  // Serial lines by label ("serial0").
  std::map<std::string, std::shared_ptr<FakeLine>> lines;
  std::vector<DiskFileSpec> opened;
  // Networks by the id of their -netdev; each is opened once.
  // By netdev; each is opened once.
  std::map<std::string, std::unique_ptr<NetBackend>> networks;
  bool live_input = false;
  int64_t unix_seconds = 1'000'000'000;
  // A run that does not end by itself is ended by this stop, after so many looks.
  StopRequest stop{StopRequest::Kind::kSignal, 15};
  unsigned looks_before_stop = 2000;
  // Times that were waited for, in order; each wait takes as long as asked for,
  // but not longer than `longest_wait_ns`.
  std::vector<uint64_t> waits;
  uint64_t longest_wait_ns = UINT64_MAX;
  // Arrives on serial0 during the first wait.
  std::string typed_while_waiting;

  FakeLine& line(const std::string& label) {
    auto& line = lines[label];
    if (line == nullptr) line = std::make_shared<FakeLine>();
    return *line;
  }

  const HostClock& clock() const override { return clock_; }
  int64_t local_offset_seconds() const override { return 3600; }
  uint64_t random_seed() override { return 4; }

  Result<std::unique_ptr<ByteChannel>> open_channel(const ChannelSpec&,
                                                    const std::string& label) override {
    line(label);
    return std::unique_ptr<ByteChannel>(std::make_unique<FakeChannel>(lines[label]));
  }
  Result<std::unique_ptr<NetBackend>> open_net(const NetdevSpec& spec,
                                               const VirtualClock&) override {
    if (networks.count(spec.id) == 0) return Error{fmt::format("{}: no such network", spec.id)};
    return std::move(networks[spec.id]);
  }
  Result<std::unique_ptr<DiskFile>> open_disk_file(const DiskFileSpec& spec) override {
    opened.push_back(spec);
    const auto at = images.find(spec.path);
    if (at == images.end()) return Error{fmt::format("{}: no such file", spec.path)};
    return std::unique_ptr<DiskFile>(std::make_unique<MemoryFile>(at->second));
  }
  Result<std::unique_ptr<DiskFile>> create_scratch_file() override {
    return std::unique_ptr<DiskFile>(
        std::make_unique<MemoryFile>(std::make_shared<MemoryFile::State>()));
  }
  Result<std::vector<std::byte>> read_file(const std::string& path,
                                           const std::string& what) override {
    const auto at = files.find(path);
    if (at == files.end()) return Error{fmt::format("{} {}: no such file", what, path)};
    return at->second;
  }

  Result<std::unique_ptr<FileTree>> open_folder(const FolderSpec& spec) override {
    if (folders.count(spec.path) == 0) return Error{fmt::format("{}: no such folder", spec.path)};
    return std::unique_ptr<FileTree>(std::make_unique<MemoryTree>(spec.read_only));
  }
  Result<std::unique_ptr<EntropySource>> open_entropy(const std::string&) override {
    return std::unique_ptr<EntropySource>(std::make_unique<SeededEntropy>(unix_seconds));
  }

  Result<std::unique_ptr<VsockHost>> open_vsock(const std::string& path) override {
    return Error{fmt::format("{}: no sockets here", path)};
  }

  bool has_live_input() const override { return live_input; }
  StopRequest stop_request() override {
    return ++looks_ > looks_before_stop ? stop : StopRequest{};
  }
  uint64_t wait_for_input(uint64_t timeout_ns) override {
    waits.push_back(timeout_ns);
    for (const char c : typed_while_waiting)
      line("serial0").input.push_back(static_cast<uint8_t>(c));
    typed_while_waiting.clear();
    return std::min(timeout_ns, longest_wait_ns);
  }

 private:
  struct Clock final : HostClock {
    explicit Clock(const FakeHost& host_in) : host(host_in) {}
    int64_t unix_seconds() const override { return host.unix_seconds; }
    const FakeHost& host;
  };
  Clock clock_{*this};
  unsigned looks_ = 0;
};

}  // namespace vireo::testing
