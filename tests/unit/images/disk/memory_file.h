// A disk's file in memory, which counts and can be told to fail.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "machine/base/disk_file.h"

namespace vireo {

class MemoryFile final : public DiskFile {
 public:
  // What a test keeps in hand after the disk took the file.
  struct State {
    std::vector<std::byte> bytes;
    int syncs = 0;
    int writes = 0;
    int discards = 0;
    bool fail_writes = false;
    bool waits = false;  // what may_wait() says
  };

  explicit MemoryFile(std::shared_ptr<State> state) : state_(std::move(state)) {}

  uint64_t size() const override { return state_->bytes.size(); }
  std::string description() const override { return "disk.img"; }

  Result<void> read(uint64_t offset, std::span<std::byte> out) override {
    if (offset + out.size() > size()) return Error{"disk.img: read beyond the end"};
    std::copy_n(state_->bytes.begin() + static_cast<ptrdiff_t>(offset), out.size(), out.begin());
    return {};
  }

  Result<void> write(uint64_t offset, std::span<const std::byte> in) override {
    if (state_->fail_writes) return Error{"disk.img: no space"};
    ++state_->writes;
    state_->bytes.resize(std::max<size_t>(state_->bytes.size(), offset + in.size()));
    std::copy(in.begin(), in.end(), state_->bytes.begin() + static_cast<ptrdiff_t>(offset));
    return {};
  }

  Result<void> sync() override {
    ++state_->syncs;
    return {};
  }

  // The worst that "undefined afterwards" allows.
  Result<void> discard(uint64_t offset, uint64_t length) override {
    ++state_->discards;
    std::memset(state_->bytes.data() + offset, 0xdd, length);
    return {};
  }

  Result<void> resize(uint64_t bytes) override {
    if (state_->fail_writes) return Error{"disk.img: no space"};
    state_->bytes.resize(bytes);
    return {};
  }

  bool may_wait(BlockOperation, uint64_t, uint64_t) override { return state_->waits; }

  Result<void> zero(uint64_t offset, uint64_t length, bool) override {
    std::memset(state_->bytes.data() + offset, 0, length);
    return {};
  }

 private:
  std::shared_ptr<State> state_;
};

inline std::shared_ptr<MemoryFile::State> memory_state(const std::string& content) {
  auto state = std::make_shared<MemoryFile::State>();
  const auto* bytes = reinterpret_cast<const std::byte*>(content.data());
  state->bytes.assign(bytes, bytes + content.size());
  return state;
}

}  // namespace vireo
