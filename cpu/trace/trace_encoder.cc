#include "cpu/trace/trace_encoder.h"

#include <cstring>
#include <utility>

namespace vireo {
namespace {

// Bytes that hold `delta` as a signed number.
unsigned signed_bytes(uint64_t delta) {
  const uint64_t folded = delta ^ static_cast<uint64_t>(static_cast<int64_t>(delta) >> 63);
  return (static_cast<unsigned>(std::bit_width(folded)) + 8) / 8;
}

}  // namespace

TraceEncoder::TraceEncoder(TraceBlockSink& sink, size_t block_bytes)
    : sink_(sink), block_bytes_(block_bytes) {
  start_block();
}

void TraceEncoder::start_block() {
  buffer_.resize(block_bytes_ + kMostStepBytes);
  out_ = buffer_.data();
  full_ = out_ + block_bytes_;
  ++block_;
  told_ = 0;
  last_ = kNoSite;
  info_ = {instructions_, 0};
}

void TraceEncoder::hand_over() {
  flush_run();
  buffer_.resize(static_cast<size_t>(out_ - buffer_.data()));
  if (info_.steps != 0) sink_.write(std::exchange(buffer_, {}), info_);
}

void TraceEncoder::finish() { hand_over(); }

// A long list may need more than a block has; then the block grows.
void TraceEncoder::make_room(size_t bytes) {
  const auto used = static_cast<size_t>(out_ - buffer_.data());
  if (buffer_.size() - used >= bytes) return;
  buffer_.resize(buffer_.size() * 2 + bytes);
  out_ = buffer_.data() + used;
  full_ = buffer_.data() + block_bytes_;
}

void TraceEncoder::begin_step() {
  if (out_ >= full_) {
    hand_over();
    start_block();
  }
  if (current_->told_in != block_) tell_processor();
}

void TraceEncoder::put_number(uint64_t value) {
  for (; value >= 0x80; value >>= 7) put(static_cast<uint8_t>(value | 0x80));
  put(static_cast<uint8_t>(value));
}

void TraceEncoder::put_word(uint64_t value) {
  std::memcpy(out_, &value, sizeof value);
  out_ += sizeof value;
}

void TraceEncoder::flush_run() {
  if (run_ != 0) put(static_cast<uint8_t>(kControlRun + run_ - 1));
  run_ = 0;
}

// --- code ---

uint32_t TraceEncoder::add_code(const TraceCode& code) {
  const auto [at, added] = by_rip_.try_emplace(code.rip, static_cast<uint32_t>(sites_.size()));
  uint32_t number = at->second;
  if (!added) {
    for (uint32_t site = number; site != kNoSite; site = sites_[site].same_rip) {
      if (sites_[site].code == code) return site;
    }
    number = static_cast<uint32_t>(sites_.size());
  }
  Site& site = sites_.emplace_back();
  site.code = code;
  if (!added) site.same_rip = std::exchange(at->second, number);
  return number;
}

void TraceEncoder::forget_code() {
  sites_.clear();
  by_rip_.clear();
  last_ = kNoSite;
  hand_over();
  start_block();
}

void TraceEncoder::tell_site(Site& site) {
  if (site.block == block_) return put_number(site.number);
  site.block = block_;
  site.number = told_++;
  site.memory = {};
  put_number(site.number);
  put_word(site.code.rip);
  put(static_cast<uint8_t>(static_cast<unsigned>(site.code.mode) | site.code.length << 2));
  put(site.code.base);
  std::memcpy(out_, site.code.bytes.data(), site.code.length);
  out_ += site.code.length;
}

// --- processors ---

void TraceEncoder::processor(unsigned index, const TraceRegisters& registers) {
  if (processors_.size() <= index) processors_.resize(index + 1);
  if (processors_[index] == nullptr) {
    processors_[index] = std::make_unique<Processor>();
    processors_[index]->registers = registers;
  }
  if (current_ == processors_[index].get()) return;
  current_ = processors_[index].get();
  index_ = index;
  flush_run();
  last_ = kNoSite;
  put(kControlEvent);
  put(static_cast<uint8_t>(TraceKind::kProcessor));
  put_number(index);
  make_room();
}

void TraceEncoder::tell_processor() {
  flush_run();
  current_->told_in = block_;
  last_ = kNoSite;
  put(kControlEvent);
  put(static_cast<uint8_t>(TraceKind::kState));
  put_number(index_);
  for (const uint64_t value : current_->registers) {
    put_word(value);
    make_room();
  }
}

void TraceEncoder::position(uint64_t instructions) {
  if (instructions == instructions_) return;
  instructions_ = instructions;
  if (info_.steps == 0) info_.first = instructions;
  flush_run();
  last_ = kNoSite;
  put(kControlEvent);
  put(static_cast<uint8_t>(TraceKind::kPosition));
  put_word(instructions);
  make_room();
}

// --- steps ---

unsigned TraceEncoder::list_values(const TraceCode& code, uint32_t shape, const uint64_t* general,
                                   uint64_t flags, const TraceStore* stores,
                                   TraceValue* out) const {
  unsigned count = 0;
  for (uint32_t set = shape & 0xffff; set != 0; set &= set - 1) {
    const auto i = static_cast<unsigned>(std::countr_zero(set));
    out[count].value = general[i];
    out[count].from = current_->registers[i];
    out[count++].mask = ~uint64_t{0};
  }
  if (shape >> kTraceFlags & 1) out[count++] = {flags, 0, 0};
  for (unsigned i = 0; i < shape_stores(shape); ++i) {
    out[count++] = {stores[i].address, base_of(code, current_->registers), ~uint64_t{0}};
    out[count++] = {stores[i].value, 0, size_mask(stores[i].size)};
  }
  return count;
}

bool TraceEncoder::foretold(const TraceMemory& memory, const TraceValue* values,
                            unsigned count) const {
  if (count > kPredictions) return false;
  for (unsigned i = 0; i < count; ++i) {
    if (foretell(memory.values[i], values[i], current_->registers) != values[i].value) return false;
  }
  return true;
}

void TraceEncoder::put_value(TracePrediction& p, const TraceValue& v) {
  if (foretell(p, v, current_->registers) == v.value) return put(kTagForetold);
  if (v.value == p.last) {
    p.guess = TraceGuess::kLast;
    return put(kTagLast);
  }
  if (v.value == v.from + p.delta) {
    p.guess = TraceGuess::kDelta;
    return put(kTagAgain);
  }
  for (uint8_t i = 0; i < 16; ++i) {
    if ((current_->registers[i] & v.mask) != v.value) continue;
    p.guess = TraceGuess::kCopy;
    p.copied = i;
    return put(kTagCopy + i);
  }
  const uint64_t delta = v.value - v.from;
  const unsigned bytes = signed_bytes(delta);
  put(static_cast<uint8_t>(kTagDelta + bytes));
  std::memcpy(out_, &delta, sizeof delta);
  out_ += bytes;
}

void TraceEncoder::put_values(TraceMemory& memory, const TraceValue* values, unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    TracePrediction none;
    put_value(i < kPredictions ? memory.values[i] : none, values[i]);
  }
}

