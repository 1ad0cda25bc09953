#include "cpu/block/block_builder.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "cpu/block/row_counts.h"
#include "cpu/block/trace.h"
#include "cpu/cpu.h"
#include "cpu/decode/row_index.h"
#include "cpu/exec/access.h"
#include "cpu/exec/integer.h"
#include "cpu/exec/integer_ext.h"
#include "cpu/exec/pair.h"
#include "cpu/trace/insn_recorder.h"
#include "cpu/trace/insn_trace.h"
#include "machine/base/log.h"

namespace vireo {
namespace {

constexpr unsigned kMaxInsnBytes = 15;

Mmu::Class exec_class(Cpu& cpu) { return cpu.cpl == 3 ? Mmu::kUser : Mmu::kSupervisor; }

VIREO_HANDLER raise_undefined(Cpu& cpu, const Op* op) {
  cpu.raise(kVectorUd);
  VIREO_FAULT();
}
// An op that is no instruction: a debugger may want to hear before the first one.
VIREO_HANDLER look_for_breakpoint(Cpu& cpu, const Op* op) {
  if (cpu.meets_breakpoint(op)) VIREO_TAIL(leave_before);
  VIREO_NEXT();
}
VIREO_HANDLER raise_too_long(Cpu& cpu, const Op* op) {
  cpu.raise(kVectorGp, 0);
  VIREO_FAULT();
}

// Encodings whose feature shows beside the opcode.
CpuFeature feature_of(const Insn& insn) {
  if (insn.row->emit == emit_cmpxchg_wide && insn.op_size == 8) return kFeatCx16;
  return static_cast<CpuFeature>(insn.row->feature);
}

// LZCNT and TZCNT are BSR and BSF on a processor which does not know them.
void take_for_older(const Cpu& cpu, Insn& insn) {
  if (insn.row->emit != emit_count_zeros || cpu.has(feature_of(insn))) return;
  insn.row = find_row({insn.row->map, insn.opcode, insn.prefix66, false, false, insn.modrm,
                       insn.mode == CodeMode::k64});
}

bool may_fault(const Insn& insn) {
  return insn.memory() || (insn.row->attributes & (kAttrFaults | kAttrEnds));
}

}  // namespace

BlockBuilder::BlockBuilder(Cpu& cpu, const BlockKey& key, uint64_t rip, std::byte* out)
    : cpu_(cpu),
      key_(key),
      rip_(rip),
      block_(new (out) Block),
      next_op_(block_->ops()),
      offset_(static_cast<unsigned>(key.physical & kPageMask)),
      insns_(cpu.blocks().build_insns),
      statuses_(cpu.blocks().build_statuses) {
  insns_.clear();
  statuses_.clear();
  block_->start = static_cast<uint16_t>(offset_);
  block_->mode = key.mode;
  block_->stack_big = key.stack_big;
  block_->single = key.single;
  block_->limited = key.limited;
  block_->flat32 = key.flat32;
  block_->vex = key.vex;
}

bool BlockBuilder::fetch_page(Cpu& cpu, uint64_t va, uint64_t& page) {
  if (cpu.code_mode != CodeMode::k64) va &= 0xffffffff;
  const Mmu::Class c = exec_class(cpu);
  const TlbEntry& entry = cpu.mmu().table(c)[tlb_index(va)];
  if (entry.exec_tag == (va & ~kPageMask)) {
    page = cpu.mmu().physical_page(c, va);
    return true;
  }
  Translation t;
  if (!cpu.mmu().translate(cpu, va, Access::kExec, c, t)) return false;
  cpu.mmu().fill(cpu, c, va, Access::kExec, t);
  page = t.physical.page().value;
  return true;
}

// Instruction bytes from RAM, or from a device (which then sees reads).
size_t BlockBuilder::read_bytes(uint64_t physical, uint8_t* out, size_t count) {
  const size_t in_page = std::min<size_t>(count, kPageSize - (physical & kPageMask));
  const HostPage page = cpu_.memory().host_page(GuestAddr{physical & ~kPageMask});
  if (page.bytes != nullptr) {
    std::memcpy(out, page.bytes + (physical & kPageMask), in_page);
    return in_page;
  }
  from_ram_ = false;
  cpu_.sync_clock(nullptr);
  for (size_t i = 0; i < in_page; ++i) {
    out[i] = static_cast<uint8_t>(cpu_.read_device(physical + i, 1));
  }
  return in_page;
}

BlockBuilder::Step BlockBuilder::decode_next() {
  if (offset_ >= kPageSize) return Step::kEnd;
  if (breakpoint_at(offset_) && !insns_.empty()) return Step::kEnd;
  uint8_t bytes[kMaxInsnBytes] = {};
  const uint64_t page = key_.physical & ~kPageMask;
  const size_t got = read_bytes(page | offset_, bytes, kMaxInsnBytes);
  Insn insn;
  insn.ip = static_cast<uint16_t>(offset_);
  const DecodeStatus status = decode({bytes, got}, key_.mode, insn);
  if (status == DecodeStatus::kTruncated) {
    return insns_.empty() ? decode_crossing(static_cast<unsigned>(got)) : Step::kEnd;
  }
  if (status == DecodeStatus::kOk && (insn.row->attributes & kAttrStart) && !insns_.empty()) {
    return Step::kEnd;
  }
  keep(insn, status, bytes);
  if (status != DecodeStatus::kOk || (insn.row->attributes & kAttrEnds)) ended_ = true;
  return ended_ || !from_ram_ ? Step::kEnd : Step::kTaken;
}

void BlockBuilder::keep(Insn& insn, DecodeStatus status, const uint8_t* bytes) {
  if (status == DecodeStatus::kOk) {
    take_for_older(cpu_, insn);
    insn.undefined = !offered(insn);
  }
  insn.stack_big = key_.stack_big;
  insn.code_limited = key_.limited;
  insn.flat32 = key_.flat32;
  insns_.push_back(insn);
  statuses_.push_back(status);
  if (InsnTrace::recording()) std::copy_n(bytes, kMaxInsnBytes, code_.emplace_back().begin());
  offset_ += insn.len;
}

// Whether CS reaches the byte at linear address `va`, behind the first one.
bool BlockBuilder::code_reaches(uint64_t va) const {
  return cpu_.code_mode == CodeMode::k64 || va - cpu_.seg_base[kCs] <= cpu_.segs[kCs].limit;
}

// The first instruction runs into the next page: a block of its own.
BlockBuilder::Step BlockBuilder::decode_crossing(unsigned first_bytes) {
  const uint64_t linear = ((rip_ + cpu_.seg_base[kCs]) & ~kPageMask) + kPageSize;
  if (!code_reaches(linear)) {
    cpu_.raise(kVectorGp, 0);
    return Step::kFault;
  }
  uint64_t second;
  if (!fetch_page(cpu_, linear, second)) return Step::kFault;
  uint8_t bytes[kMaxInsnBytes];
  read_bytes(key_.physical, bytes, first_bytes);
  read_bytes(second, bytes + first_bytes, kMaxInsnBytes - first_bytes);
  Insn insn;
  insn.ip = static_cast<uint16_t>(offset_);
  const DecodeStatus status = decode({bytes, kMaxInsnBytes}, key_.mode, insn);
  block_->crosses_page = true;
  block_->second_page = second;
  keep(insn, status, bytes);
  ended_ = status != DecodeStatus::kOk || (insn.row->attributes & kAttrEnds);
  return Step::kEnd;
}

bool BlockBuilder::build(int64_t limit) {
  const unsigned most = static_cast<unsigned>(
      std::min<int64_t>(key_.single ? 1 : limit, kMaxInstructions));
  Step step = Step::kTaken;
  while (insns_.size() < most && step == Step::kTaken) step = decode_next();
  if (step == Step::kFault) return false;
  const bool cut = insns_.size() == most && !ended_ && most < kMaxInstructions && !key_.single;
  block_->instructions = static_cast<int32_t>(insns_.size());
  block_->end = static_cast<uint16_t>(offset_);
  block_->from_device = !from_ram_;
  mark_dead_flags();
  if (!emit_all()) {
    next_op_ = block_->ops();
    mark_dead_flags();
    emit_all();
  }
  cacheable_ = from_ram_ && !cut;
  if (Log::on(LogItem::kInAsm)) trace_block_code(cpu_, insns_, rip_, key_.physical & kPageMask);
  return true;
}

// Backwards: a flag that is written again before anything can look at it need
// not be made. Faults and block ends look at all of them.
void BlockBuilder::mark_dead_flags() {
  if (InsnTrace::recording()) return;  // somebody looks at all of them
  uint64_t live = kArithFlags;
  for (size_t i = insns_.size(); i-- > 0;) {
    if (statuses_[i] != DecodeStatus::kOk) continue;
    Insn& insn = insns_[i];
    if (insn.undefined) {
      live = kArithFlags;
      continue;
    }
    const uint64_t written = insn.row->flags_written;
    insn.flags_dead = written != 0 && (written & live) == 0;
    live = (live & ~written) | insn.row->flags_read;
    if (may_fault(insn)) live = kArithFlags;
  }
}

// False: an encoding turned out to be undefined only now. It makes none of the
// flags for which those before it may have been taken for dead.
bool BlockBuilder::emit_all() {
  undefined_found_ = false;
  unpaired_ = nullptr;
  recorded_to_ = 0;
  if (breakpoint_at(block_->start)) add_breakpoint();
  for (unsigned i = 0; i < insns_.size();) i += emit_one(i);
  if (ended_) return !undefined_found_;
  Op& op = *next_op_++;
  op = Op{};
  op.fn = &fall_through;
  op.ip = static_cast<uint16_t>(offset_);
  add_link(offset_);
  return !undefined_found_;
}

void BlockBuilder::finish_op(Op& op, const Insn& insn, unsigned covered, unsigned index) {
  op.ip = insn.ip;
  op.len = insn.len;
  op.remaining = static_cast<uint8_t>(insns_.size() - index);
  if (covered == 2) op.len = static_cast<uint8_t>(op.len + insns_[index + 1].len);
}

void BlockBuilder::add_link(int64_t target) {
  auto* slot = reinterpret_cast<LinkSlot*>(next_op_++);
  *slot = LinkSlot{&BlockCache::kUnlinked, &BlockCache::kUnlinked,
                   {static_cast<uint64_t>(target), 0}};
}

bool BlockBuilder::breakpoint_at(unsigned offset) const {
  const DebugPoints* points = cpu_.debug_points();
  return points != nullptr && points->breaks_at_offset(offset);
}

void BlockBuilder::add_breakpoint() {
  Op& op = *next_op_++;
  op = Op{};
  op.fn = &look_for_breakpoint;
  finish_op(op, insns_.front(), 1, 0);
}

void BlockBuilder::add_count(unsigned index) {
  const Insn& insn = insns_[index];
  Op& op = *next_op_++;
  op = Op{};
  op.fn = &count_row;
  const bool known = statuses_[index] == DecodeStatus::kOk;
  op.imm = known ? insn.row - opcode_rows().data() : -1;
  finish_op(op, insn, 1, index);
}

// The op before a recorded instruction, where one is needed.
void BlockBuilder::add_record(unsigned index) {
  if (index < recorded_to_) return;
  TraceStretch stretch(true);
  TraceEffects effects;
  while (index < insns_.size() && stretch.has_room() && recordable(index) &&
         InsnTrace::recorder().regular(insns_[index], effects)) {
    stretch.add(code_of(index++), effects);
  }
  const unsigned first = index - static_cast<unsigned>(stretch.code.size());
  Op& op = *next_op_++;
  op = Op{};
  finish_op(op, insns_[first], 1, first);
  recorded_to_ = index;
  if (index != first) {
    InsnRecorder::emit_stretch(InsnTrace::recorder().keep_stretch(std::move(stretch)), op);
    return;
  }
  TraceStretch single(false);
  single.add(code_of(index), {});
  recorded_to_ = index + 1;
  InsnRecorder::emit_list(InsnTrace::recorder().keep_stretch(std::move(single)), insns_[index],
                          op);
}

// The op behind it: what it resulted in.
void BlockBuilder::add_results(unsigned index) {
  TraceEffects effects;
  if (!InsnTrace::recorder().regular(insns_[index], effects) || effects.results() == 0) return;
  Op& op = *next_op_++;
  op = Op{};
  InsnRecorder::emit_results(effects, op);
  finish_op(op, insns_[index], 1, index);
}

bool BlockBuilder::recordable(unsigned index) const {
  return statuses_[index] == DecodeStatus::kOk && !insns_[index].undefined;
}

TraceCode BlockBuilder::code_of(unsigned index) const {
  const Insn& insn = insns_[index];
  const uint64_t rip = cpu_.mask_ip(rip_ - (key_.physical & kPageMask) + insn.ip);
  return {rip, insn.mode, insn.len, code_[index]};
}

// A fused pair is one op: the count in front of it stands for both.
void BlockBuilder::count_second(Op& op, const Insn& second) {
  (&op)[-1].disp = static_cast<int32_t>(second.row - opcode_rows().data()) + 1;
}

void BlockBuilder::emit_undefined(const Insn& insn, DecodeStatus status) {
  (void)insn;
  Op& op = next_op_[-1];
  op.fn = status == DecodeStatus::kTooLong ? &raise_too_long : &raise_undefined;
}

// Emits instruction `index`, with the one behind it where they fuse; returns
// how many were covered.
unsigned BlockBuilder::emit_one(unsigned index) {
  Insn& insn = insns_[index];
  if (RowCounts::on()) add_count(index);
  const bool recorded = InsnTrace::recording();
  if (recorded && recordable(index)) add_record(index);
  Op& op = *next_op_++;
  op = Op{};
  unsigned covered = 1;
  const DecodeStatus status = statuses_[index];
  const bool ok = status == DecodeStatus::kOk && !insn.undefined;
  const Insn* last = &insn;
  if (ok && !recorded && index + 2 == insns_.size() && statuses_[index + 1] == DecodeStatus::kOk &&
      !insns_[index + 1].undefined && emit_fused(insn, insns_[index + 1], op)) {
    covered = 2;
    last = &insns_[index + 1];
    if (RowCounts::on()) count_second(op, *last);
  } else if (!ok || !insn.row->emit(insn, op)) {
    op = Op{};
    undefined_found_ |= ok;
    insn.undefined = true;
    emit_undefined(insn, status);
  }
  finish_op(op, insn, covered, index);
  if (status == DecodeStatus::kOk && (last->row->attributes & kAttrLink)) {
    add_link(static_cast<int64_t>(last->ip) + last->len + static_cast<int64_t>(last->imm));
  } else {
    pair_up(op);
    if (recorded && recordable(index)) add_results(index);
  }
  return covered;
}

// `op` is the last one: it joins the one before it, where a handler does both.
void BlockBuilder::pair_up(Op& op) {
  if (unpaired_ == &op - 1 && make_pair(*unpaired_, op)) {
    --next_op_;
    unpaired_ = nullptr;
  } else {
    unpaired_ = &op;
  }
}

// Whether the processor has the instruction, in this mode.
bool BlockBuilder::offered(const Insn& insn) const {
  return cpu_.has(feature_of(insn)) && (!insn.vex || key_.vex);
}

size_t BlockBuilder::bytes() const {
  return static_cast<size_t>(reinterpret_cast<const std::byte*>(next_op_) -
                             reinterpret_cast<const std::byte*>(block_));
}

}  // namespace vireo
