#include "machine/board/insn_trace_file.h"

#include <fmt/format.h>

#include <utility>

#include "cpu/trace/insn_trace.h"

namespace vireo {

Result<std::unique_ptr<InsnTraceFile>> InsnTraceFile::create(const InsnTraceConfig& config,
                                                             Processors& processors) {
  auto writer = BlockFileWriter::create(
      config.path, fmt::format("vireo, {} vCPUs", processors.size()), "-trace-insns");
  if (!writer) return writer.error();
  std::vector<Cpu*> cpus;
  for (size_t i = 0; i < processors.size(); ++i) cpus.push_back(&processors.at(i).cpu());
  return std::unique_ptr<InsnTraceFile>(new InsnTraceFile(std::move(*writer), std::move(cpus)));
}

InsnTraceFile::InsnTraceFile(std::unique_ptr<BlockFileWriter> writer, std::vector<Cpu*> cpus)
    : writer_(std::move(writer)), recorder_(*this, std::move(cpus)) {
  InsnTrace::arm(&recorder_);
  recorder_.set_recording(true);
}

void InsnTraceFile::write(TraceBatch batch) {
  writer_->write([this, kept = std::make_shared<TraceBatch>(std::move(batch))](unsigned worker) {
    TraceRecords records = encoders_[worker].encode(*kept);
    return BlockFileWriter::Block{std::move(records.bytes),
                                  {records.info.first, records.info.steps}};
  });
}

void InsnTraceFile::finish() {
  recorder_.set_recording(false);
  recorder_.finish();
  const auto finished = writer_->finish();
  if (!finished) fmt::print(stderr, "vireo: {}\n", finished.error().message);
}

void record_instructions(bool on) {
  if (InsnTrace::armed()) InsnTrace::recorder().set_recording(on);
}

}  // namespace vireo