void TraceEncoder::put_bulk(const TraceBytes& bulk, std::span<const uint8_t> bytes) {
  make_room(bulk.size + kMostStepBytes);
  put(kListBytes);
  put_word(bulk.address);
  put_number(bulk.size);
  std::memcpy(out_, bytes.data() + bulk.at, bulk.size);
  out_ += bulk.size;
  make_room();
}

void TraceEncoder::put_more(const More& more) {
  for (const TraceChange& change : more.changes) {
    put(change.number);
    put_word(change.value);
    make_room();
  }
  for (const TraceStore& store : more.stores) {
    put(kListStore);
    put(store.size);
    put_word(store.address);
    std::memcpy(out_, &store.value, sizeof store.value);
    out_ += store.size;
    make_room();
  }
  for (const TraceBytes& bulk : more.bulk) put_bulk(bulk, more.bytes);
  put(kListEnd);
}

void TraceEncoder::take_more(const More& more) {
  for (const TraceChange& change : more.changes) {
    current_->registers[change.number] = change.value;
  }
}

void TraceEncoder::instruction(uint32_t number, uint32_t shape, const uint64_t* general,
                               uint64_t flags, const TraceStore* stores, const More& more) {
  begin_step();
  ++info_.steps;
  ++instructions_;
  Site& site = sites_[number];
  TraceValue values[kMostValues];
  const unsigned count = list_values(site.code, shape, general, flags, stores, values);
  TraceMemory* before = last_ != kNoSite ? &sites_[last_].memory : nullptr;
  const bool follows = before != nullptr && before->next == number && site.block == block_;
  const bool same_shape = site.block == block_ && site.memory.shape == shape;
  const bool good = same_shape && foretold(site.memory, values, count);
  if (follows && good && !(shape >> kShapeMore & 1)) {
    if (++run_ == 128) flush_run();
  } else {
    flush_run();
    uint8_t* control = out_++;
    *control = 0;
    if (!follows) {
      if (before != nullptr && before->other == number && site.block == block_) {
        *control |= kControlOther;
      } else {
        *control |= kControlSite;
        tell_site(site);
      }
      if (before != nullptr) before->other = std::exchange(before->next, number);
    }
    if (!same_shape) {
      *control |= kControlShape;
      put_number(shape);
      site.memory.shape = shape;
    }
    if (!good) {
      *control |= kControlValues;
      put_values(site.memory, values, count);
    }
    if (shape >> kShapeMore & 1) put_more(more);
    make_room();
  }
  last_ = number;
  for (unsigned i = 0; i < count && i < kPredictions; ++i) {
    remember(site.memory.values[i], values[i]);
  }
  for (uint32_t set = shape & 0xffff; set != 0; set &= set - 1) {
    const auto i = static_cast<unsigned>(std::countr_zero(set));
    current_->registers[i] = general[i];
  }
  if (shape >> kTraceFlags & 1) current_->registers[kTraceFlags] = flags;
  if (shape >> kShapeMore & 1) take_more(more);
}

void TraceEncoder::event(TraceKind kind, uint8_t vector, uint32_t error, const More& more) {
  begin_step();
  flush_run();
  ++info_.steps;
  last_ = kNoSite;
  put(kControlEvent);
  put(static_cast<uint8_t>(kind));
  put(vector);
  put_number(error);
  put_more(more);
  take_more(more);
}

}  // namespace vireo
