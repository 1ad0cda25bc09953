#include "cpu/trace/insn_recorder.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <utility>

#include "cpu/cpu.h"
#include "cpu/exec/access.h"
#include "cpu/trace/insn_trace.h"

namespace vireo {
namespace {

// Stretches after which all code is forgotten: bounds what a guest that makes code can take.
constexpr size_t kMostStretches = size_t{1} << 19;

// The longest stretch, with its first word.
constexpr size_t kStretchWords = TraceStretch::kMostWords + 1;

inline uint64_t flags_word(const Cpu& cpu) { return cpu.read_rflags() & ~kFlagRf; }

void append_word(std::vector<uint8_t>& out, uint64_t value, unsigned bytes = 8) {
  for (unsigned i = 0; i < bytes; ++i) out.push_back(static_cast<uint8_t>(value >> 8 * i));
}

void append_number(std::vector<uint8_t>& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<uint8_t>(value | 0x80));
  out.push_back(static_cast<uint8_t>(value));
}

// The page of a stretch, where the op has room.
uint64_t page_of(const Op* op) {
  return uint64_t{static_cast<uint32_t>(op->disp)} << 12 | uint64_t{op->dst} << 44 |
         uint64_t{op->src} << 52 | uint64_t{op->base} << 60;
}

void set_page(Op& op, uint64_t page) {
  op.disp = static_cast<int32_t>(page >> 12);
  op.dst = static_cast<uint8_t>(page >> 44);
  op.src = static_cast<uint8_t>(page >> 52);
  op.base = static_cast<uint8_t>(page >> 60);
}

const TraceStretch& stretch_of(const Op* op) {
  return *reinterpret_cast<const TraceStretch*>(static_cast<uintptr_t>(op->imm));
}

void set_stretch(Op& op, const TraceStretch& stretch) {
  op.imm = static_cast<int64_t>(reinterpret_cast<uintptr_t>(&stretch));
}

}  // namespace

// The ops of recorded blocks.
struct RecorderOps {
  static OpResult VIREO_HANDLER_CC begin(Cpu& cpu, const Op* op) {
    InsnRecorder& r = InsnTrace::recorder();
    uint64_t* const at = r.at_;
    if (VIREO_UNLIKELY(cpu.regs[kRipPageReg] != page_of(op) || at >= r.full_)) {
      VIREO_TAIL(begin_slowly);
    }
    *at = static_cast<uint64_t>(op->imm);
    r.head_ = at;
    r.at_ = at + 1;
    r.stretch_ = &stretch_of(op);
    r.left_ = cpu.budget + op->remaining;
    VIREO_NEXT();
  }
  static OpResult VIREO_HANDLER_CC begin_slowly(Cpu& cpu, const Op* op) {
    InsnTrace::recorder().begin_stretch_slowly(cpu, op);
    VIREO_NEXT();
  }
  static OpResult VIREO_HANDLER_CC begin_list(Cpu& cpu, const Op* op) {
    InsnTrace::recorder().begin_list(cpu, op);
    VIREO_NEXT();
  }
  static OpResult VIREO_HANDLER_CC one(Cpu& cpu, const Op* op) {
    InsnRecorder& r = InsnTrace::recorder();
    *r.at_++ = reg<uint64_t>(cpu, op->dst);
    VIREO_NEXT();
  }
  static OpResult VIREO_HANDLER_CC flags(Cpu& cpu, const Op* op) {
    InsnRecorder& r = InsnTrace::recorder();
    *r.at_++ = flags_word(cpu);
    VIREO_NEXT();
  }
  static OpResult VIREO_HANDLER_CC one_and_flags(Cpu& cpu, const Op* op) {
    InsnRecorder& r = InsnTrace::recorder();
    uint64_t* const at = r.at_;
    at[0] = reg<uint64_t>(cpu, op->dst);
    at[1] = flags_word(cpu);
    r.at_ = at + 2;
    VIREO_NEXT();
  }
  static OpResult VIREO_HANDLER_CC several(Cpu& cpu, const Op* op) {
    TraceEffects effects;
    effects.told = static_cast<uint16_t>(op->imm);
    effects.told_flags = op->imm >> 16 != 0;
    InsnTrace::recorder().put_results(cpu, effects);
    VIREO_NEXT();
  }
};

