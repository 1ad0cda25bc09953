// What gdb asks about the target, its threads, and its ways.
#include <fmt/format.h>

#include <algorithm>

#include "machine/control/gdb/packets.h"
#include "machine/control/gdb/session.h"
#include "machine/control/gdb/target_description.h"
#include "machine/control/monitor/command.h"

namespace vireo {
namespace {

// Bits of QEMU's packets for single steps, which gdb users know.
constexpr uint64_t kStepEnable = 1, kStepNoInterrupts = 2, kStepNoTimers = 4;

// Whether the future of the machine is what it was, after a command of the monitor.
bool only_looks(std::string_view words) {
  constexpr std::string_view kLooks[] = {"info", "help", "?", "x", "xp", "print", "p", "stop",
                                         "cont"};
  const auto parsed = parse_command(words);
  if (!parsed || parsed->row == nullptr) return true;
  const std::string_view name = parsed->row->name.substr(0, parsed->row->name.find(' '));
  return std::find(std::begin(kLooks), std::end(kLooks), name) != std::end(kLooks);
}

}  // namespace

void GdbSession::supported(PacketText) {
  const bool back = panel_.time_travel.enabled();
  send_(
      fmt::format("PacketSize={:x};qXfer:features:read+;QStartNoAckMode+;vContSupported+;"
                  "swbreak+;hwbreak+{}",
                  kMaxGdbPacket, back ? ";ReverseStep+;ReverseContinue+" : ""));
}

// A piece of the document: OFFSET,LENGTH.
void GdbSession::read_description(PacketText text) {
  const auto offset = text.number();
  const bool comma = text.take(',');
  const auto length = text.number();
  if (!offset || !comma || !length) return send_(kBadPacket);
  const std::string document = target_description(target_.registers());
  if (*offset > document.size()) return send_(kBadPacket);
  const uint64_t most = std::min<uint64_t>(*length, kMaxGdbPacket / 2);
  const std::string piece = document.substr(*offset, most);
  send_((*offset + piece.size() == document.size() ? "l" : "m") + piece);
}

void GdbSession::stop_acknowledging(PacketText) {
  send_("OK");
  silent_ = true;
}

void GdbSession::list_threads(PacketText) {
  std::string list;
  for (size_t i = 1; i <= target_.cpus(); ++i) list += fmt::format("{}{:x}", i > 1 ? "," : "", i);
  send_("m" + list);
}

void GdbSession::thread_info(PacketText text) {
  const auto cpu = thread(text);
  if (!cpu) return send_(kNoSuch);
  send_(to_hex(fmt::format("vCPU {} [{}]", *cpu, target_.state_of(*cpu))));
}

void GdbSession::thread_alive(PacketText text) {
  send_(thread(text) ? std::string_view("OK") : kNoSuch);
}

void GdbSession::select_thread(PacketText text) {
  const bool general = text.take('g');
  if (!general && !text.take('c')) return send_(kBadPacket);
  const auto cpu = thread(text);
  if (!cpu) return send_(kNoSuch);
  (general ? cpu_ : step_cpu_) = *cpu;
  send_("OK");
}

// A line for the monitor, in hexadecimal; its output goes first, in pieces.
void GdbSession::run_command(PacketText text) {
  const auto line = from_hex(text.rest());
  if (!line) return send_(kBadPacket);
  const std::string words(reinterpret_cast<const char*>(line->data()), line->size());
  panel_.cpu = static_cast<unsigned>(cpu_);
  const auto result = vireo::run_command(panel_, words);
  if (!only_looks(words)) changed_ = true;
  const std::string shown =
      result.ok() ? *result : fmt::format("Error: {}\n", result.error().message);
  constexpr size_t kPiece = kMaxGdbPacket / 2 - 1;
  for (size_t at = 0; at < shown.size(); at += kPiece) {
    send_(fmt::format("O{}", to_hex(std::string_view(shown).substr(at, kPiece))));
  }
  send_("OK");
}

void GdbSession::physical_mode(PacketText) { send_(physical_ ? "1" : "0"); }

void GdbSession::set_physical_mode(PacketText text) {
  const auto mode = text.number();
  if (!mode || *mode > 1) return send_(kBadPacket);
  physical_ = *mode == 1;
  send_("OK");
}

void GdbSession::step_rules(PacketText) {
  const uint64_t quiet = into_interrupts_ ? 0 : kStepNoInterrupts | kStepNoTimers;
  send_(fmt::format("0x{:x}", kStepEnable | quiet));
}

void GdbSession::set_step_rules(PacketText text) {
  if (!text.take('=') && !text.take(':')) return send_(kBadPacket);
  text.take("0x");
  const auto bits = text.number();
  if (!bits || !(*bits & kStepEnable)) return send_(kBadPacket);
  into_interrupts_ = !(*bits & kStepNoInterrupts);
  send_("OK");
}

}  // namespace vireo
