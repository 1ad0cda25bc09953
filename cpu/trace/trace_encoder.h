// Writes an instruction trace: steps of the processors into blocks of records, each of which
// can be read without the others.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "cpu/trace/trace_format.h"
#include "cpu/trace/trace_values.h"

namespace vireo {

class TraceEncoder {
 public:
  // Bytes of records after which a block is finished.
  static constexpr size_t kBlockBytes = size_t{4} << 20;
  // What one step can take at most without its list of others.
  static constexpr size_t kMostStepBytes = 512;

  // The sink must outlive it.
  explicit TraceEncoder(TraceBlockSink& sink, size_t block_bytes = kBlockBytes);

  // The number of a piece of code, the same for the same.
  uint32_t add_code(const TraceCode& code);
  const TraceCode& code(uint32_t site) const { return sites_[site].code; }
  size_t sites() const { return sites_.size(); }
  // Forgets all code: numbers given before mean nothing any more.
  void forget_code();

  // What follows is of this processor, whose registers are these unless told before.
  void processor(unsigned index, const TraceRegisters& registers);
  // The registers of the current processor, as told so far.
  const TraceRegisters& registers() const { return current_->registers; }
  // So many instructions of the machine went before what follows.
  void position(uint64_t instructions);
  uint64_t instructions() const { return instructions_; }

  // What an instruction did besides what its shape names.
  struct More {
    std::span<const TraceChange> changes;
    std::span<const TraceStore> stores;
    std::span<const TraceBytes> bulk;  // at most kMostBulk each
    std::span<const uint8_t> bytes;    // of `bulk`
  };
  // An instruction that retired. `general` are the 16 general registers after it and `flags`
  // RFLAGS; `stores` has as many as the shape says.
  void instruction(uint32_t site, uint32_t shape, const uint64_t* general, uint64_t flags,
                   const TraceStore* stores, const More& more);
  // Something that is no instruction.
  void event(TraceKind kind, uint8_t vector, uint32_t error, const More& more);

  // Hands over what is left. Nothing may follow.
  void finish();

 private:
  struct Site {
    TraceCode code;
    uint32_t same_rip = kNoSite;  // another with the same RIP
    uint32_t block = 0;           // in which it was told, and its number there
    uint32_t number = 0;
    TraceMemory memory;
  };
  struct Processor {
    uint32_t told_in = 0;  // the block that knows its registers
    TraceRegisters registers{};
  };
  void make_room(size_t bytes = kMostStepBytes);
  void begin_step();
  void start_block();
  void hand_over();
  void flush_run();
  void tell_processor();
  void tell_site(Site& site);
  unsigned list_values(const TraceCode& code, uint32_t shape, const uint64_t* general,
                       uint64_t flags, const TraceStore* stores, TraceValue* out) const;
  bool foretold(const TraceMemory& memory, const TraceValue* values, unsigned count) const;
  void put_values(TraceMemory& memory, const TraceValue* values, unsigned count);
  void put_value(TracePrediction& prediction, const TraceValue& value);
  void put_more(const More& more);
  void put_bulk(const TraceBytes& bulk, std::span<const uint8_t> bytes);
  void take_more(const More& more);

  void put(uint8_t byte) { *out_++ = byte; }
  void put_number(uint64_t value);
  void put_word(uint64_t value);

  TraceBlockSink& sink_;
  size_t block_bytes_;
  std::vector<uint8_t> buffer_;
  uint8_t* out_ = nullptr;
  uint8_t* full_ = nullptr;  // a step begun behind this goes into the next block
  unsigned run_ = 0;         // steps as foretold that are not yet written
  uint32_t block_ = 0;
  uint32_t told_ = 0;        // sites of this block
  uint32_t last_ = kNoSite;
  uint64_t instructions_ = 0;
  TraceBlockInfo info_;
  std::vector<Site> sites_;
  std::unordered_map<uint64_t, uint32_t> by_rip_;
  std::vector<std::unique_ptr<Processor>> processors_;
  Processor* current_ = nullptr;
  unsigned index_ = 0;
};

}  // namespace vireo
