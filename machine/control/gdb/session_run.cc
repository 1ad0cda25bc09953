// Going on, stepping, stopping; breakpoints and watchpoints.
#include <fmt/format.h>

#include <utility>

#include "machine/control/gdb/session.h"

namespace vireo {
namespace {

// Signals by gdb's numbers.
constexpr unsigned kSigInt = 2, kSigTrap = 5;
// Registers that gdb wants to know at each stop, by number.
constexpr size_t kRbpNumber = 6, kRspNumber = 7, kRipNumber = 16;

constexpr size_t kMostPoints = 65536;
enum PointType : uint64_t { kSoftware, kHardware, kWrite, kRead, kAccess };

DebugPoints::Watch watch_of(uint64_t type) {
  if (type == kWrite) return DebugPoints::Watch::kWrite;
  return type == kRead ? DebugPoints::Watch::kRead : DebugPoints::Watch::kAccess;
}

std::string_view watch_name(DebugPoints::Watch watch) {
  switch (watch) {
    case DebugPoints::Watch::kRead:
      return "rwatch";
    case DebugPoints::Watch::kAccess:
      return "awatch";
    case DebugPoints::Watch::kWrite:
      break;
  }
  return "watch";
}

}  // namespace

std::string GdbSession::stop_reply(size_t cpu, unsigned signal, std::string_view reason) {
  cpu_ = step_cpu_ = cpu;
  std::string text = fmt::format("T{:02x}thread:{:x};{}", signal, cpu + 1, reason);
  for (const size_t number : {kRbpNumber, kRspNumber, kRipNumber}) {
    const RegisterValue value = target_.read_register(cpu, number);
    text +=
        fmt::format("{:02x}:{};", number, to_hex(std::as_bytes(std::span(value.bytes).first(8))));
  }
  return text;
}

void GdbSession::tell_state(PacketText) { send_(stop_reply(cpu_, kSigTrap)); }

void GdbSession::tell_stop(const DebugTarget::Stop& stop) {
  std::string reason;
  if (stop.what.kind == DebugStop::Kind::kWatchpoint) {
    reason = fmt::format("{}:{:x};", watch_name(stop.what.watch), stop.what.address);
  } else if (stop.what.kind == DebugStop::Kind::kBreakpoint && pc(stop.cpu) == stop.what.address) {
    // Where the code segment has a base gdb would look for its breakpoint at the mere offset, not
    // find it, and go on at once; without a reason it shows the stop as a signal.
    const auto at = points_.lower_bound({kHardware, stop.what.address, 0});
    const bool hardware =
        at != points_.end() && at->type == kHardware && at->address == stop.what.address;
    reason = hardware ? "hwbreak:;" : "swbreak:;";
  }
  send_(stop_reply(stop.cpu, kSigTrap, reason));
}

// As gdb has it: without the base of the code segment.
uint64_t GdbSession::pc(size_t cpu) const {
  const RegisterValue rip = target_.read_register(cpu, kRipNumber);
  uint64_t at = 0;
  for (unsigned i = 8; i-- > 0;) at = at << 8 | rip.bytes[i];
  return at;
}

bool GdbSession::in_range() const {
  const uint64_t at = pc(step_cpu_);
  return at >= range_->first && at < range_->end;
}

bool GdbSession::look() {
  if (!running_ || !panel_.run.stopped()) return false;
  if (backwards_.under_way()) return look_back();
  const auto stop = target_.take_stop();
  const bool stepped = stop && stop->what.kind == DebugStop::Kind::kStep;
  if (stepped && range_ && !interrupted_ && in_range()) {
    target_.step(step_cpu_, into_interrupts_);
    return true;
  }
  running_ = false;
  range_.reset();
  if (stop)
    tell_stop(*stop);
  else
    send_(stop_reply(target_.current_cpu(), kSigInt));
  interrupted_ = false;
  return false;
}

// True while there is another leg to go.
bool GdbSession::look_back() {
  const auto arrival = backwards_.advance();
  if (!arrival) return true;
  running_ = false;
  const unsigned signal = std::exchange(interrupted_, false) ? kSigInt : kSigTrap;
  if (arrival->stop) tell_stop(*arrival->stop);
  else if (!arrival->beginning) send_(stop_reply(target_.current_cpu(), signal));
  else send_(stop_reply(target_.current_cpu(), kSigTrap, "replaylog:begin;"));
  return false;
}

// What cannot be gone back to is refused, and nothing has happened.
void GdbSession::step_back(PacketText) {
  if (!panel_.time_travel.enabled()) return send_(kRefused);
  settle();
  running_ = went_on_ = true;
  if (!backwards_.step()) {
    running_ = false;
    send_(kRefused);
  }
}

void GdbSession::run_back(PacketText) {
  if (!panel_.time_travel.enabled()) return send_(kRefused);
  settle();
  running_ = went_on_ = true;
  if (!backwards_.run()) {
    running_ = false;
    send_(kRefused);
  }
}

void GdbSession::interrupt() {
  interrupted_ = true;
  panel_.run.stop();
}

void GdbSession::tell_end(int exit_code) {
  if (!over_) send_(fmt::format("W{:02x}", static_cast<unsigned>(exit_code) & 0xff));
}

void GdbSession::resume() {
  settle();
  running_ = went_on_ = true;
  interrupted_ = false;
  range_.reset();
  target_.go_on();
}

void GdbSession::step_cpu(size_t cpu) {
  settle();
  running_ = went_on_ = true;
  interrupted_ = false;
  range_.reset();
  step_cpu_ = cpu;
  target_.step(cpu, into_interrupts_);
}

// An address, if one is given.
bool GdbSession::goes_to(PacketText& text) {
  if (text.empty()) return true;
  const auto address = text.number();
  if (!address) {
    send_(kBadPacket);
    return false;
  }
  RegisterValue value;
  for (unsigned i = 0; i < 8; ++i) value.bytes[i] = static_cast<uint8_t>(*address >> 8 * i);
  return target_.write_register(step_cpu_, kRipNumber, value);
}

void GdbSession::go_on(PacketText text) {
  if (goes_to(text)) resume();
}

void GdbSession::step(PacketText text) {
  if (goes_to(text)) step_cpu(step_cpu_);
}

// There are no signals to be given to a machine.
void GdbSession::go_on_with_signal(PacketText text) {
  text.until(';');
  go_on(text);
}

void GdbSession::step_with_signal(PacketText text) {
  text.until(';');
  step(text);
}

// ACTION[:THREAD];...: one processor may be stepped; the others have their turns all the same,
// as otherwise the run would become another one.
void GdbSession::resume_each(PacketText text) {
  std::optional<size_t> stepped;
  std::optional<Range> range;
  while (!text.empty()) {
    PacketText action(text.until(';'));
    const bool step = action.take('s') || action.take('S');
    const bool through = !step && action.take('r');
    if (!step && !through && !action.take('c') && !action.take('C')) return send_(kBadPacket);
    const auto first = action.number();
    const auto end = action.take(',') ? action.number() : std::nullopt;
    if (through && (!first || !end)) return send_(kBadPacket);
    const auto cpu = action.take(':') ? thread(action) : std::optional<size_t>(step_cpu_);
    if (!cpu) return send_(kNoSuch);
    if (stepped || (!step && !through)) continue;
    stepped = cpu;
    if (through) range = Range{*first, *end};
  }
  if (!stepped) return resume();
  step_cpu(*stepped);
  range_ = range;
}

// TYPE,ADDRESS,KIND[;...]
std::optional<GdbSession::Point> GdbSession::point_of(PacketText& text) const {
  const auto type = text.number();
  const bool first = text.take(',');
  const auto address = text.number();
  const bool second = text.take(',');
  const auto size = text.number();
  if (!type || *type > kAccess || !first || !address || !second || !size) return std::nullopt;
  // Of a breakpoint it says how many bytes a patch would take.
  return Point{*type, *address, *type <= kHardware ? 0 : *size};
}

// What is there already stays there once.
void GdbSession::insert_point(PacketText text) {
  const auto point = point_of(text);
  if (!point) return send_(kBadPacket);
  if (points_.size() == kMostPoints) return send_(kTooMany);
  if (points_.insert(*point).second) {
    if (point->type <= kHardware)
      target_.add_breakpoint(point->address);
    else
      target_.add_watchpoint(point->address, point->size, watch_of(point->type));
  }
  send_("OK");
}

void GdbSession::remove_point(PacketText text) {
  const auto point = point_of(text);
  if (!point) return send_(kBadPacket);
  if (points_.erase(*point) != 0) {
    if (point->type <= kHardware)
      target_.remove_breakpoint(point->address);
    else
      target_.remove_watchpoint(point->address, point->size, watch_of(point->type));
  }
  send_("OK");
}

// The machine goes on as if nobody had been there.
void GdbSession::detach(PacketText) {
  send_("OK");
  over_ = true;
  backwards_.give_up();
  target_.detach();
  panel_.run.resume();
}

void GdbSession::kill(PacketText text) {
  if (!text.empty()) return send_(kBadPacket);
  over_ = true;
  panel_.run.quit();
}

void GdbSession::kill_process(PacketText) {
  send_("OK");
  kill(PacketText(""));
}

}  // namespace vireo
