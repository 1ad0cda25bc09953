#include "cpu/trace/trace_decoder.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace vireo {
namespace {

// More than any machine has: bounds the memory that a damaged file can ask for.
constexpr uint64_t kMostProcessors = 64;

uint64_t unzigzag(uint64_t value) { return value >> 1 ^ (0 - (value & 1)); }

bool size_sound(uint8_t size) { return size == 1 || size == 2 || size == 4 || size == 8; }

}  // namespace

TraceDecoder::TraceDecoder(std::span<const uint8_t> records, const TraceBlockInfo& info)
    : rest_(records), index_(info.first), steps_left_(info.steps) {}

bool TraceDecoder::byte(uint8_t& out) {
  if (rest_.empty()) return fail();
  out = rest_.front();
  rest_ = rest_.subspan(1);
  return true;
}

bool TraceDecoder::word(uint64_t& out, unsigned bytes) {
  out = 0;
  if (rest_.size() < bytes) return fail();
  std::memcpy(&out, rest_.data(), bytes);
  rest_ = rest_.subspan(bytes);
  return true;
}

bool TraceDecoder::number(uint64_t& out) {
  out = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    uint8_t part;
    if (!byte(part)) return false;
    out |= uint64_t{part & 0x7fu} << shift;
    if (part < 0x80) return true;
  }
  return fail();
}

bool TraceDecoder::next(TraceStep& step) {
  while (!failed_) {
    if (at_ != count_) return next_instruction(step);
    if (event_ != 0) return delivered(step);
    if (run_ == 0 && rest_.empty()) return steps_left_ != 0 ? fail() : false;
    take_record();
  }
  return false;
}

bool TraceDecoder::take_record() {
  if (run_ != 0) {
    --run_;
    return take_stretch(0);
  }
  uint8_t control, kind;
  if (!byte(control)) return false;
  if (control >= kControlRun) {
    run_ = control - kControlRun + 1u;
    return true;
  }
  if (control != kControlEvent) return take_stretch(control);
  return byte(kind) && event(kind);
}

// --- stretches ---

bool TraceDecoder::take_stretch(uint8_t control) {
  constexpr uint8_t kKnown = kControlStretch | kControlCut | kControlValues | kControlOther;
  if ((control & ~kKnown) != 0 || registers_ == nullptr || !find_stretch(control)) return fail();
  const Stretch& stretch = stretches_[last_];
  count_ = static_cast<unsigned>(stretch.instructions.size());
  if ((control & kControlCut) != 0) {
    uint8_t cut;
    if (!byte(cut)) return false;
    if (cut == 0 || cut >= count_) return fail();
    count_ = cut;
  }
  at_ = 0;
  if (!stretch.regular) return (control & kControlValues) == 0 || fail();
  return take_values((control & kControlValues) != 0);
}

// Sets last_, and what the stretch before remembers of its followers.
bool TraceDecoder::find_stretch(uint8_t control) {
  const uint32_t before = last_;
  const bool other = (control & kControlOther) != 0;
  if ((control & kControlStretch) != 0) {
    if (other || !take_code()) return false;
  } else {
    if (before == kNoStretch) return false;
    last_ = other ? stretches_[before].other : stretches_[before].next;
    if (last_ == kNoStretch) return false;
    if (!other) return true;
  }
  if (before == kNoStretch) return true;
  stretches_[before].other = std::exchange(stretches_[before].next, last_);
  return true;
}

bool TraceDecoder::take_code() {
  uint64_t told, rip;
  if (!number(told) || told > stretches_.size()) return false;
  last_ = static_cast<uint32_t>(told);
  if (told < stretches_.size()) return true;
  uint8_t form, count;
  if (!byte(form) || !byte(count) || !word(rip)) return false;
  if ((form & 3) == 3 || form > 7 || count == 0 || count > TraceStretch::kMostInstructions) {
    return false;
  }
  Stretch& stretch = stretches_.emplace_back();
  stretch.regular = (form & 4) != 0;
  if (!stretch.regular && count != 1) return false;
  for (; count > 0; --count) {
    if (!take_instruction(stretch, static_cast<CodeMode>(form & 3), rip)) return false;
  }
  stretch.predictions.resize(stretch.slots.back());
  return stretch.slots.back() <= TraceStretch::kMostSlots;
}

bool TraceDecoder::take_instruction(Stretch& stretch, CodeMode mode, uint64_t& rip) {
  Instruction& instruction = stretch.instructions.emplace_back();
  TraceCode& code = instruction.code;
  if (!byte(code.length) || code.length == 0 || code.length > kMaxCodeBytes) return false;
  if (rest_.size() < code.length) return false;
  std::copy_n(rest_.begin(), code.length, code.bytes.begin());
  rest_ = rest_.subspan(code.length);
  code.rip = rip;
  code.mode = mode;
  rip += code.length;
  if (!stretch.regular) return true;
  TraceMeant& meant = instruction.meant;
  meant.rip = code.rip;
  meant.insn.ip = static_cast<uint16_t>(code.rip & 0xfff);
  const std::span<const uint8_t> bytes(code.bytes.data(), code.length);
  if (decode(bytes, mode, meant.insn) != DecodeStatus::kOk) return false;
  meant.effects = effects_of(meant.insn);
  stretch.slots.push_back(
      static_cast<uint16_t>(stretch.slots.back() + meant.effects.slots()));
  return meant.effects.regular && meant.insn.len == code.length;
}

// --- values ---

