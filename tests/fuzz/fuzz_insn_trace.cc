// Fuzzes the recording of instructions: random code in any mode must run the same with and
// without a recorder, and give one trace in blocks, alone, and where every register is looked at
// behind each instruction.
#include <cstdio>
#include <cstdlib>

#include "cpu/trace/insn_recorder.h"
#include "cpu/trace/insn_trace.h"
#include "cpu/trace/trace_decoder.h"
#include "cpu/trace/trace_encoder.h"
#include "tests/fuzz/cpu_guest.h"
#include "tests/fuzz/fuzz_digest.h"

namespace vireo::fuzz {
namespace {

constexpr unsigned kStretches = 4;
constexpr uint64_t kInstructions = 150;  // a stretch
constexpr size_t kBatchWords = 300;      // small, so that steps lie at their ends

struct Kept : TraceBatchSink {
  void write(TraceBatch batch) override { blocks.push_back(encoder.encode(batch)); }
  TraceEncoder encoder;
  std::vector<TraceRecords> blocks;
};

void run_all(CpuGuest& guest, uint8_t plan) {
  for (unsigned i = 0; i < kStretches; ++i) {
    if (guest.run(kInstructions) == CpuExit::kTripleFault) return;
    guest.cause(static_cast<CpuGuest::Event>(plan >> (2 * i) & 3));
  }
}

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

struct Recording {
  std::vector<TraceStep> steps;
  std::vector<std::byte> image;
};

Recording record(FuzzInput input, uint8_t plan, bool alone) {
  CpuGuest guest(input);
  if (alone) guest.set_slices({Slices::Kind::kAlone, 0});
  Kept kept;
  {
    InsnRecorder recorder(kept, {&guest.cpu()}, kBatchWords);
    recorder.set_thorough(alone);
    InsnTrace::arm(&recorder);
    recorder.set_recording(true);
    run_all(guest, plan);
    recorder.finish();
  }
  Recording recording{{}, guest.image()};
  for (const auto& [records, info] : kept.blocks) {
    TraceDecoder decoder(records, info);
    for (TraceStep step; decoder.next(step);) recording.steps.push_back(step);
    if (decoder.failed()) fail("what was encoded cannot be decoded");
  }
  return recording;
}

void print(const char* title, const TraceStep& step) {
  std::fprintf(stderr, "%s: %llu kind %u at %llx mode %u:", title,
               static_cast<unsigned long long>(step.index), static_cast<unsigned>(step.kind),
               static_cast<unsigned long long>(step.code.rip),
               static_cast<unsigned>(step.code.mode));
  for (unsigned i = 0; i < step.code.length; ++i) {
    std::fprintf(stderr, " %02x", step.code.bytes[i]);
  }
  std::fprintf(stderr, ";");
  for (const TraceChange& change : step.changes) {
    std::fprintf(stderr, " %s=%llx", trace_register_name(change.number).c_str(),
                 static_cast<unsigned long long>(change.value));
  }
  for (const TraceStore& store : step.stores) {
    std::fprintf(stderr, " [%llx]%u=%llx", static_cast<unsigned long long>(store.address),
                 store.size, static_cast<unsigned long long>(store.value));
  }
  std::fprintf(stderr, "\n");
}

void compare(const Recording& blocks, const Recording& alone) {
  for (size_t i = 0; i < blocks.steps.size() && i < alone.steps.size(); ++i) {
    if (blocks.steps[i] == alone.steps[i]) continue;
    print("in blocks", blocks.steps[i]);
    print("alone    ", alone.steps[i]);
    fail("the traces differ");
  }
  if (blocks.steps.size() != alone.steps.size()) fail("one trace is longer");
}

}  // namespace
}  // namespace vireo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vireo::fuzz;
  FuzzInput input(data, size);
  const auto plan = input.take<uint8_t>();
  CpuGuest plain(input);
  run_all(plain, plan);
  const auto image = plain.image();
  const Recording blocks = record(input, plan, false);
  if (blocks.image != image) fail("recording changed the run");
  compare(blocks, record(input, plan, true));
  digest().add(image);
  return 0;
}
