// Batches go into records, and steps come out again.
#include "cpu/trace/trace_encoder.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/unit/cpu/trace/trace_batch_bench.h"

namespace vireo {
namespace {

using testing::TraceBatchBench;
using Changes = std::vector<TraceChange>;
using Stores = std::vector<TraceStore>;

const std::vector<uint8_t> kLoadRcx{0x48, 0x8b, 0x08};  // mov rcx, [rax]
const std::vector<uint8_t> kJump{0xeb, 0x10};

std::vector<TraceStep> steps_of(const TraceRecords& records) {
  std::vector<TraceStep> all;
  TraceDecoder decoder(records.bytes, records.info);
  for (TraceStep step; decoder.next(step);) all.push_back(step);
  CHECK_FALSE(decoder.failed());
  return all;
}

TEST_CASE("a counting loop is told once and then foretold") {
  TraceBatchBench bench;
  bench.state(0, {});
  const TraceStretch& loop = bench.stretch(0x1000, {kLoadRcx, kJump});
  for (unsigned i = 1; i <= 1000; ++i) bench.run(loop, {i});
  const TraceRecords records = bench.encode();
  CHECK(records.bytes.size() < 8 * kTraceRegisters + 100);
  const auto steps = steps_of(records);
  REQUIRE(steps.size() == 2000);
  CHECK(steps[1998].index == 1998);
  CHECK(steps[1998].code.rip == 0x1000);
  CHECK(steps[1998].changes == Changes{{kRcx, 1000}});
  CHECK(steps[1999].code.rip == 0x1003);
  CHECK(steps[1999].changes.empty());
}

TEST_CASE("values of every size come back") {
  TraceBatchBench bench;
  bench.state(0, {});
  const TraceStretch& load = bench.stretch(0x1000, {kLoadRcx});
  std::vector<uint64_t> values;
  for (unsigned shift = 0; shift < 64; ++shift) {
    values.push_back(uint64_t{1} << shift);
    values.push_back(~uint64_t{0} << shift);
    values.push_back(0x123456789abcdef1 >> shift ^ 0x5);
  }
  for (const uint64_t value : values) bench.run(load, {value});
  const auto steps = steps_of(bench.encode());
  REQUIRE(steps.size() == values.size());
  uint64_t before = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    CAPTURE(i);
    CHECK(steps[i].changes ==
          (values[i] == before ? Changes{} : Changes{{kRcx, values[i]}}));
    before = values[i];
  }
}

TEST_CASE("what follows from the registers before is not told, and comes back") {
  TraceBatchBench bench;
  TraceRegisters registers{};
  registers[kRax] = 0x1111;
  registers[kRbx] = 0x2222;
  registers[kRsp] = 0x8000;
  registers[kTraceFlags] = 2;
  bench.state(0, registers);
  const std::vector<std::vector<uint8_t>> code = {
      {0x53},                          // push rbx
      {0x48, 0x01, 0xd8},              // add rax, rbx
      {0x66, 0x89, 0x44, 0x24, 0x10},  // mov [rsp + 16], ax
      {0xb9, 0, 0, 0, 0x80},           // mov ecx, 0x80000000
      {0x48, 0x63, 0xd1},              // movsxd rdx, ecx
      {0x48, 0x8d, 0x35, 1, 0, 0, 0},  // lea rsi, [rip + 1]
      {0x39, 0xc8},                    // cmp eax, ecx
      {0xe8, 0, 0, 0, 0},              // call
  };
  // Of stores address and value are there, but not looked at.
  bench.run(bench.stretch(0x1000, code), {0, 0, 0, 0, 0, 0});
  const auto steps = steps_of(bench.encode());
  REQUIRE(steps.size() == 8);
  CHECK(steps[0].changes == Changes{{kRsp, 0x7ff8}});
  CHECK(steps[0].stores == Stores{{0x7ff8, 0x2222, 8}});
  CHECK(steps[1].changes == Changes{{kRax, 0x3333}, {kTraceFlags, 6}});
  CHECK(steps[2].stores == Stores{{0x8008, 0x3333, 2}});
  CHECK(steps[3].changes == Changes{{kRcx, 0x80000000}});
  CHECK(steps[4].changes == Changes{{kRdx, 0xffffffff80000000}});
  CHECK(steps[5].changes == Changes{{kRsi, 0x1019}});
  CHECK(steps[6].changes == Changes{{kTraceFlags, 0x887}});
  CHECK(steps[7].stores == Stores{{0x7ff0, 0x101f, 8}});
}

TEST_CASE("a stretch that was left in its midst tells so") {
  TraceBatchBench bench;
  bench.state(0, {});
  const TraceStretch& two = bench.stretch(0x1000, {kLoadRcx, kLoadRcx, kJump});
  bench.run(two, {1, 2});
  bench.run(two, {3}, 1);
  bench.event(TraceKind::kException, 14, 2, {kListEnd});
  bench.run(two, {4, 5});
  const auto steps = steps_of(bench.encode());
  REQUIRE(steps.size() == 8);
  CHECK(steps[3].changes == Changes{{kRcx, 3}});
  CHECK(steps[4].kind == TraceKind::kException);
  CHECK(steps[4].vector == 14);
  CHECK(steps[4].error == 2);
  CHECK(steps[4].index == 4);
  CHECK(steps[5].changes == Changes{{kRcx, 4}});
}

TEST_CASE("other registers and long writes come back in their order") {
  TraceBatchBench bench;
  bench.state(0, {});
  std::vector<uint8_t> list{kRbx, 1, 5, kTraceSystem, 0, kListStore, 2};
  TraceBatchBench::append(list, 0x8008);
  list.insert(list.end(), {0x22, 0x22, kListBytes});
  TraceBatchBench::append(list, 0xa000);
  list.insert(list.end(), {11, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, kListEnd});
  bench.run_list(bench.single(0x1000, {0xf3, 0xa4}), list);
  const auto steps = steps_of(bench.encode());
  REQUIRE(steps.size() == 1);
  CHECK(steps[0].changes == Changes{{kRbx, 5}, {kTraceSystem, 0}});
  CHECK(steps[0].stores == Stores{{0x8008, 0x2222, 2},
                                  {0xa000, 0x0807060504030201, 8},
                                  {0xa008, 0x0a09, 2},
                                  {0xa00a, 0x0b, 1}});
}

TEST_CASE("each block can be read without those before it") {
  TraceBatchBench bench;
  const TraceStretch& load = bench.stretch(0x1000, {kLoadRcx});
  bench.state(0, {});
  for (uint64_t i = 0; i < 50; ++i) bench.run(load, {i * 0x9e3779b97f4a7c15});
  bench.encode();
  bench.state(0, {});
  bench.run(load, {7});
  const auto steps = steps_of(bench.encode(50));
  REQUIRE(steps.size() == 1);
  CHECK(steps[0].index == 50);
  CHECK(steps[0].changes == Changes{{kRcx, 7}});
}

TEST_CASE("processors have registers of their own") {
  TraceBatchBench bench;
  const TraceStretch& load = bench.stretch(0x1000, {kLoadRcx});
  bench.state(0, {});
  bench.run(load, {7});
  bench.state(1, {});
  bench.run(load, {7});
  bench.processor(0);
  bench.run(load, {7});
  bench.position(5000);
  bench.run(load, {8});
  const auto steps = steps_of(bench.encode());
  REQUIRE(steps.size() == 4);
  CHECK(steps[1].processor == 1);
  CHECK(steps[1].changes == Changes{{kRcx, 7}});
  CHECK(steps[2].processor == 0);
  CHECK(steps[2].changes.empty());
  CHECK(steps[3].index == 5000);
}

TEST_CASE("truncated records are refused, wherever they end") {
  TraceBatchBench bench;
  bench.state(0, {});
  const TraceStretch& load = bench.stretch(0x1000, {kLoadRcx, kJump});
  for (uint64_t i = 0; i < 20; ++i) bench.run(load, {i * i * 0x12345});
  const TraceRecords records = bench.encode();
  for (size_t size = 0; size < records.bytes.size(); ++size) {
    TraceDecoder decoder(std::span(records.bytes).first(size), records.info);
    for (TraceStep step; decoder.next(step);) continue;
    CAPTURE(size);
    CHECK(decoder.failed());
  }
}

}  // namespace
}  // namespace vireo
