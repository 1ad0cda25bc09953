#include "machine/board/outside/record_file.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "machine/base/version.h"

namespace vireo {
namespace {

constexpr std::array<char, 8> kMagic = {'V', 'I', 'R', 'E', 'O', 'R', 'E', 'C'};
constexpr size_t kBlockBytes = 64 * 1024;

struct FileHead {
  std::array<char, 8> magic = kMagic;
  uint32_t format = kRecordFormat;
  std::array<char, 36> producer{};
};
static_assert(sizeof(FileHead) == 48);

struct BlockHead {
  uint32_t length = 0;
  uint32_t crc = 0;
};

uint32_t crc_of(std::span<const std::byte> bytes) {
  return static_cast<uint32_t>(
      ::crc32_z(0, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
}

std::string producer_text(const FileHead& head) {
  std::string text(head.producer.begin(),
                   std::find(head.producer.begin(), head.producer.end(), '\0'));
  for (char& c : text) c = c < ' ' || c > '~' ? '?' : c;
  return text;
}

// The payload of the next block, if a whole and good one is there.
std::optional<std::span<const std::byte>> take_block(std::span<const std::byte>& bytes) {
  BlockHead head;
  if (bytes.size() < sizeof head) return std::nullopt;
  std::memcpy(&head, bytes.data(), sizeof head);
  if (head.length > bytes.size() - sizeof head) return std::nullopt;
  const auto payload = bytes.subspan(sizeof head, head.length);
  if (crc_of(payload) != head.crc) return std::nullopt;
  bytes = bytes.subspan(sizeof head + head.length);
  return payload;
}

Result<FileHead> take_head(std::span<const std::byte>& bytes, const std::string& name) {
  FileHead head;
  if (bytes.size() >= sizeof head) std::memcpy(&head, bytes.data(), sizeof head);
  if (bytes.size() < sizeof head || head.magic != kMagic) {
    return Error{fmt::format("{}: not a recording of vireo", name)};
  }
  if (head.format != kRecordFormat) {
    return Error{fmt::format("{}: recording format {}, written by '{}'; this vireo reads format {}",
                             name, head.format, producer_text(head), kRecordFormat)};
  }
  bytes = bytes.subspan(sizeof head);
  return head;
}

}  // namespace

Result<Recording> parse_recording(std::span<const std::byte> bytes, const std::string& name) {
  const auto head = take_head(bytes, name);
  if (!head) return head.error();
  Recording recording;
  recording.producer = producer_text(*head);
  const auto description = take_block(bytes);
  if (!description) {
    return Error{fmt::format("{}: damaged: no description of the machine", name)};
  }
  recording.description.assign(reinterpret_cast<const char*>(description->data()),
                               description->size());
  EventDecoder decoder;
  while (auto block = take_block(bytes)) {
    while (!block->empty()) {
      auto event = decoder.take(*block);
      if (!event) return Error{fmt::format("{}: damaged: a block holds no events", name)};
      recording.events.push_back(std::move(*event));
    }
  }
  recording.bytes_lost = bytes.size();
  recording.whole = bytes.empty() && !recording.events.empty() &&
                    recording.events.back().kind == OutsideKind::kEnd;
  return recording;
}

Result<std::unique_ptr<RecordWriter>> RecordWriter::create(const std::string& path,
                                                           const std::string& description) {
  auto file = AppendFile::create(path);
  if (!file) return file.error();
  std::unique_ptr<RecordWriter> writer(new RecordWriter(std::move(*file)));
  FileHead head;
  const std::string producer = fmt::format("vireo {}", kVireoVersion);
  std::copy_n(producer.begin(), std::min(producer.size(), head.producer.size() - 1),
              head.producer.begin());
  if (auto put = writer->file_->append(std::as_bytes(std::span(&head, 1))); !put) {
    return put.error();
  }
  const auto text = std::as_bytes(std::span(description));
  if (auto put = writer->write_block(text); !put) return put.error();
  return writer;
}

Result<void> RecordWriter::append(const OutsideEvent& event) {
  encoder_.append(block_, event);
  return block_.size() >= kBlockBytes ? flush() : Result<void>();
}

Result<void> RecordWriter::flush() {
  if (block_.empty()) return {};
  auto written = write_block(block_);
  block_.clear();
  return written;
}

Result<void> RecordWriter::write_block(std::span<const std::byte> payload) {
  const BlockHead head{static_cast<uint32_t>(payload.size()), crc_of(payload)};
  std::vector<std::byte> whole(sizeof head + payload.size());
  std::memcpy(whole.data(), &head, sizeof head);
  if (!payload.empty()) std::memcpy(whole.data() + sizeof head, payload.data(), payload.size());
  return file_->append(whole);
}

}  // namespace vireo
