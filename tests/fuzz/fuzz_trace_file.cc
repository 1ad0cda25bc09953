// Fuzzes the readers of instruction traces: any bytes as a file, and as the records of a block.
// They must be refused or read, in bounded time and memory.
#include <cstdlib>
#include <cstring>
#include <vector>

#include "cpu/trace/trace_decoder.h"
#include "cpu/trace/trace_encoder.h"
#include "machine/base/block_file.h"
#include "tests/fuzz/fuzz_digest.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/unit/base/bytes_file.h"
#include "tests/unit/cpu/trace/trace_batch_bench.h"

namespace vireo::fuzz {
namespace {

// A byte may stand for thousands of steps, and a header for any number of them.
constexpr uint64_t kMostSteps = 100'000;

uint64_t decode_all(std::span<const uint8_t> records, const TraceBlockInfo& info) {
  TraceDecoder decoder(records, info);
  uint64_t steps = 0;
  for (TraceStep step; decoder.next(step);) steps += 1 + step.stores.size();
  return steps;
}

// A trace of a few loops.
TraceRecords good_block() {
  vireo::testing::TraceBatchBench bench;
  bench.state(0, {});
  const TraceStretch& load = bench.stretch(0x1000, {{0x48, 0x8b, 0x08}, {0x53}, {0x75, 0x10}});
  const TraceStretch& add = bench.stretch(0x1010, {{0x48, 0x01, 0xc8}, {0xff, 0x00}});
  const TraceStretch& other = bench.single(0x1020, {0x0f, 0xa2});
  for (uint64_t i = 0; i < 200; ++i) {
    bench.run(load, {0, 0, i % 7 == 0 ? i * 0x1234567 : 1}, i % 50 == 9 ? 2 : 0);
    if (i % 3 == 0) bench.run(add, {0x8000 + i, i, i % 2 ? 2u : 6u});
    if (i % 20 == 5) bench.run_list(other, {kRbx, 1, 5, kListEnd});
  }
  return bench.encode();
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
    if (records) steps += decode_all(*records, {(*reader)->counts(i).first, kMostSteps});
  }
  return steps;
}

}  // namespace
}  // namespace vireo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vireo;
  using namespace vireo::fuzz;
  static const TraceRecords good = good_block();
  uint64_t steps = decode_all({data, size}, {0, kMostSteps});
  FuzzInput input(data, size);
  TraceRecords damaged = good;
  change(damaged.bytes, input);
  steps += decode_all(damaged.bytes, damaged.info);

  auto file = block_file_header("fuzz");
  for (const auto& part : {pack_block(good.bytes, {0, good.info.steps}),
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
