// -trace-insns and -trace-json on a whole machine: the run is the same, and the files say what
// it did.
#include <vector>

#include "machine/board/trace_tool/trace_reader.h"
#include "machine/board/trace_tool/trace_tool.h"
#include "tests/unit/board/machine_bench.h"
#include "tests/unit/host/temp_folder.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

// A timer interrupts a loop that stores, and its handler ends the run.
GuestCode busy_guest() {
  GuestCode guest;
  guest.interrupt_gate(0x40, GuestCode().out8(kDebugExit, 5).jump_here());
  guest.store32(0xfee003e0, 0xb).store32(0xfee00320, 0x40).store32(0xfee00380, 30'000);
  guest.sti();
  // again: rdtsc; add rbx, rax; push rbx; pop rcx; add [0x200000], ebx; jmp again
  guest.bytes({0x0F, 0x31, 0x48, 0x01, 0xC3, 0x53, 0x59, 0x01, 0x1C, 0x25,
               0,    0,    0x20, 0,    0xEB, 0xF0});
  return guest;
}

struct Outcome {
  uint64_t hash = 0;
  uint64_t instructions = 0;
};

Outcome run_once(const std::string& trace, Slices::Kind slices, const std::string& events = "") {
  MachineBench bench(busy_guest());
  bench.config.insn_trace.path = trace;
  bench.config.events = {events, ~0u};
  bench.config.slices = {slices, 3};
  const RunResult result = bench.run();
  CHECK(result.exit_code == debug_exit_code(5));
  return {bench.machine->state_hash(), result.instructions};
}

std::vector<std::string> lines_of(const std::function<void(const LineSink&)>& tell) {
  std::vector<std::string> lines;
  tell([&lines](std::string_view line) { lines.emplace_back(line); });
  return lines;
}

}  // namespace

TEST_CASE("a recorded run is the run without, and each way of slicing gives the same trace") {
  TempFolder folder;
  const std::string blocks = folder.path("blocks"), alone = folder.path("alone");
  const Outcome plain = run_once("", Slices::Kind::kBlocks);
  const Outcome traced =
      run_once(blocks, Slices::Kind::kBlocks, folder.path("events"));
  run_once(alone, Slices::Kind::kAlone);
  CHECK(traced.hash == plain.hash);
  CHECK(traced.instructions == plain.instructions);
  const auto same = compare_traces(blocks, alone, {}, [](std::string_view) {});
  REQUIRE(same);
  CHECK(*same);
  const std::string again = folder.path("again");
  run_once(again, Slices::Kind::kBlocks);
  CHECK(folder.content("blocks") == folder.content("again"));
  CHECK(folder.content("events").find("\"kind\":\"interrupt\",\"vector\":\"0x40\"") !=
        std::string::npos);

  uint64_t instructions = 0;
  auto reader = TraceReader::open(blocks);
  REQUIRE(reader);
  for (TraceStep step; (*reader)->next(step);) {
    instructions += step.kind == TraceKind::kInstruction;
  }
  CHECK((*reader)->error().empty());
  CHECK(instructions == traced.instructions);
}

TEST_CASE("trace show, diff and stat tell what is in a trace") {
  TempFolder folder;
  const std::string path = folder.path("t"), other = folder.path("u");
  run_once(path, Slices::Kind::kBlocks);
  run_once(other, Slices::Kind::kRandom);
  TraceShowOptions options;
  options.count = 3;
  const auto shown =
      lines_of([&](const LineSink& out) { CHECK(show_trace(path, options, out).ok()); });
  REQUIRE(shown.size() == 3);
  CHECK(shown[0].find("           0 ") == 0);
  const auto compared = lines_of([&](const LineSink& out) {
    const auto same = compare_traces(path, other, {}, out);
    REQUIRE(same);
    CHECK(*same);
  });
  CHECK(compared.at(0).find("no difference in ") == 0);
  const auto counted =
      lines_of([&](const LineSink& out) { CHECK(count_trace(path, {}, out).ok()); });
  CHECK(std::find(counted.begin(), counted.end(), "             1 interrupt 64") != counted.end());
}

TEST_CASE("trace diff shows the first step that is not the same") {
  TempFolder folder;
  const std::string paths[] = {folder.path("a"), folder.path("b")};
  for (unsigned i = 0; i < 2; ++i) {
    MachineBench bench(std::move(GuestCode().store32(0x200000, i).out8(kDebugExit, 5)));
    bench.config.insn_trace.path = paths[i];
    bench.run();
  }
  const auto lines = lines_of([&](const LineSink& out) {
    const auto same = compare_traces(paths[0], paths[1], {}, out);
    REQUIRE(same);
    CHECK_FALSE(*same);
  });
  CHECK(lines.at(0).find("the first difference is at instruction 1,") == 0);
  CHECK(lines.at(1).find("  ") == 0);
  CHECK(lines.at(2).find("[200000]4=0") != std::string::npos);
}

TEST_CASE("a trace file that cannot be written or read is named") {
  MachineBench bench(busy_guest());
  bench.config.insn_trace.path = "/nonexistent/t";
  const auto built = bench.build();
  REQUIRE_FALSE(built);
  CHECK(built.error().message.find("-trace-insns: ") == 0);
  CHECK_FALSE(show_trace("/nonexistent/t", {}, [](std::string_view) {}).ok());
}
