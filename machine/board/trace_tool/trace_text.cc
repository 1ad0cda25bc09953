#include "machine/board/trace_tool/trace_text.h"

#include <fmt/format.h>

#include "cpu/block/trace.h"

namespace vireo {
namespace {

constexpr size_t kMostStoresShown = 8;

std::string instruction_text(const TraceCode& code) {
  return disassemble(code.bytes.data(), code.length, code.mode, code.rip);
}

std::string event_name(const TraceStep& step) {
  switch (step.kind) {
    case TraceKind::kException:
      return fmt::format("exception {} error {:#x}", step.vector, step.error);
    case TraceKind::kInterrupt:
      return fmt::format("interrupt {}", step.vector);
    default:
      return "reset, INIT or SMI";
  }
}

}  // namespace

std::string effects_text(const TraceStep& step) {
  std::string text;
  for (const TraceChange& change : step.changes) {
    text += fmt::format(" {}={:x}", trace_register_name(change.number), change.value);
  }
  for (size_t i = 0; i < step.stores.size() && i < kMostStoresShown; ++i) {
    const TraceStore& store = step.stores[i];
    text += fmt::format(" [{:x}]{}={:x}", store.address, store.size, store.value);
  }
  if (step.stores.size() > kMostStoresShown) {
    text += fmt::format(" and {} more stores", step.stores.size() - kMostStoresShown);
  }
  return text.empty() ? text : text.substr(1);
}

std::string step_text(const TraceStep& step, const SymbolTable* symbols) {
  std::string text = fmt::format("{:>12} ", step.index);
  if (step.processor != 0) text += fmt::format("cpu{} ", step.processor);
  if (step.kind != TraceKind::kInstruction) {
    return text + fmt::format("-- {}: {}", event_name(step), effects_text(step));
  }
  std::string place = fmt::format("{:016x}", step.code.rip);
  const std::string name = symbols != nullptr ? symbols->describe(step.code.rip) : "";
  if (!name.empty()) place += fmt::format(" <{}>", name);
  const std::string effects = effects_text(step);
  text += fmt::format("{}  {}", place, instruction_text(step.code));
  return effects.empty() ? text : fmt::format("{:<72} ; {}", text, effects);
}

std::string mnemonic_of(const TraceCode& code) {
  const std::string text = instruction_text(code);
  size_t end = text.find(' ');
  for (const char* prefix : {"lock", "rep", "repe", "repne"}) {
    if (end != std::string::npos && text.substr(0, end) == prefix) end = text.find(' ', end + 1);
  }
  return text.substr(0, end);
}

}  // namespace vireo
