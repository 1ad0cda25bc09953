// -trace-insns: a run's instructions, one by one, in a file that `vireo trace` reads.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "cpu/trace/insn_recorder.h"
#include "cpu/trace/trace_encoder.h"
#include "machine/base/result.h"
#include "machine/board/processors.h"
#include "machine/board/trace_config.h"
#include "machine/host/block_file_writer.h"

namespace vireo {

class InsnTraceFile final : private TraceBatchSink {
 public:
  // Creates the file and records from now on, which must be before the first instruction: or
  // fails naming the file. The processors must outlive it.
  static Result<std::unique_ptr<InsnTraceFile>> create(const InsnTraceConfig& config,
                                                       Processors& processors);

  // Writes what is left; tells on standard error when anything was lost: the run is as good
  // as without.
  void finish();

 private:
  InsnTraceFile(std::unique_ptr<BlockFileWriter> writer, std::vector<Cpu*> cpus);
  void write(TraceBatch batch) override;

  // Of the writer's workers. A block does not depend on what an encoder did before.
  std::array<TraceEncoder, BlockFileWriter::kMostWorkers> encoders_;
  std::unique_ptr<BlockFileWriter> writer_;
  InsnRecorder recorder_;
};

// Opens and closes the trace of the machine that runs, where there is one; between two
// instructions.
void record_instructions(bool on);

}  // namespace vireo
