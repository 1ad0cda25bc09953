// Steps go into records and come out again.
#include "cpu/trace/trace_encoder.h"

#include <doctest/doctest.h>

#include <utility>
#include <vector>

#include "cpu/trace/trace_decoder.h"

namespace vireo {
namespace {

struct Kept : TraceBlockSink {
  void write(std::vector<uint8_t> records, const TraceBlockInfo& info) override {
    blocks.emplace_back(std::move(records), info);
  }
  std::vector<TraceStep> steps() const {
    std::vector<TraceStep> all;
    for (const auto& [records, info] : blocks) {
      TraceDecoder decoder(records, info);
      for (TraceStep step; decoder.next(step);) all.push_back(step);
      CHECK_FALSE(decoder.failed());
    }
    return all;
  }
  size_t bytes() const {
    size_t sum = 0;
    for (const auto& [records, info] : blocks) sum += records.size();
    return sum;
  }
  std::vector<std::pair<std::vector<uint8_t>, TraceBlockInfo>> blocks;
};

TraceCode code_at(uint64_t rip, uint8_t base = kNoBase) {
  return {rip, CodeMode::k64, 2, base, {0x01, 0xc0}};
}

struct Bench {
  explicit Bench(size_t block_bytes = TraceEncoder::kBlockBytes) : encoder(kept, block_bytes) {
    encoder.processor(0, TraceRegisters{});
  }
  // Register `number` becomes `value` at `site`.
  void set(uint32_t site, unsigned number, uint64_t value) {
    general[number] = value;
    encoder.instruction(site, 1u << number, general, 0, nullptr, {});
  }
  Kept kept;
  TraceEncoder encoder;
  uint64_t general[16] = {};
};

TEST_CASE("a counting loop is told once and then foretold") {
  Bench bench;
  const uint32_t add = bench.encoder.add_code(code_at(0x1000));
  const uint32_t jump = bench.encoder.add_code(code_at(0x1002));
  for (unsigned i = 1; i <= 1000; ++i) {
    bench.set(add, kRcx, i);
    bench.encoder.instruction(jump, 0, bench.general, 0, nullptr, {});
  }
  bench.encoder.finish();
  CHECK(bench.kept.bytes() < 8 * kTraceRegisters + 100);
  const auto steps = bench.kept.steps();
  REQUIRE(steps.size() == 2000);
  CHECK(steps[1998].index == 1998);
  CHECK(steps[1998].code.rip == 0x1000);
  CHECK(steps[1998].changes == std::vector<TraceChange>{{kRcx, 1000}});
  CHECK(steps[1999].changes.empty());
}

TEST_CASE("values of every size come back") {
  Bench bench;
  const uint32_t site = bench.encoder.add_code(code_at(0x1000));
  std::vector<uint64_t> values;
  for (unsigned shift = 0; shift < 64; ++shift) {
    values.push_back(uint64_t{1} << shift);
    values.push_back(~uint64_t{0} << shift);
    values.push_back(0x123456789abcdef0 >> shift);
  }
  for (const uint64_t value : values) bench.set(site, kRax, value);
  bench.encoder.finish();
  const auto steps = bench.kept.steps();
  REQUIRE(steps.size() == values.size());
  for (size_t i = 0; i < values.size(); ++i) CHECK(steps[i].changes.at(0).value == values[i]);
}

TEST_CASE("stores, flags, other registers and long writes come back in their order") {
  Bench bench;
  const uint32_t site = bench.encoder.add_code(code_at(0x1000, kRsp));
  const TraceStore stores[] = {{0x8000, 0x11, 1}, {0x8008, 0x2222, 2}};
  const uint32_t shape = 1u << kRbx | 1u << kTraceFlags | 2u << kShapeStores |
                         1u << (kShapeSizes + 2) | 1u << kShapeMore;
  const TraceChange changes[] = {{kTraceSystem, 0x10}};
  const TraceStore more[] = {{0x9000, 0x44444444, 4}};
  const TraceBytes bulk[] = {{0xa000, 0, 11}};
  const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  bench.general[kRbx] = 5;
  bench.encoder.instruction(site, shape, bench.general, 0x246, stores,
                            {changes, more, bulk, bytes});
  bench.encoder.event(TraceKind::kException, 14, 2, {changes, {}, {}, {}});
  bench.encoder.finish();
  const auto steps = bench.kept.steps();
  REQUIRE(steps.size() == 2);
  CHECK(steps[0].changes ==
        std::vector<TraceChange>{{kRbx, 5}, {kTraceFlags, 0x246}, {kTraceSystem, 0x10}});
  CHECK(steps[0].stores == std::vector<TraceStore>{{0x8000, 0x11, 1},
                                                   {0x8008, 0x2222, 2},
                                                   {0x9000, 0x44444444, 4},
                                                   {0xa000, 0x0807060504030201, 8},
                                                   {0xa008, 0x0a09, 2},
                                                   {0xa00a, 0x0b, 1}});
  CHECK(steps[1].kind == TraceKind::kException);
  CHECK(steps[1].vector == 14);
  CHECK(steps[1].index == 1);
}

TEST_CASE("each block can be read without those before it") {
  Bench bench(256);
  const uint32_t site = bench.encoder.add_code(code_at(0x1000));
  for (unsigned i = 0; i < 500; ++i) bench.set(site, kRdx, i * 0x9e3779b97f4a7c15);
  bench.encoder.finish();
  REQUIRE(bench.kept.blocks.size() > 3);
  const auto& [records, info] = bench.kept.blocks[2];
  TraceDecoder decoder(records, info);
  TraceStep step;
  REQUIRE(decoder.next(step));
  CHECK(step.index == info.first);
  CHECK(step.changes.at(0).value == info.first * 0x9e3779b97f4a7c15);
  CHECK(bench.kept.steps().size() == 500);
}

TEST_CASE("processors have registers of their own") {
  Bench bench;
  const uint32_t site = bench.encoder.add_code(code_at(0x1000));
  bench.set(site, kRax, 7);
  TraceRegisters other{};
  other[kRax] = 100;
  bench.encoder.processor(1, other);
  bench.set(site, kRax, 101);
  bench.encoder.processor(0, TraceRegisters{});
  bench.set(site, kRax, 8);
  bench.encoder.finish();
  const auto steps = bench.kept.steps();
  REQUIRE(steps.size() == 3);
  CHECK(steps[1].processor == 1);
  CHECK(steps[1].changes.at(0).value == 101);
  CHECK(steps[2].processor == 0);
  CHECK(steps[2].changes.at(0).value == 8);
}

TEST_CASE("a trace that leaves out a part of the run says where it goes on") {
  Bench bench;
  const uint32_t site = bench.encoder.add_code(code_at(0x1000));
  bench.set(site, kRax, 1);
  bench.encoder.position(5000);
  bench.set(site, kRax, 2);
  bench.encoder.finish();
  CHECK(bench.kept.steps().at(1).index == 5000);
}

TEST_CASE("truncated records are refused, wherever they end") {
  Bench bench;
  const uint32_t site = bench.encoder.add_code(code_at(0x1000));
  for (unsigned i = 0; i < 20; ++i) bench.set(site, i % 16, i * 0x12345);
  bench.encoder.finish();
  const auto& [records, info] = bench.kept.blocks.at(0);
  for (size_t size = 0; size < records.size(); ++size) {
    TraceDecoder decoder(std::span<const uint8_t>(records).first(size), info);
    for (TraceStep step; decoder.next(step);) continue;
    CAPTURE(size);
    CHECK(decoder.failed());
  }
}

}  // namespace
}  // namespace vireo
