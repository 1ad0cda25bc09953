// The file of a recording: what the machine was, and what came from outside.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "machine/base/result.h"
#include "machine/board/outside/event_codec.h"
#include "machine/host/append_file.h"

namespace vireo {

// "VIREOREC", the version of the format and the producer (36 bytes, padded with zeros), then
// blocks, each behind its length and its CRC-32. The first holds the machine's description, the
// others events. A recording that was cut short is good up to its last whole block.
inline constexpr uint32_t kRecordFormat = 2;

struct Recording {
  std::string producer;
  std::string description;
  std::vector<OutsideEvent> events;
  bool whole = false;  // it ends where the run ended
  uint64_t bytes_lost = 0;  // behind the last good block
};

// `name` begins every error.
Result<Recording> parse_recording(std::span<const std::byte> bytes, const std::string& name);

// Writes as it goes.
class RecordWriter {
 public:
  // Creates or empties the file.
  static Result<std::unique_ptr<RecordWriter>> create(const std::string& path,
                                                      const std::string& description);

  // Both fail when the file cannot take it; what it has then ends with a whole block, and
  // nothing more can be written.
  Result<void> append(const OutsideEvent& event);
  Result<void> flush();

  uint64_t bytes() const { return file_->bytes(); }

 private:
  explicit RecordWriter(std::unique_ptr<AppendFile> file) : file_(std::move(file)) {}
  Result<void> write_block(std::span<const std::byte> payload);

  std::unique_ptr<AppendFile> file_;
  EventEncoder encoder_;
  std::vector<std::byte> block_;
};

}  // namespace vireo
