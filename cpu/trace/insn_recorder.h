// Follows the processors instruction by instruction and tells an encoder what each one did.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "cpu/block/op.h"
#include "cpu/decode/insn.h"
#include "cpu/trace/trace_encoder.h"

namespace vireo {

class Cpu;

// The engine's side calls it in this order: enter() when a processor begins to run; step()
// before each instruction of its blocks, whose outcome is known when the next one begins or
// the turn ends; store() from within an instruction; delivered() for events between them.
// It looks only: a run is the same with and without.
class InsnRecorder {
 public:
  // `processors` in the order of their numbers. All must outlive it.
  InsnRecorder(TraceEncoder& encoder, std::vector<Cpu*> processors);
  ~InsnRecorder();
  InsnRecorder(const InsnRecorder&) = delete;
  InsnRecorder& operator=(const InsnRecorder&) = delete;

  // Between two instructions, while no processor runs.
  void set_recording(bool on);
  // Compares all registers at each instruction: slow, for tests of the rule that says where
  // that is needed.
  void set_thorough(bool thorough) { thorough_ = thorough; }

  // What an instruction may change besides general registers, RFLAGS and memory.
  enum Touches : uint8_t { kNothing = 0, kVectors = 1, kSystem = 2 };
  static uint8_t touches_of(const Insn& insn);
  // The op that stands before `insn`, whose first byte is at `rip`.
  void emit(const Insn& insn, const uint8_t* bytes, uint64_t rip, Op& op);

  void enter(Cpu& cpu);
  void step(Cpu& cpu, const Op* op);
  // `done` instructions retired in the turn; `faulted`: an exception is pending.
  void end_turn(Cpu& cpu, uint64_t done, bool faulted);
  void store(uint64_t address, uint64_t value, unsigned size);
  void store_bytes(uint64_t address, const void* bytes, size_t size);
  // The processor goes on in a handler.
  void delivered(Cpu& cpu, TraceKind kind, uint8_t vector, uint32_t error);
  // It was changed by none of these.
  void changed_outside(Cpu& cpu) { delivered(cpu, TraceKind::kOutside, 0, 0); }

 private:
  void commit(Cpu& cpu);
  void collect(const Cpu& cpu, uint8_t touches);
  void forget_stores();
  uint32_t site_at(uint32_t site, uint64_t rip);
  TraceEncoder::More more() const;

  TraceEncoder& encoder_;
  std::vector<Cpu*> processors_;
  std::unordered_map<const Cpu*, uint64_t> epochs_;  // as of which their blocks are
  uint64_t epoch_ = 0;
  bool thorough_ = false;
  uint32_t pending_ = kNoSite;  // began, and is not told yet
  uint8_t touches_ = 0;         // of it
  uint64_t begun_ = 0;          // instructions of this turn
  unsigned stores_ = 0;
  TraceStore first_stores_[kMostStores];
  std::vector<TraceStore> more_stores_;
  std::vector<TraceBytes> bulk_;
  std::vector<uint8_t> bytes_;
  std::vector<TraceChange> changes_;
};

// The op before each recorded instruction: op->imm is its site, op->aux what it touches.
VIREO_HANDLER record_step(Cpu& cpu, const Op* op);

}  // namespace vireo