InsnRecorder::InsnRecorder(TraceBatchSink& sink, std::vector<Cpu*> processors, size_t batch_words)
    : sink_(sink),
      processors_(std::move(processors)),
      batch_words_(batch_words),
      code_(std::make_shared<TraceCodeStore>()),
      told_(processors_.size()) {
  start_batch(0);
}

InsnRecorder::~InsnRecorder() {
  if (InsnTrace::armed() && &InsnTrace::recorder() == this) InsnTrace::arm(nullptr);
}

// Blocks with the ops and without them are not for each other: each processor forgets its own
// when it runs next.
void InsnRecorder::set_recording(bool on) {
  if (on == InsnTrace::recording()) return;
  InsnTrace::set_recording(on);
  ++epoch_;
}

void InsnRecorder::finish() { hand_over(); }

// --- batches ---

void InsnRecorder::start_batch(uint64_t instructions) {
  batch_.first = instructions;
  batch_.words = std::make_unique_for_overwrite<uint64_t[]>(batch_words_ + kStretchWords);
  at_ = batch_.words.get();
  full_ = limit_ = at_ + batch_words_;
  end_ = limit_ + kStretchWords;
  ++batch_number_;
}

void InsnRecorder::hand_over() {
  batch_.used = static_cast<size_t>(at_ - batch_.words.get());
  batch_.stretches = code_->size();
  batch_.code = code_;
  if (batch_.used != 0) sink_.write(std::exchange(batch_, {}));
}

// Before an entry, whose registers are known: `instructions` went before it.
void InsnRecorder::next_batch(uint64_t instructions) {
  if (at_ < limit_) return;
  hand_over();
  start_batch(instructions);
  put_state();
}

// A long entry may need more than a batch has; then the batch grows.
void InsnRecorder::make_room(size_t words) {
  if (static_cast<size_t>(end_ - at_) >= words + kStretchWords) return;
  const auto used = static_cast<size_t>(at_ - batch_.words.get());
  const auto limit = static_cast<size_t>(limit_ - batch_.words.get());
  const size_t size = used + words + 2 * kStretchWords;
  auto longer = std::make_unique_for_overwrite<uint64_t[]>(size);
  std::copy_n(batch_.words.get(), used, longer.get());
  batch_.words = std::move(longer);
  at_ = batch_.words.get() + used;
  full_ = limit_ = batch_.words.get() + limit;
  end_ = batch_.words.get() + size;
}

void InsnRecorder::put_record(uint64_t head, const std::vector<uint8_t>& bytes) {
  make_room(bytes.size() / 8 + 3);
  at_[0] = head;
  at_[1] = bytes.size();
  at_ += 2;
  at_[(bytes.size() + 7) / 8] = 0;
  std::memcpy(at_, bytes.data(), bytes.size());
  at_ += (bytes.size() + 7) / 8;
}

void InsnRecorder::put_state() {
  current_->told_in = batch_number_;
  std::vector<uint8_t> bytes{kControlEvent, static_cast<uint8_t>(TraceKind::kState)};
  append_number(bytes, index_);
  for (const uint64_t value : current_->registers) append_word(bytes, value);
  put_record(kBatchRecord, bytes);
}

void InsnRecorder::put_position() {
  if (at_ == batch_.words.get()) {
    batch_.first = instructions_;
    return;
  }
  std::vector<uint8_t> bytes{kControlEvent, static_cast<uint8_t>(TraceKind::kPosition)};
  append_word(bytes, instructions_);
  put_record(kBatchRecord, bytes);
}

