#include "cpu/trace/trace_encoder.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace vireo {
namespace {

// What a stretch takes at most: its code, and all of its values.
constexpr size_t kMostBytes =
    64 + TraceStretch::kMostInstructions * (1 + kMaxCodeBytes) + TraceStretch::kMostSlots * 10;

const TraceStretch& stretch_of(uint64_t head) {
  const uint64_t address = head & ((uint64_t{1} << kBatchCountShift) - 1) & ~kBatchEntry;
  return *reinterpret_cast<const TraceStretch*>(static_cast<uintptr_t>(address));
}

unsigned bytes_of(uint64_t value) {
  return (static_cast<unsigned>(std::bit_width(value)) + 7) / 8;
}

uint64_t zigzag(uint64_t value) {
  return value << 1 ^ static_cast<uint64_t>(static_cast<int64_t>(value) >> 63);
}

}  // namespace

TraceRecords TraceEncoder::encode(const TraceBatch& batch) {
  begin(batch);
  const uint64_t* at = batch.words.get();
  const uint64_t* end = at + batch.used;
  while (at != end) {
    make_room(kMostBytes);
    const uint64_t head = *at;
    const uint64_t* words = at + 1;
    switch (head & kBatchEntry) {
      case kBatchRegular: at = regular(head, words); break;
      case kBatchList: at = list(head, words); break;
      default: at = record(head, words);
    }
  }
  flush_run();
  records_.bytes.resize(static_cast<size_t>(out_ - records_.bytes.data()));
  return std::exchange(records_, {});
}

void TraceEncoder::begin(const TraceBatch& batch) {
  ++block_;
  told_ = 0;
  last_ = kNoStretch;
  predictions_.clear();
  if (known_.size() < batch.stretches) known_.resize(batch.stretches);
  records_.info = {batch.first, 0};
  records_.bytes.resize(batch.used + kMostBytes);
  out_ = records_.bytes.data();
  end_ = out_ + records_.bytes.size();
}

void TraceEncoder::make_room(size_t bytes) {
  if (static_cast<size_t>(end_ - out_) >= bytes) return;
  const auto used = static_cast<size_t>(out_ - records_.bytes.data());
  records_.bytes.resize(records_.bytes.size() * 2 + bytes);
  out_ = records_.bytes.data() + used;
  end_ = records_.bytes.data() + records_.bytes.size();
}

void TraceEncoder::put_number(uint64_t value) {
  for (; value >= 0x80; value >>= 7) put(static_cast<uint8_t>(value | 0x80));
  put(static_cast<uint8_t>(value));
}

void TraceEncoder::put_word(uint64_t value) {
  std::memcpy(out_, &value, sizeof value);
  out_ += sizeof value;
}

void TraceEncoder::put_bytes(const uint64_t* words, size_t bytes) {
  make_room(bytes + kMostBytes);
  std::memcpy(out_, words, bytes);
  out_ += bytes;
}

void TraceEncoder::flush_run() {
  if (run_ != 0) put(static_cast<uint8_t>(kControlRun + run_ - 1));
  run_ = 0;
}

void TraceEncoder::put_code(const TraceStretch& stretch) {
  const TraceCode& first = stretch.code.front();
  put(static_cast<uint8_t>(static_cast<unsigned>(first.mode) | unsigned{stretch.regular} << 2));
  put(static_cast<uint8_t>(stretch.code.size()));
  put_word(first.rip);
  for (const TraceCode& code : stretch.code) {
    put(code.length);
    std::memcpy(out_, code.bytes.data(), code.length);
    out_ += code.length;
  }
}

// Which one comes, and its code if it is new; returns what of the control byte says so.
uint8_t TraceEncoder::put_stretch(const TraceStretch& stretch) {
  Known& known = known_[stretch.number];
  Known* before = last_ != kNoStretch ? &known_[last_] : nullptr;
  last_ = stretch.number;
  const bool is_new = known.block != block_;
  if (!is_new && before != nullptr && before->next == stretch.number) return 0;
  const bool other = !is_new && before != nullptr && before->other == stretch.number;
  if (!other) put_number(is_new ? told_ : known.told);
  if (is_new) {
    known = {block_, told_++, kNoStretch, kNoStretch, predictions_.size()};
    predictions_.resize(predictions_.size() + stretch.places.size());
    put_code(stretch);
  }
  if (before != nullptr) before->other = std::exchange(before->next, stretch.number);
  return other ? kControlOther : kControlStretch;
}

void TraceEncoder::put_value(uint64_t value, const TracePrediction& prediction) {
  const uint64_t growth = zigzag(value - prediction.last);
  const unsigned whole = bytes_of(value), grown = bytes_of(growth);
  const bool grows = grown < whole;
  const uint64_t told = grows ? growth : value;
  put(static_cast<uint8_t>(grows ? grown + kTagGrowth : whole));
  std::memcpy(out_, &told, sizeof told);
  out_ += grows ? grown : whole;
}

// Those that are not as foretold; returns a bit for each.
uint64_t TraceEncoder::put_values(const TraceStretch& stretch, unsigned slots,
                                  const uint64_t* words) {
  TracePrediction* prediction = predictions_.data() + known_[stretch.number].first;
  const uint16_t* place = stretch.places.data();
  uint64_t missed = 0;
  for (unsigned i = 0; i < slots; ++i, ++prediction) {
    const uint64_t value = words[place[i]];
    if (value != prediction->foretold()) {
      missed |= uint64_t{1} << i;
      put_value(value, *prediction);
    }
    prediction->take(value);
  }
  return missed;
}

const uint64_t* TraceEncoder::regular(uint64_t head, const uint64_t* words) {
  const TraceStretch& stretch = stretch_of(head);
  const auto cut = static_cast<unsigned>(head >> kBatchCountShift);
  const auto count = cut != 0 ? cut : static_cast<unsigned>(stretch.code.size());
  // It is written as if something were not foretold, behind the run before it.
  uint8_t* const begin = out_;
  if (run_ != 0) ++out_;
  uint8_t* const control = out_++;
  unsigned what = put_stretch(stretch);
  if (cut != 0) {
    what |= kControlCut;
    put(static_cast<uint8_t>(cut));
  }
  const unsigned slots = stretch.slots[count];
  const unsigned mask_bytes = (slots + 7) / 8;
  uint8_t* const mask = out_;
  out_ += mask_bytes;
  const uint64_t missed = put_values(stretch, slots, words);
  records_.info.steps += count;
  if (missed != 0) {
    what |= kControlValues;
    for (unsigned i = 0; i < mask_bytes; ++i) mask[i] = static_cast<uint8_t>(missed >> 8 * i);
  } else {
    out_ = mask;
  }
  if (what == 0) {
    out_ = begin;
    if (++run_ == 128) flush_run();
  } else {
    if (run_ != 0) *begin = static_cast<uint8_t>(kControlRun + run_ - 1);
    run_ = 0;
    *control = static_cast<uint8_t>(what);
  }
  return words + stretch.words[count];
}

const uint64_t* TraceEncoder::list(uint64_t head, const uint64_t* words) {
  flush_run();
  uint8_t* const control = out_++;
  *control = put_stretch(stretch_of(head));
  ++records_.info.steps;
  put_bytes(words + 1, *words);
  return words + 1 + (*words + 7) / 8;
}

const uint64_t* TraceEncoder::record(uint64_t head, const uint64_t* words) {
  flush_run();
  last_ = kNoStretch;
  if ((head & kBatchStep) != 0) ++records_.info.steps;
  put_bytes(words + 1, *words);
  return words + 1 + (*words + 7) / 8;
}

}  // namespace vireo
