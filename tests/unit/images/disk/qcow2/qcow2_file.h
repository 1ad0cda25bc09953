// qcow2 images in memory, made by the tests themselves.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "images/disk/big_endian.h"
#include "images/disk/qcow2/create.h"
#include "images/disk/qcow2/qcow2_disk.h"
#include "tests/unit/images/disk/memory_file.h"

namespace vireo {

using MemoryState = std::shared_ptr<MemoryFile::State>;

inline MemoryState new_image(const Qcow2Layout& layout) {
  MemoryState state = memory_state("");
  MemoryFile file(state);
  const auto created = create_qcow2(file, layout);
  REQUIRE(created.ok());
  return state;
}

inline Result<std::unique_ptr<Qcow2Disk>> try_open(const MemoryState& state,
                                                   bool read_only = false) {
  return Qcow2Disk::open(std::make_unique<MemoryFile>(state), read_only, FlushPolicy::kOnFlush);
}

inline std::unique_ptr<Qcow2Disk> open_disk_of(const MemoryState& state, bool read_only = false) {
  auto disk = try_open(state, read_only);
  const std::string error = disk.ok() ? "" : disk.error().message;
  REQUIRE(error == "");
  return std::move(*disk);
}

inline std::string read_text(BlockBackend& disk, uint64_t offset, size_t length) {
  std::string text(length, '?');
  const auto done = disk.read(offset, std::as_writable_bytes(std::span(text.data(), length)));
  return done ? text : "error: " + done.error().message;
}

inline bool write_text(BlockBackend& disk, uint64_t offset, const std::string& text) {
  return disk.write(offset, std::as_bytes(std::span(text.data(), text.size()))).ok();
}

inline void put_big(const MemoryState& state, uint64_t at, uint64_t value) {
  store_big<uint64_t>(state->bytes.data() + at, value);
}
inline uint64_t get_big(const MemoryState& state, uint64_t at) {
  return load_big<uint64_t>(state->bytes.data() + at);
}

}  // namespace vireo