// --- processors ---

void InsnRecorder::copy_general(const Cpu& cpu) {
  std::copy_n(cpu.regs, 16, known().begin());
  known()[kTraceFlags] = flags_word(cpu);
}

void InsnRecorder::enter(Cpu& cpu) {
  if (InsnTrace::recording() && code_->size() > kMostStretches) {
    hand_over();
    code_ = std::make_shared<TraceCodeStore>();
    moved_.clear();
    start_batch(instructions_);
    ++epoch_;
  }
  if (std::exchange(epochs_[&cpu], epoch_) != epoch_) cpu.blocks().clear(cpu);
  if (!InsnTrace::recording()) return;
  const auto found = std::find(processors_.begin(), processors_.end(), &cpu);
  index_ = static_cast<unsigned>(found - processors_.begin());
  const Processor* before = std::exchange(current_, told_[index_].get());
  if (current_ == nullptr) {
    told_[index_] = std::make_unique<Processor>();
    current_ = told_[index_].get();
    copy_general(cpu);
    gather_trace_registers(cpu, known());
  }
  if (std::exchange(instructions_, cpu.clock().instructions()) != instructions_) put_position();
  next_batch(instructions_);
  if (current_->told_in != batch_number_) {
    put_state();
  } else if (before != current_) {
    std::vector<uint8_t> bytes{kControlEvent, static_cast<uint8_t>(TraceKind::kProcessor)};
    append_number(bytes, index_);
      if (current_->told_in == batch_number_) put_record(kBatchRecord, bytes);
  }
  look_for_changes(cpu, kSystem | kVectors);
  if (!changes_.empty()) changed_outside(cpu);
}

// --- stretches ---

bool InsnRecorder::regular(const Insn& insn, TraceEffects& effects) const {
  if (thorough_ || touches_of(insn) != kNothing) return false;
  effects = effects_of(insn);
  return effects.regular;
}

void InsnRecorder::emit_stretch(const TraceStretch& stretch, Op& op) {
  op.fn = &RecorderOps::begin;
  set_stretch(op, stretch);
  set_page(op, stretch.code.front().rip & ~kPageMask);
}

void InsnRecorder::emit_list(const TraceStretch& stretch, const Insn& insn, Op& op) {
  op.fn = &RecorderOps::begin_list;
  set_stretch(op, stretch);
  op.aux = touches_of(insn);
}

void InsnRecorder::emit_results(const TraceEffects& effects, Op& op) {
  const bool one = std::has_single_bit(effects.told);
  op.dst = static_cast<uint8_t>(8 * std::countr_zero(effects.told));
  if (one) {
    op.fn = effects.told_flags ? &RecorderOps::one_and_flags : &RecorderOps::one;
  } else if (effects.told == 0) {
    op.fn = &RecorderOps::flags;
  } else {
    op.fn = &RecorderOps::several;
    op.imm = effects.told | uint32_t{effects.told_flags} << 16;
  }
}

// The page of its code may be mapped in several places.
const TraceStretch& InsnRecorder::at_rip(const Op* op, uint64_t rip) {
  const TraceStretch& stretch = stretch_of(op);
  if (stretch.code.front().rip == rip) return stretch;
  if (moved_.size() <= stretch.number) moved_.resize(code_->size());
  const TraceStretch*& last = moved_[stretch.number];
  if (last == nullptr || last->code.front().rip != rip) last = &moved(stretch, rip);
  return *last;
}

const TraceStretch& InsnRecorder::moved(const TraceStretch& stretch, uint64_t rip) {
  TraceStretch made(stretch.regular);
  const uint64_t by = rip - stretch.code.front().rip;
  for (size_t i = 0; i < stretch.code.size(); ++i) {
    TraceCode code = stretch.code[i];
    code.rip += by;
    made.add(code, stretch.effects[i]);
  }
  return code_->keep(std::move(made));
}

