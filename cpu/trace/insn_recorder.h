// Follows the processors and writes down what each instruction did, as fast as it can: what
// follows from the registers before is left out, and the rest is encoded elsewhere.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "cpu/block/op.h"
#include "cpu/decode/insn.h"
#include "cpu/trace/trace_batch.h"
#include "cpu/trace/trace_format.h"

namespace vireo {

class Cpu;

// The engine's side calls it in this order: enter() when a processor begins to run; the ops
// that an InsnRecorder puts into blocks; store() from within an instruction; end_turn();
// delivered() for events between turns. It looks only: a run is the same with and without.
class InsnRecorder {
 public:
  // Words of a batch. An entry that is longer makes a batch of its own.
  static constexpr size_t kBatchWords = size_t{1} << 18;

  // `processors` in the order of their numbers. All must outlive it.
  InsnRecorder(TraceBatchSink& sink, std::vector<Cpu*> processors,
               size_t batch_words = kBatchWords);
  ~InsnRecorder();
  InsnRecorder(const InsnRecorder&) = delete;
  InsnRecorder& operator=(const InsnRecorder&) = delete;

  // Between two instructions, while no processor runs.
  void set_recording(bool on);
  // Compares all registers at each instruction and leaves nothing out: slow, for tests of the
  // rules that say what may be left out.
  void set_thorough(bool thorough) { thorough_ = thorough; }
  // Hands over what is left. Nothing may follow.
  void finish();

  // What an instruction may change besides general registers, RFLAGS and memory.
  enum Touches : uint8_t { kNothing = 0, kVectors = 1, kSystem = 2 };
  static uint8_t touches_of(const Insn& insn);

  void enter(Cpu& cpu);
  // `done` instructions retired in the turn, and `left` of its budget is left; `faulted`: an
  // exception is pending.
  void end_turn(Cpu& cpu, uint64_t done, int64_t left, bool faulted);
  void store(uint64_t address, uint64_t value, unsigned size) {
    if (stretch_ == nullptr) return keep_store(address, value, size);
    at_[0] = address;
    at_[1] = size < 8 ? value & ((uint64_t{1} << 8 * size) - 1) : value;
    at_ += 2;
  }
  void store_bytes(uint64_t address, const void* bytes, size_t size);
  // The processor goes on in a handler.
  void delivered(Cpu& cpu, TraceKind kind, uint8_t vector, uint32_t error);
  // It was changed by none of these.
  void changed_outside(Cpu& cpu) { delivered(cpu, TraceKind::kOutside, 0, 0); }

  // --- blocks ---
  // Whether `insn` is one of a stretch of several.
  bool regular(const Insn& insn, TraceEffects& effects) const;
  const TraceStretch& keep_stretch(TraceStretch&& stretch) {
    return code_->keep(std::move(stretch));
  }
  // The op that begins a stretch; the one before an instruction that is not regular; and the one
  // behind an instruction of which results are told.
  static void emit_stretch(const TraceStretch& stretch, Op& op);
  static void emit_list(const TraceStretch& stretch, const Insn& insn, Op& op);
  static void emit_results(const TraceEffects& effects, Op& op);

 private:
  friend struct RecorderOps;
  void keep_store(uint64_t address, uint64_t value, unsigned size);
  void begin_stretch_slowly(Cpu& cpu, const Op* op);
  void begin_list(Cpu& cpu, const Op* op);
  const TraceStretch& at_rip(const Op* op, uint64_t rip);
  const TraceStretch& moved(const TraceStretch& stretch, uint64_t rip);
  void commit(Cpu& cpu);
  void end_stretch(Cpu& cpu, int64_t left, bool faulted);
  void put_results(const Cpu& cpu, const TraceEffects& effects);
  void keep_rest(const TraceEffects& effects, size_t words);
  void look_for_changes(const Cpu& cpu, uint8_t touches);
  void take_changes();
  void forget_stores();

  // Entries of the batch.
  void next_batch(uint64_t instructions);
  void make_room(size_t words);
  void start_batch(uint64_t instructions);
  static uint64_t instructions_at(Cpu& cpu, const Op* op);
  void hand_over();
  void put_state();
  void put_position();
  void put_record(uint64_t head, const std::vector<uint8_t>& bytes);
  void append_list(std::vector<uint8_t>& out) const;
  void copy_general(const Cpu& cpu);
  TraceRegisters& known() { return current_->registers; }

  struct Processor {
    uint64_t told_in = 0;  // the batch that knows its registers
    // Those other than general registers and RFLAGS as of now; these as of the last turn's end
    // or of the beginning of an instruction that is not regular.
    TraceRegisters registers{};
  };

  TraceBatchSink& sink_;
  std::vector<Cpu*> processors_;
  size_t batch_words_;
  std::shared_ptr<TraceCodeStore> code_;
  // Stretches of pages that are mapped elsewhere, by their numbers and where they were last.
  std::vector<const TraceStretch*> moved_;
  std::unordered_map<const Cpu*, uint64_t> epochs_;  // as of which their blocks are
  uint64_t epoch_ = 0;
  bool thorough_ = false;

  TraceBatch batch_;
  uint64_t batch_number_ = 0;
  uint64_t* at_ = nullptr;
  uint64_t* full_ = nullptr;  // a stretch begun behind this goes into the next batch
  uint64_t* limit_ = nullptr;  // the same, while an instruction that is not regular runs, too
  uint64_t* end_ = nullptr;
  uint64_t instructions_ = 0;  // before the turn

  // What is under way: a stretch, an instruction that is not regular, or nothing.
  const TraceStretch* stretch_ = nullptr;
  const TraceStretch* list_ = nullptr;
  uint64_t* head_ = nullptr;
  int64_t left_ = 0;  // of the budget when it began
  uint8_t touches_ = 0;

  std::vector<std::unique_ptr<Processor>> told_;
  Processor* current_ = nullptr;
  unsigned index_ = 0;
  std::vector<TraceStore> stores_;
  std::vector<TraceBytes> bulk_;
  std::vector<uint8_t> bytes_;
  std::vector<TraceChange> changes_;
  std::vector<uint8_t> record_;  // that of a list, while it is made
};

}  // namespace vireo
