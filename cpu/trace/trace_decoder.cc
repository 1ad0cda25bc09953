#include "cpu/trace/trace_decoder.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace vireo {
namespace {

// More than any machine has: bounds the memory that a damaged file can ask for.
constexpr uint64_t kMostProcessors = 64;

int64_t sign_extended(uint64_t value, unsigned bytes) {
  const unsigned shift = 64 - 8 * bytes;
  return static_cast<int64_t>(value << shift) >> shift;
}

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
  if (rest_.size() < bytes) return fail();
  out = 0;
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
  if (failed_) return false;
  if (run_ != 0) return step_as_foretold(step);
  while (!rest_.empty()) {
    uint8_t control;
    if (!byte(control)) return false;
    if (control >= kControlRun) {
      run_ = control - kControlRun + 1u;
      return step_as_foretold(step);
    }
    if (control != kControlEvent) return instruction(control, step);
    bool told = false;
    if (!event(step, told)) return false;
    if (told) return true;
  }
  if (steps_left_ != 0) fail();
  return false;
}

bool TraceDecoder::step_as_foretold(TraceStep& step) {
  --run_;
  if (last_ == kNoSite || sites_[last_].memory.next == kNoSite) return fail();
  site_ = sites_[last_].memory.next;
  return take_step(sites_[site_], 0, step);
}

bool TraceDecoder::instruction(uint8_t control, TraceStep& step) {
  constexpr uint8_t kKnown = kControlSite | kControlShape | kControlValues | kControlOther;
  if ((control & ~kKnown) != 0 || registers_ == nullptr || !find_site(control)) return fail();
  return take_step(sites_[site_], control, step);
}

// Sets site_, and what the step before remembers of its followers.
bool TraceDecoder::find_site(uint8_t control) {
  if ((control & kControlSite) != 0) {
    if ((control & kControlOther) != 0 || !take_site()) return false;
  } else if (last_ == kNoSite) {
    return false;
  } else {
    const TraceMemory& before = sites_[last_].memory;
    site_ = (control & kControlOther) != 0 ? before.other : before.next;
    if (site_ == kNoSite) return false;
  }
  if (last_ == kNoSite || (control & (kControlSite | kControlOther)) == 0) return true;
  TraceMemory& before = sites_[last_].memory;
  before.other = std::exchange(before.next, site_);
  return true;
}

bool TraceDecoder::take_site() {
  uint64_t told;
  if (!number(told) || told > sites_.size()) return false;
  site_ = static_cast<uint32_t>(told);
  if (told < sites_.size()) return true;
  Site& site = sites_.emplace_back();
  uint8_t form;
  if (!word(site.code.rip) || !byte(form) || !byte(site.code.base)) return false;
  site.code.mode = static_cast<CodeMode>(form & 3);
  site.code.length = form >> 2;
  const unsigned length = site.code.length;
  const bool sound = (form & 3) != 3 && length != 0 && length <= kMaxCodeBytes &&
                     site.code.base <= kNoBase && rest_.size() >= length;
  if (!sound) return false;
  std::copy_n(rest_.begin(), length, site.code.bytes.begin());
  rest_ = rest_.subspan(length);
  return true;
}

unsigned TraceDecoder::list_values(const Site& site, TraceValue* out) const {
  const uint32_t shape = site.memory.shape;
  unsigned count = 0;
  for (uint32_t set = shape & 0xffff; set != 0; set &= set - 1) {
    out[count++] = {0, (*registers_)[static_cast<unsigned>(std::countr_zero(set))], ~uint64_t{0}};
  }
  if (shape >> kTraceFlags & 1) out[count++] = {0, 0, 0};
  for (unsigned i = 0; i < shape_stores(shape); ++i) {
    out[count++] = {0, base_of(site.code, *registers_), ~uint64_t{0}};
    out[count++] = {0, 0, size_mask(shape_store_size(shape, i))};
  }
  return count;
}

