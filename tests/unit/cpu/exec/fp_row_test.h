// Runs rows of the instruction table on both processors and compares.
#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string_view>

#include "tests/unit/cpu/exec/fp_cases.h"
#include "tests/unit/cpu/exec/fp_guest.h"
#include "tests/unit/cpu/native/native_cases.h"
#include "tests/unit/cpu/native/trial_options.h"

namespace vireo {

// How a row's results compare, beyond what its flags columns say.
inline CompareOptions options_for(const OpcodeRow& row) {
  CompareOptions options;
  options.flags = static_cast<uint16_t>(row.flags_written & ~row.flags_undefined);
  return options;
}

inline std::string describe(const OpcodeRow& row, std::span<const uint8_t> code, unsigned seed,
                            const std::string& difference) {
  std::string text = fmt::format("{} case {}:", row.name, seed);
  for (const uint8_t byte : code) text += fmt::format(" {:02x}", byte);
  return text + " ours/host" + difference;
}

// Under an unmasked overflow or underflow PE tells whether the result would be
// inexact with a wider exponent; ours tells of the masked result.
inline uint32_t inexact_left_open(const FpMachine& native) {
  constexpr uint32_t kRange = 0x18, kInexact = 0x20;
  const auto mxcsr = native.fx_at<uint32_t>(kFxMxcsr);
  return mxcsr & ~(mxcsr >> 7) & kRange ? kInexact : 0;
}

// One case; empty when both agree.
inline std::string compare_case(TestGuest& guest, const OpcodeRow& row, Masks masks,
                                uint64_t seed, const CompareOptions& options,
                                void (*prepare)(FpMachine&)) {
  CaseRandom random(trial_seed(seed));
  note_native_case(row);
  const std::vector<uint8_t> code = random_encoding(row, random);
  FpMachine ours = random_state(random, masks, kFpData);
  if (prepare != nullptr) prepare(ours);
  // RDI is an address for the byte-masked stores alone.
  FpMachine native = ours;
  const uint64_t rdi_offset = ours.gpr[7] - kFpData;
  const bool trapped = run_natively(code, native, rdi_offset);
  const bool faulted = run_in_guest(guest, code, ours);
  CompareOptions compared = options;
  compared.ignore_mxcsr = trapped ? inexact_left_open(native) : 0;
  Comparison result = compare_states(ours, native, compared);
  if (trapped != faulted) {
    result.difference += fmt::format(" exception {}/{}", faulted, trapped);
  }
  return result.difference.empty() ? "" : describe(row, code, seed, result.difference);
}

// `cases` random cases of `row`; fails with the first that differs.
inline void check_row(TestGuest& guest, const OpcodeRow& row, Masks masks, unsigned cases,
                      uint64_t salt, const CompareOptions& options,
                      void (*prepare)(FpMachine&) = nullptr) {
  cases = trial_count(cases);
  unsigned wrong = 0;
  std::string first;
  for (unsigned i = 0; i < cases; ++i) {
    const uint64_t seed = salt << 48 | uint64_t{row.map} << 40 | uint64_t{row.opcode} << 32 |
                          static_cast<uint64_t>(row.prefix) << 28 | i;
    const std::string difference = compare_case(guest, row, masks, seed, options, prepare);
    if (difference.empty()) continue;
    if (wrong++ == 0) first = difference;
  }
  CHECK_MESSAGE(wrong == 0, wrong << " of " << cases << " differ, the first: " << first);
}

inline void check_row(TestGuest& guest, const OpcodeRow& row, Masks masks, unsigned cases,
                      uint64_t salt) {
  check_row(guest, row, masks, cases, salt, options_for(row));
}

// Rows that the host cannot run are told, not passed.
template <typename Which, typename Check>
void for_rows(Which which, Check check) {
  TestGuest guest;
  for (const OpcodeRow& row : opcode_rows()) {
    if (which(row) && host_can_run(row)) check(row, guest);
  }
}

}  // namespace vireo
