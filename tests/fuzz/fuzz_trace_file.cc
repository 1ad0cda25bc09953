// Fuzzes the readers of instruction traces: any bytes as a file, and as the records of a block.
// They must be refused or read, in bounded time and memory.
#include <cstdlib>
#include <vector>

#include "cpu/trace/trace_decoder.h"
#include "cpu/trace/trace_encoder.h"
#include "machine/base/block_file.h"
#include "tests/fuzz/fuzz_digest.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/unit/base/bytes_file.h"

namespace vireo::fuzz {
namespace {

uint64_t decode_all(std::span<const uint8_t> records, const TraceBlockInfo& info) {
  TraceDecoder decoder(records, info);
  uint64_t steps = 0;
  for (TraceStep step; decoder.next(step);) steps += 1 + step.stores.size();
  return steps;
}

struct OneBlock : TraceBlockSink {
  void write(std::vector<uint8_t> r, const TraceBlockInfo& i) override {
    records = std::move(r);
    info = i;
  }
  std::vector<uint8_t> records;
  TraceBlockInfo info;
};

// A trace of a few loops.
OneBlock good_block() {
  OneBlock block;
  TraceEncoder encoder(block);
  TraceRegisters registers{};
  encoder.processor(0, registers);
  uint32_t sites[4];
  for (unsigned i = 0; i < 4; ++i) {
    sites[i] = encoder.add_code({0x1000 + 3 * i, CodeMode::k64, 3, kNoBase, {0x48, 0xff}});
  }
  uint64_t general[16] = {};
  for (unsigned i = 0; i < 200; ++i) {
    general[i % 3] += i % 7 == 0 ? i * 0x1234567 : 1;
    const TraceStore store{0x8000 + i, i, 1};
    const uint32_t shape = 1u << i % 3 | (i % 4 == 0 ? 1u << kShapeStores : 0);
    encoder.instruction(sites[i % 4], shape, general, 2, &store, {});
  }
  encoder.finish();
  return block;
}

void change(std::vector<uint8_t>& bytes, FuzzInput& input) {
  for (unsigned i = input.take<uint8_t>() % 8; i > 0 && !bytes.empty(); --i) {
    bytes[input.take<uint32_t>() % bytes.size()] = input.take<uint8_t>();
  }
  if (input.take<uint8_t>() % 4 == 0) bytes.resize(input.take<uint32_t>() % (bytes.size() + 1));
}

uint64_t read_file(std::vector<std::byte> bytes) {
  BytesFile file(std::move(bytes), "file");
  const auto reader = BlockFileReader::open(file);
  uint64_t steps = 0;
  for (size_t i = 0; reader && i < (*reader)->blocks(); ++i) {
    const auto records = (*reader)->read(i);
    if (records) steps += decode_all(*records, {(*reader)->counts(i).first, UINT64_MAX});
  }
  return steps;
}

}  // namespace
}  // namespace vireo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vireo;
  using namespace vireo::fuzz;
  static const OneBlock good = good_block();
  uint64_t steps = decode_all({data, size}, {0, UINT64_MAX});
  FuzzInput input(data, size);
  OneBlock damaged = good;
  change(damaged.records, input);
  steps += decode_all(damaged.records, damaged.info);

  auto file = block_file_header("fuzz");
  for (const auto& part : {pack_block(good.records, {0, good.info.steps}),
                           block_file_end(1, good.info.steps)}) {
    file.insert(file.end(), part.begin(), part.end());
  }
  std::vector<uint8_t> bytes(file.size());
  std::memcpy(bytes.data(), file.data(), file.size());
  change(bytes, input);
  std::memcpy(file.data(), bytes.data(), bytes.size());
  file.resize(bytes.size());
  steps += read_file(file);
  digest().add(std::as_bytes(std::span(&steps, 1)));
  return 0;
}