// The machine's instructions before `op`. The clock is left as it was: nobody asked it.
uint64_t InsnRecorder::instructions_at(Cpu& cpu, const Op* op) {
  const uint64_t before = cpu.clock().instructions();
  cpu.sync_clock(op);
  const uint64_t now = cpu.clock().instructions();
  cpu.clock().set_instructions(before);
  return now;
}

void InsnRecorder::begin_stretch_slowly(Cpu& cpu, const Op* op) {
  if (list_ != nullptr) commit(cpu);
  const TraceStretch& stretch = at_rip(op, cpu.rip_of(op));
  if (at_ >= limit_) {
    copy_general(cpu);
    next_batch(instructions_at(cpu, op));
  }
  head_ = at_;
  *at_++ = reinterpret_cast<uintptr_t>(&stretch);
  stretch_ = &stretch;
  left_ = cpu.budget + op->remaining;
}

void InsnRecorder::put_results(const Cpu& cpu, const TraceEffects& effects) {
  for (uint32_t set = effects.told; set != 0; set &= set - 1) {
    *at_++ = cpu.regs[std::countr_zero(set)];
  }
  if (effects.told_flags) *at_++ = flags_word(cpu);
}

// A store of an instruction that faulted belongs to what is delivered.
void InsnRecorder::keep_rest(const TraceEffects& effects, size_t words) {
  if (words == 2 && effects.store != 0) stores_.push_back({at_[0], at_[1], effects.store});
}

void InsnRecorder::end_stretch(Cpu& cpu, int64_t left, bool faulted) {
  const TraceStretch& stretch = *std::exchange(stretch_, nullptr);
  const auto count = static_cast<size_t>(
      std::min<int64_t>(left_ - left, static_cast<int64_t>(stretch.code.size())));
  const auto written = static_cast<size_t>(at_ - head_ - 1);
  // The last one may have left its block, so that its results are not there yet.
  if (count != 0 && written + stretch.effects[count - 1].results() == stretch.words[count]) {
    put_results(cpu, stretch.effects[count - 1]);
  }
  assert(static_cast<size_t>(at_ - head_ - 1) >= stretch.words[count]);
  const auto rest = static_cast<size_t>(at_ - head_ - 1) - stretch.words[count];
  at_ -= rest;
  if (faulted && count < stretch.code.size()) keep_rest(stretch.effects[count], rest);
  if (count == 0) at_ = head_;
  else if (count < stretch.code.size()) *head_ |= uint64_t{count} << kBatchCountShift;
}

void InsnRecorder::end_turn(Cpu& cpu, uint64_t done, int64_t left, bool faulted) {
  if (stretch_ != nullptr) {
    end_stretch(cpu, left, faulted);
  } else if (list_ != nullptr) {
    if (left_ > left) {
      commit(cpu);
    } else {
      list_ = nullptr;
      full_ = limit_;
      if (!faulted) forget_stores();  // it runs again, alone
    }
  }
  instructions_ += done;
  copy_general(cpu);
}

// --- lists ---

void InsnRecorder::begin_list(Cpu& cpu, const Op* op) {
  if (list_ != nullptr) commit(cpu);
  stretch_ = nullptr;
  list_ = &at_rip(op, cpu.rip_of(op));
  full_ = nullptr;  // whatever begins next must take the slow way
  left_ = cpu.budget + op->remaining;
  touches_ = op->aux;
  copy_general(cpu);
  if (at_ >= limit_) {
    next_batch(instructions_at(cpu, op));
    full_ = nullptr;
  }
}

