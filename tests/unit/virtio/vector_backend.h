// A disk in a vector that records what was asked of it and can fail on demand.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "machine/base/block_backend.h"

namespace vireo::testing {

class VectorBackend : public BlockBackend {
 public:
  // Byte i of the disk is a mix of i, so that misplaced data shows.
  explicit VectorBackend(size_t size, bool read_only = false) : bytes(size), read_only_(read_only) {
    for (size_t i = 0; i < size; ++i) bytes[i] = pattern(i);
  }
  static std::byte pattern(size_t i) { return static_cast<std::byte>(i ^ i >> 8 ^ i >> 16); }

  uint64_t size() const override { return bytes.size(); }
  bool read_only() const override { return read_only_; }

  Result<void> read(uint64_t offset, std::span<std::byte> out) override {
    ++reads;
    if (fail) return Error{"broken disk"};
    std::memcpy(out.data(), bytes.data() + offset, out.size());
    return {};
  }
  Result<void> write(uint64_t offset, std::span<const std::byte> in) override {
    ++writes;
    if (fail) return Error{"broken disk"};
    std::memcpy(bytes.data() + offset, in.data(), in.size());
    ++unflushed;
    return {};
  }
  Result<void> flush() override {
    ++flushes;
    if (fail || fail_flush) return Error{"broken disk"};
    unflushed = 0;
    return {};
  }
  Result<void> discard(uint64_t offset, uint64_t length) override {
    discards.emplace_back(offset, length);
    if (fail) return Error{"broken disk"};
    return {};
  }
  Result<void> write_zeroes(uint64_t offset, uint64_t length, bool may_unmap) override {
    zeroes.emplace_back(offset, length);
    last_may_unmap = may_unmap;
    if (fail) return Error{"broken disk"};
    std::fill_n(bytes.begin() + static_cast<ptrdiff_t>(offset), length, std::byte{0});
    ++unflushed;
    return {};
  }
  Result<void> resize(uint64_t size) override {
    bytes.resize(size);
    return {};
  }
  std::string description() const override { return "vector"; }

  std::vector<std::byte> bytes;
  bool fail = false;
  bool fail_flush = false;
  unsigned reads = 0, writes = 0, flushes = 0;
  unsigned unflushed = 0;  // writes since the last flush
  bool last_may_unmap = false;
  std::vector<std::pair<uint64_t, uint64_t>> discards, zeroes;

 private:
  bool read_only_;
};

}  // namespace vireo::testing
