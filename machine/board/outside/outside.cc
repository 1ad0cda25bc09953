#include "machine/board/outside/outside.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace vireo {
namespace {

constexpr uint64_t kCheckNs = 100'000'000;

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::vector<std::byte> pack(const StateCheck& value) {
  const auto bytes = std::as_bytes(std::span(&value, 1));
  return {bytes.begin(), bytes.end()};
}

// Zeros where a recording from elsewhere has too few bytes.
StateCheck unpack(const std::vector<std::byte>& bytes) {
  StateCheck value{};
  if (bytes.size() == sizeof value) std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

}  // namespace

void Outside::bind(const VirtualClock& clock, std::function<StateCheck()> check,
                   std::function<bool()> stopped, OnTrouble on_trouble) {
  clock_ = &clock;
  check_ = std::move(check);
  stopped_ = std::move(stopped);
  on_trouble_ = std::move(on_trouble);
}

Outside::Moment Outside::now() const {
  if (clock_ == nullptr) return {};
  return {clock_->instructions(), clock_->now_ns()};
}

// --- the row of events --------------------------------------------------------------------

// What ended the recording is no part of a run that goes on.
Outside::Outside(OutsideStart start) : from_file_(start.replay), then_live_(start.then_live) {
  if (start.record) early_.emplace();
  description_ = std::move(start.recording.description);
  events_ = std::move(start.recording.events);
  const auto ends = [](const OutsideEvent& e) {
    return e.kind == OutsideKind::kStop || e.kind == OutsideKind::kEnd;
  };
  while (then_live_ && !events_.empty() && ends(events_.back())) events_.pop_back();
  for (const OutsideEvent& e : events_) {
    if (e.kind == OutsideKind::kSource) names_.push_back(text_of(e.data));
  }
}

void Outside::record_to(std::unique_ptr<RecordWriter> writer) {
  seal();
  writer_ = std::move(writer);
  const std::vector<OutsideEvent> early = std::move(*early_);
  early_.reset();
  for (const OutsideEvent& event : early) write(event);
}

void Outside::go_live() {
  events_.resize(position_);
  taken_ = 0;
  then_live_ = true;
  furthest_ = instructions();
}

OutsideEvent Outside::event(OutsideKind kind, uint32_t source, uint64_t asked) const {
  const Moment moment = now();
  return {kind, source, moment.instructions, moment.virtual_ns, asked, 0, {}};
}

void Outside::append(OutsideEvent event) {
  seal();
  if (recording()) open_ = std::move(event);
}

// What is recorded does not grow any more.
void Outside::seal() {
  if (!open_) return;
  const OutsideEvent event = std::move(*open_);
  open_.reset();
  if (early_) early_->push_back(event);
  write(event);
  if (!keep_) return;
  events_.push_back(event);
  position_ = events_.size();
}

void Outside::write(const OutsideEvent& event) {
  if (writer_ != nullptr) check_written(writer_->append(event));
}

void Outside::flush() {
  seal();
  if (writer_ != nullptr) check_written(writer_->flush());
}

void Outside::check_written(const Result<void>& written) {
  if (written) return;
  writer_.reset();
  on_trouble_(Trouble::kCannotRecord, written.error().message);
}

Outside::Mark Outside::mark() {
  seal();
  return {position_, levels_, calls_at_, calls_};
}

void Outside::rewind(const Mark& mark, uint64_t from) {
  seal();
  furthest_ = std::max(furthest_, from);
  position_ = mark.position;
  taken_ = 0;
  levels_ = mark.levels;
  calls_at_ = mark.calls_at;
  calls_ = mark.calls;
}

// A replay that somebody ends need not be over.
void Outside::end(bool by_guest, int exit_code) {
  if (replaying()) {
    if (!from_file_ || !by_guest) return;
    const OutsideEvent* last = due(OutsideKind::kEnd, 0);
    if (last == nullptr) return diverged("the run's end");
    if (check_) compare(*last);
    return;
  }
  if (!recording()) return;
  OutsideEvent last = event(OutsideKind::kEnd, 0);
  last.value = static_cast<uint64_t>(exit_code);
  if (check_) last.data = pack(check_());
  append(std::move(last));
  flush();
}

// --- playing back -------------------------------------------------------------------------

const OutsideEvent* Outside::ahead() {
  while (replaying() && events_[position_].kind == OutsideKind::kSource) ++position_;
  return replaying() ? &events_[position_] : nullptr;
}

// The event ahead, if it is for this question, asked for the `asked`th time or later.
const OutsideEvent* Outside::due(OutsideKind kind, uint32_t source, uint64_t asked) {
  const OutsideEvent* next = ahead();
  if (next == nullptr || next->kind != kind || next->source != source) return nullptr;
  if (asked < next->asked) return nullptr;
  return Moment{next->instructions, next->virtual_ns} == now() ? next : nullptr;
}

std::string Outside::source_name(const OutsideEvent& event) const {
  if (event.source == 0 || event.source > names_.size()) return {};
  return names_[event.source - 1];
}

void Outside::diverged(const std::string& got) {
  if (std::exchange(told_, true)) return;
  const OutsideEvent* next = ahead();
  const OutsideEvent here = event(OutsideKind::kCheck, 0);
  const uint64_t rip = check_ ? check_().rip : 0;
  const std::string expected =
      next == nullptr ? "nothing more" : describe(*next, source_name(*next));
  on_trouble_(Trouble::kDiverged,
              fmt::format("the replay differs from the recording: expected {}; got {}, {}, rip "
                          "{:#x}",
                          expected, got, describe(here, ""), rip));
}

void Outside::missed() {
  const OutsideEvent* next = ahead();
  if (next == nullptr) return;
  const Moment moment = now();
  const bool late =
      next->instructions < moment.instructions ||
      (next->instructions == moment.instructions && next->virtual_ns < moment.virtual_ns);
  if (late) diverged("nobody to take it");
}

// --- checks -------------------------------------------------------------------------------

bool Outside::poll_input() {
  if (replaying()) {
    missed();
    compare_check();
    if (!replaying() && needs_no_host() && !std::exchange(told_, true)) {
      on_trouble_(Trouble::kOver, "the recording was cut short and ends here");
    }
  } else if (recording()) {
    record_check();
  }
  return false;
}

void Outside::record_check() {
  const uint64_t ns = now().virtual_ns;
  if (ns < next_check_ns_ || !check_) return;
  next_check_ns_ = (ns / kCheckNs + 1) * kCheckNs;
  OutsideEvent recorded = event(OutsideKind::kCheck, 0);
  recorded.data = pack(check_());
  append(std::move(recorded));
  flush();
}

void Outside::compare_check() {
  const OutsideEvent* next = due(OutsideKind::kCheck, 0);
  if (next != nullptr && compare(*next)) ++position_;
}

bool Outside::compare(const OutsideEvent& recorded) {
  const auto expected = unpack(recorded.data);
  const StateCheck got = check_();
  if (expected.sum == got.sum) return true;
  diverged(fmt::format("checksum {:016x} instead of {:016x} with rip {:#x}", got.sum, expected.sum,
                       expected.rip));
  return false;
}

}  // namespace vireo