void InsnRecorder::look_for_changes(const Cpu& cpu, uint8_t touches) {
  changes_.clear();
  const TraceRegisters& before = known();
  for (uint8_t i = 0; i < 16; ++i) {
    if (cpu.regs[i] != before[i]) changes_.push_back({i, cpu.regs[i]});
  }
  const uint64_t flags = flags_word(cpu);
  if (flags != before[kTraceFlags]) changes_.push_back({kTraceFlags, flags});
  if (touches == kNothing) return;
  TraceRegisters now;
  const unsigned first = (touches & kSystem) != 0 ? kTraceSystem : kTraceX87;
  if (first == kTraceSystem) gather_trace_registers(cpu, now);
  else gather_trace_vectors(cpu, now);
  for (unsigned i = first; i < kTraceRegisters; ++i) {
    if (now[i] != before[i]) changes_.push_back({static_cast<uint8_t>(i), now[i]});
  }
}

void InsnRecorder::take_changes() {
  for (const TraceChange& change : changes_) known()[change.number] = change.value;
}

void InsnRecorder::append_list(std::vector<uint8_t>& out) const {
  for (const TraceChange& change : changes_) {
    const unsigned bytes = (static_cast<unsigned>(std::bit_width(change.value)) + 7) / 8;
    out.push_back(change.number);
    out.push_back(static_cast<uint8_t>(bytes));
    append_word(out, change.value, bytes);
  }
  for (const TraceStore& store : stores_) {
    out.push_back(kListStore);
    out.push_back(store.size);
    append_word(out, store.address);
    append_word(out, store.value, store.size);
  }
  for (const TraceBytes& bulk : bulk_) {
    out.push_back(kListBytes);
    append_word(out, bulk.address);
    append_number(out, bulk.size);
    out.insert(out.end(), bytes_.begin() + bulk.at, bytes_.begin() + bulk.at + bulk.size);
  }
  out.push_back(kListEnd);
}

void InsnRecorder::commit(Cpu& cpu) {
  const TraceStretch& stretch = *std::exchange(list_, nullptr);
  full_ = limit_;
  look_for_changes(cpu, thorough_ ? uint8_t{kSystem | kVectors} : touches_);
  record_.clear();
  append_list(record_);
  put_record(reinterpret_cast<uintptr_t>(&stretch) | kBatchList, record_);
  take_changes();
  forget_stores();
}

void InsnRecorder::forget_stores() {
  stores_.clear();
  bulk_.clear();
  bytes_.clear();
}

void InsnRecorder::keep_store(uint64_t address, uint64_t value, unsigned size) {
  if (!std::has_single_bit(size)) return store_bytes(address, &value, size);
  if (size < 8) value &= (uint64_t{1} << 8 * size) - 1;
  stores_.push_back({address, value, static_cast<uint8_t>(size)});
}

void InsnRecorder::store_bytes(uint64_t address, const void* bytes, size_t size) {
  const auto* from = static_cast<const uint8_t*>(bytes);
  if (size <= 32) {
    while (size != 0) {
      const size_t piece = std::bit_floor(std::min<size_t>(size, 8));
      uint64_t value = 0;
      std::memcpy(&value, from, piece);
      keep_store(address, value, static_cast<unsigned>(piece));
      address += piece;
      from += piece;
      size -= piece;
    }
    return;
  }
  while (size != 0) {
    const auto piece = static_cast<uint32_t>(std::min<size_t>(size, kMostBulk));
    bulk_.push_back({address, static_cast<uint32_t>(bytes_.size()), piece});
    bytes_.insert(bytes_.end(), from, from + piece);
    address += piece;
    from += piece;
    size -= piece;
  }
}

void InsnRecorder::delivered(Cpu& cpu, TraceKind kind, uint8_t vector, uint32_t error) {
  // INT n and the like are instructions, which end with the delivery.
  if (list_ != nullptr) return;
  look_for_changes(cpu, kSystem | kVectors);
  std::vector<uint8_t> bytes{kControlEvent, static_cast<uint8_t>(kind), vector};
  append_number(bytes, error);
  append_list(bytes);
  next_batch(instructions_);
  put_record(kBatchRecord | kBatchStep, bytes);
  take_changes();
  forget_stores();
}

}  // namespace vireo
