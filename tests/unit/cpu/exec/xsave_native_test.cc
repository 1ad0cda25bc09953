// XSAVE, XSAVEC, XSAVEOPT and XRSTOR against the host's processor: x87, SSE and
// AVX state to and from memory.
#include <cstring>

#include "tests/unit/cpu/exec/fp_row_test.h"

namespace vireo {
namespace {

constexpr uint64_t kComponents = 7;
constexpr unsigned kHeader = 512, kAvxOffset = 576;

bool host_has_xsave() { return host_has(kFeatXsave) && host_has(kFeatAvx); }
bool host_has_xsavec() { return host_has(kFeatXsavec) && host_has(kFeatXsaveopt); }

// RFBM in EDX:EAX: of what both processors have, something at random.
void request(FpMachine& state, CaseRandom& random) {
  state.gpr[kRax] = random.next() & kComponents;
  state.gpr[kRdx] = 0;
}

// Both run `code` from `ours`; what differs.
std::string difference(TestGuest& guest, std::span<const uint8_t> code, FpMachine& ours) {
  FpMachine native = ours;
  const bool trapped = run_natively(code, native, ours.gpr[7] - kFpData);
  const bool faulted = run_in_guest(guest, code, ours);
  // MXCSR_MASK tells what each processor has.
  CompareOptions options;
  options.memory_skip_from = 28;
  options.memory_skip_to = 32;
  std::string text = compare_states(ours, native, options).difference;
  if (trapped != faulted) text += " exception";
  return text;
}

void check_saves(std::span<const uint8_t> code, uint64_t salt) {
  TestGuest guest;
  for (unsigned i = 0; i < 200; ++i) {
    CaseRandom random(salt << 32 | i);
    FpMachine ours = random_state(random, Masks::kAll, kFpData);
    request(ours, random);
    CAPTURE(i);
    CHECK(difference(guest, code, ours) == "");
  }
}

// An area as some processor could have written it.
void make_area(FpMachine& state, CaseRandom& random, bool compacted) {
  const FpMachine other = random_state(random, Masks::kAll, kFpData);
  std::memcpy(state.memory.data(), other.fx.data(), 512);
  const uint64_t in_area = random.next() & kComponents;
  uint64_t header[8] = {};
  header[0] = in_area & (compacted ? random.next() : kComponents);
  header[1] = compacted ? in_area | uint64_t{1} << 63 : 0;
  std::memcpy(state.memory.data() + kHeader, header, sizeof(header));
  std::memcpy(state.memory.data() + kAvxOffset, other.high.data(), 256);
}

void check_restores(bool compacted, uint64_t salt) {
  TestGuest guest;
  for (unsigned i = 0; i < 200; ++i) {
    CaseRandom random(salt << 32 | i);
    FpMachine ours = random_state(random, Masks::kAll, kFpData);
    request(ours, random);
    make_area(ours, random, compacted);
    CAPTURE(i);
    static constexpr uint8_t kXrstor[] = {0x48, 0x0f, 0xae, 0x2b};
    CHECK(difference(guest, kXrstor, ours) == "");
  }
}

TEST_CASE("XSAVE writes what the host writes") {
  static constexpr uint8_t kCode[] = {0x48, 0x0f, 0xae, 0x23};
  if (host_has_xsave()) check_saves(kCode, 1);
  else MESSAGE("the host lacks XSAVE");
}

TEST_CASE("XSAVEOPT and XSAVEC write what the host writes of state that is in use") {
  static constexpr uint8_t kXsaveopt[] = {0x48, 0x0f, 0xae, 0x33};
  static constexpr uint8_t kXsavec[] = {0x48, 0x0f, 0xc7, 0x23};
  if (host_has_xsavec()) {
    check_saves(kXsaveopt, 2);
    check_saves(kXsavec, 3);
  } else {
    MESSAGE("the host lacks XSAVEC");
  }
}

TEST_CASE("XRSTOR restores what the host restores, from both forms") {
  if (host_has_xsave()) check_restores(false, 4);
  else MESSAGE("the host lacks XSAVE");
  if (host_has_xsavec()) check_restores(true, 5);
  else MESSAGE("the host lacks XSAVEC");
}

}  // namespace
}  // namespace vireo
