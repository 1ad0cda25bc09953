// Batches by hand, for tests of what becomes of them.
#pragma once

#include <cstring>
#include <initializer_list>
#include <memory>
#include <utility>
#include <vector>

#include "cpu/trace/trace_batch.h"
#include "cpu/trace/trace_decoder.h"
#include "cpu/trace/trace_encoder.h"

namespace vireo::testing {

class TraceBatchBench {
 public:
  using Bytes = std::vector<uint8_t>;

  // Regular instructions that follow each other from `rip`.
  const TraceStretch& stretch(uint64_t rip, const std::vector<Bytes>& code) {
    TraceStretch made(true);
    for (const Bytes& bytes : code) {
      Insn insn;
      insn.ip = static_cast<uint16_t>(rip & 0xfff);
      decode(bytes, CodeMode::k64, insn);
      made.add(code_at(rip, bytes), effects_of(insn));
      rip += bytes.size();
    }
    return store_.keep(std::move(made));
  }
  // One that is not.
  const TraceStretch& single(uint64_t rip, const Bytes& bytes) {
    TraceStretch made(false);
    made.add(code_at(rip, bytes), {});
    return store_.keep(std::move(made));
  }

  void state(unsigned processor, const TraceRegisters& registers) {
    Bytes bytes{kControlEvent, static_cast<uint8_t>(TraceKind::kState),
                static_cast<uint8_t>(processor)};
    for (const uint64_t value : registers) append(bytes, value);
    record(bytes);
  }
  void processor(unsigned index) {
    record({kControlEvent, static_cast<uint8_t>(TraceKind::kProcessor),
            static_cast<uint8_t>(index)});
  }
  void position(uint64_t instructions) {
    Bytes bytes{kControlEvent, static_cast<uint8_t>(TraceKind::kPosition)};
    append(bytes, instructions);
    record(bytes);
  }
  // `list` ends with kListEnd.
  void event(TraceKind kind, uint8_t vector, uint8_t error, const Bytes& list) {
    Bytes bytes{kControlEvent, static_cast<uint8_t>(kind), vector, error};
    bytes.insert(bytes.end(), list.begin(), list.end());
    record(bytes, kBatchRecord | kBatchStep);
  }
  void run(const TraceStretch& stretch, std::initializer_list<uint64_t> words, uint64_t cut = 0) {
    words_.push_back(reinterpret_cast<uintptr_t>(&stretch) | cut << kBatchCountShift);
    words_.insert(words_.end(), words);
  }
  void run_list(const TraceStretch& stretch, const Bytes& list) {
    record(list, reinterpret_cast<uintptr_t>(&stretch) | kBatchList);
  }

  TraceRecords encode(uint64_t first = 0) {
    TraceBatch batch;
    batch.first = first;
    batch.used = words_.size();
    batch.words = std::make_unique<uint64_t[]>(words_.size() + 1);
    std::copy(words_.begin(), words_.end(), batch.words.get());
    batch.stretches = store_.size();
    words_.clear();
    return encoder_.encode(batch);
  }

  static void append(Bytes& out, uint64_t value) {
    for (unsigned i = 0; i < 8; ++i) out.push_back(static_cast<uint8_t>(value >> 8 * i));
  }

 private:
  static TraceCode code_at(uint64_t rip, const Bytes& bytes) {
    TraceCode code{rip, CodeMode::k64, static_cast<uint8_t>(bytes.size()), {}};
    std::copy(bytes.begin(), bytes.end(), code.bytes.begin());
    return code;
  }
  void record(const Bytes& bytes, uint64_t head = kBatchRecord) {
    words_.push_back(head);
    words_.push_back(bytes.size());
    const size_t at = words_.size();
    words_.resize(at + (bytes.size() + 7) / 8);
    std::memcpy(words_.data() + at, bytes.data(), bytes.size());
  }

  TraceCodeStore store_;
  TraceEncoder encoder_;
  std::vector<uint64_t> words_;
};

}  // namespace vireo::testing