bool TraceDecoder::take_value(TracePrediction& p, TraceValue& v) {
  uint8_t tag;
  if (!byte(tag)) return false;
  if (tag >= kTagCopy && tag < kTagCopy + 16) {
    p.guess = TraceGuess::kCopy;
    p.copied = static_cast<uint8_t>(tag - kTagCopy);
  } else if (tag == kTagLast) {
    p.guess = TraceGuess::kLast;
  } else if (tag == kTagAgain) {
    p.guess = TraceGuess::kDelta;
  } else if (tag != kTagForetold) {
    uint64_t delta;
    if (tag > kTagDelta + kMostDelta || !word(delta, tag - kTagDelta)) return fail();
    v.value = v.from + static_cast<uint64_t>(sign_extended(delta, tag - kTagDelta));
    return true;
  }
  v.value = foretell(p, v, *registers_);
  return true;
}

bool TraceDecoder::take_values(Site& site, uint8_t control, TraceValue* values, unsigned count) {
  if ((control & kControlValues) == 0) {
    if (count > kPredictions) return fail();
    for (unsigned i = 0; i < count; ++i) {
      values[i].value = foretell(site.memory.values[i], values[i], *registers_);
    }
    return true;
  }
  for (unsigned i = 0; i < count; ++i) {
    TracePrediction none;
    if (!take_value(i < kPredictions ? site.memory.values[i] : none, values[i])) return false;
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

bool TraceDecoder::take_more(TraceStep& step) {
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
    if (mark >= kTraceRegisters || !word(change.value)) return fail();
    step.changes.push_back(change);
  }
}

void TraceDecoder::keep(TraceStep& step, const Site& site, const TraceValue* values) {
  const uint32_t shape = site.memory.shape;
  for (uint32_t set = shape & 0x1ffff; set != 0; set &= set - 1) {
    const auto i = static_cast<uint8_t>(std::countr_zero(set));
    step.changes.push_back({i, (values++)->value});
  }
  for (unsigned i = 0; i < shape_stores(shape); ++i, values += 2) {
    step.stores.push_back({values[0].value, values[1].value, shape_store_size(shape, i)});
  }
}

bool TraceDecoder::take_step(Site& site, uint8_t control, TraceStep& step) {
  if (registers_ == nullptr || steps_left_ == 0) return fail();
  if ((control & kControlShape) != 0) {
    uint64_t shape;
    if (!number(shape) || shape > UINT32_MAX || !shape_sound(static_cast<uint32_t>(shape))) {
      return fail();
    }
    site.memory.shape = static_cast<uint32_t>(shape);
  }
  TraceValue values[kMostValues];
  const unsigned count = list_values(site, values);
  if (!take_values(site, control, values, count)) return false;
  step.index = index_++;
  step.processor = processor_;
  step.kind = TraceKind::kInstruction;
  step.code = site.code;
  step.vector = 0;
  step.error = 0;
  step.changes.clear();
  step.stores.clear();
  keep(step, site, values);
  if ((site.memory.shape >> kShapeMore & 1) && !take_more(step)) return false;
  for (unsigned i = 0; i < count && i < kPredictions; ++i) {
    remember(site.memory.values[i], values[i]);
  }
  for (const TraceChange& change : step.changes) (*registers_)[change.number] = change.value;
  last_ = site_;
  --steps_left_;
  return true;
}

bool TraceDecoder::take_state() {
  uint64_t index;
  if (!number(index) || index >= kMostProcessors) return fail();
  processor_ = static_cast<unsigned>(index);
  registers_ = &processors_[processor_];
  for (uint64_t& value : *registers_) {
    if (!word(value)) return false;
  }
  return true;
}

// `told`: it was a step. Otherwise it says something of those which follow.
bool TraceDecoder::event(TraceStep& step, bool& told) {
  uint8_t kind;
  if (!byte(kind) || kind > kLastTraceKind) return fail();
  last_ = kNoSite;
  uint64_t value;
  switch (static_cast<TraceKind>(kind)) {
    case TraceKind::kInstruction:
      return fail();
    case TraceKind::kProcessor:
      if (!number(value) || value >= kMostProcessors) return fail();
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
  if (registers_ == nullptr || steps_left_ == 0) return fail();
  step = TraceStep{index_, processor_, static_cast<TraceKind>(kind), {}, 0, 0, {}, {}};
  if (!byte(step.vector) || !number(value) || value > UINT32_MAX) return fail();
  step.error = static_cast<uint32_t>(value);
  if (!take_more(step)) return false;
  for (const TraceChange& change : step.changes) (*registers_)[change.number] = change.value;
  --steps_left_;
  told = true;
  return true;
}

}  // namespace vireo