bool TraceDecoder::take_value(const TracePrediction& prediction, uint64_t& out) {
  uint8_t tag;
  if (!byte(tag)) return false;
  const bool grows = tag >= kTagGrowth;
  const unsigned bytes = grows ? tag - kTagGrowth : tag;
  if (bytes > kMostTagBytes || !word(out, bytes)) return fail();
  if (grows) out = prediction.last + unzigzag(out);
  return true;
}

bool TraceDecoder::take_values(bool told) {
  Stretch& stretch = stretches_[last_];
  const unsigned slots = stretch.slots[count_];
  uint64_t missed = 0;
  if (told && !word(missed, (slots + 7) / 8)) return false;
  values_.resize(slots);
  value_ = 0;
  for (unsigned i = 0; i < slots; ++i) {
    TracePrediction& prediction = stretch.predictions[i];
    values_[i] = prediction.foretold();
    if ((missed >> i & 1) != 0 && !take_value(prediction, values_[i])) return false;
    prediction.take(values_[i]);
  }
  return true;
}

bool TraceDecoder::take_bulk(TraceStep& step) {
  uint64_t address, length;
  if (!word(address) || !number(length) || length > kMostBulk || length > rest_.size()) {
    return fail();
  }
  while (length != 0) {
    const auto size = static_cast<uint8_t>(std::bit_floor(std::min<uint64_t>(length, 8)));
    TraceStore store{address, 0, size};
    if (!word(store.value, size)) return false;
    step.stores.push_back(store);
    address += size;
    length -= size;
  }
  return true;
}

bool TraceDecoder::take_list(TraceStep& step) {
  for (;;) {
    uint8_t mark;
    if (!byte(mark)) return false;
    if (mark == kListEnd) return true;
    if (mark == kListStore) {
      TraceStore store;
      if (!byte(store.size) || !size_sound(store.size)) return fail();
      if (!word(store.address) || !word(store.value, store.size)) return false;
      step.stores.push_back(store);
      continue;
    }
    if (mark == kListBytes) {
      if (!take_bulk(step)) return false;
      continue;
    }
    TraceChange change{mark, 0};
    if (mark >= kTraceRegisters || !take_value({}, change.value)) return fail();
    step.changes.push_back(change);
    (*registers_)[change.number] = change.value;
  }
}

// --- steps ---

void TraceDecoder::begin_step(TraceStep& step) {
  step.index = index_;
  step.processor = processor_;
  step.kind = TraceKind::kInstruction;
  step.code = {};
  step.vector = 0;
  step.error = 0;
  step.changes.clear();
  step.stores.clear();
}

void TraceDecoder::regular(const Instruction& instruction, TraceStep& step) {
  const TraceMeant& meant = instruction.meant;
  const TraceEffects& e = meant.effects;
  const TraceRegisters& before = *registers_;
  if (e.store != 0) {
    const uint64_t address = e.told_address ? values_[value_++] : meant_address(meant, before);
    const uint64_t value = e.told_value ? values_[value_++] : meant_value(meant, before);
    step.stores.push_back({address, value, e.store});
  }
  std::array<uint64_t, kTraceFlags + 1> old;
  std::copy_n(before.begin(), old.size(), old.begin());
  do_meaning(meant, *registers_);
  for (uint32_t set = e.told; set != 0; set &= set - 1) {
    (*registers_)[static_cast<unsigned>(std::countr_zero(set))] = values_[value_++];
  }
  if (e.told_flags) (*registers_)[kTraceFlags] = values_[value_++];
  for (uint8_t i = 0; i < old.size(); ++i) {
    if (before[i] != old[i]) step.changes.push_back({i, before[i]});
  }
}

bool TraceDecoder::next_instruction(TraceStep& step) {
  if (steps_left_ == 0) return fail();
  const Stretch& stretch = stretches_[last_];
  const Instruction& instruction = stretch.instructions[at_++];
  begin_step(step);
  step.code = instruction.code;
  if (stretch.regular) {
    regular(instruction, step);
  } else if (!take_list(step)) {
    return false;
  }
  ++index_;
  --steps_left_;
  return true;
}

// --- events ---

bool TraceDecoder::take_state() {
  uint64_t index;
  if (!number(index)) return false;
  if (index >= kMostProcessors) return fail();
  processor_ = static_cast<unsigned>(index);
  registers_ = &processors_[processor_];
  for (uint64_t& value : *registers_) {
    if (!word(value)) return false;
  }
  return true;
}

// What is no step says something of those which follow.
bool TraceDecoder::event(uint8_t kind) {
  if (kind > kLastTraceKind) return fail();
  last_ = kNoStretch;
  uint64_t value;
  switch (static_cast<TraceKind>(kind)) {
    case TraceKind::kInstruction:
      return fail();
    case TraceKind::kProcessor:
      if (!number(value)) return false;
      if (value >= kMostProcessors) return fail();
      processor_ = static_cast<unsigned>(value);
      // Its registers follow where this block does not know them.
      registers_ = processors_.contains(processor_) ? &processors_[processor_] : nullptr;
      return true;
    case TraceKind::kState:
      return take_state();
    case TraceKind::kPosition:
      return word(index_);
    case TraceKind::kException:
    case TraceKind::kInterrupt:
    case TraceKind::kOutside:
      break;
  }
  event_ = kind;
  return true;
}

bool TraceDecoder::delivered(TraceStep& step) {
  if (registers_ == nullptr || steps_left_ == 0) return fail();
  begin_step(step);
  step.kind = static_cast<TraceKind>(std::exchange(event_, uint8_t{0}));
  uint64_t error;
  if (!byte(step.vector) || !number(error)) return false;
  if (error > UINT32_MAX) return fail();
  step.error = static_cast<uint32_t>(error);
  if (!take_list(step)) return false;
  --steps_left_;
  return true;
}

}  // namespace vireo
