// Lines for comparing runs come at their times, and say the same in any slices.
#include "machine/board/state_trace.h"

#include "tests/unit/board/machine_bench.h"

using namespace vireo;
using namespace vireo::testing;

namespace {

// Computes, stores and reads the time-stamp counter for ever.
GuestCode busy_guest() {
  GuestCode guest;
  // again: rdtsc; add rbx, rax; add [0x200000], ebx; inc ecx; jmp again
  guest.bytes({0x0F, 0x31, 0x48, 0x01, 0xC3, 0x01, 0x1C, 0x25, 0, 0, 0x20, 0, 0xFF, 0xC1, 0xEB,
               0xF0});
  return guest;
}

std::string trace_of(const Slices& slices, const StateTraceConfig& trace) {
  MachineBench bench(busy_guest());
  bench.config.slices = slices;
  bench.config.state_trace = trace;
  std::FILE* file = std::tmpfile();
  Log::set_file(file);
  const RunResult result = bench.run();
  Log::set_file(nullptr);
  CHECK(result.exit_code == 0);
  std::string text(static_cast<size_t>(std::ftell(file)), '\0');
  std::rewind(file);
  CHECK(std::fread(text.data(), 1, text.size(), file) == text.size());
  std::fclose(file);
  return text;
}

constexpr StateTraceConfig kTrace{100, 5000, 5400, true};

}  // namespace

TEST_CASE("a state trace has a line for each time from the first to the last") {
  const std::string text = trace_of({}, kTrace);
  CHECK(std::count(text.begin(), text.end(), '\n') == 5);
  CHECK(text.starts_with("state 5000 ns "));
  CHECK(text.find("\nstate 5400 ns ") != text.npos);
}

TEST_CASE("the state is the same at the same times in any slices") {
  const std::string blocks = trace_of({}, kTrace);
  CHECK(trace_of({Slices::Kind::kAlone, 0}, kTrace) == blocks);
  CHECK(trace_of({Slices::Kind::kRandom, 3}, kTrace) == blocks);
}
