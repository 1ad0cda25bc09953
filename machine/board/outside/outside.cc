#include "machine/board/outside/outside.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

namespace vireo {
namespace {

constexpr uint64_t kCheckNs = 100'000'000;
// A replay that waits so often without an event waits for ever.
constexpr unsigned kMostWaits = 10'000;
constexpr unsigned kWhichBits = 8;

uint64_t level_key(uint32_t source, unsigned which) {
  return uint64_t{source} << kWhichBits | which;
}

std::vector<std::byte> bytes_of(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

template <typename T>
std::vector<std::byte> pack(const T& value) {
  const auto bytes = std::as_bytes(std::span(&value, 1));
  return {bytes.begin(), bytes.end()};
}

// Zeros where a recording from elsewhere has too few bytes.
template <typename T>
T unpack(const std::vector<std::byte>& bytes) {
  T value{};
  if (bytes.size() == sizeof value) std::memcpy(&value, bytes.data(), sizeof value);
  return value;
}

// Of a level's event: which call of its moment got the answer, and of which question.
struct LevelCall {
  uint64_t call = 0;
  uint64_t key = 0;
};

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

OutsideEvent Outside::event(OutsideKind kind, uint32_t source) const {
  const Moment moment = now();
  return {kind, source, moment.instructions, moment.virtual_ns, 0, {}};
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

const OutsideEvent* Outside::due(OutsideKind kind, uint32_t source) {
  const OutsideEvent* next = ahead();
  if (next == nullptr || next->kind != kind || next->source != source) return nullptr;
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
  const bool late = next->instructions < moment.instructions ||
                    (next->instructions == moment.instructions &&
                     next->virtual_ns < moment.virtual_ns);
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
  const auto expected = unpack<StateCheck>(recorded.data);
  const StateCheck got = check_();
  if (expected.sum == got.sum) return true;
  diverged(fmt::format("checksum {:016x} instead of {:016x} with rip {:#x}", got.sum,
                       expected.sum, expected.rip));
  return false;
}

// --- questions ----------------------------------------------------------------------------

uint32_t Outside::open_source(const std::string& name) {
  if (from_file_) {
    const auto at = std::find(names_.begin(), names_.end(), name);
    return at == names_.end() ? 0 : static_cast<uint32_t>(at - names_.begin()) + 1;
  }
  names_.push_back(name);
  const auto number = static_cast<uint32_t>(names_.size());
  OutsideEvent opened = event(OutsideKind::kSource, number);
  opened.data = bytes_of(name);
  append(std::move(opened));
  return number;
}

std::optional<uint8_t> Outside::byte(uint32_t source,
                                     const std::function<std::optional<uint8_t>()>& ask) {
  if (source == 0) return ask();
  if (replaying()) {
    const OutsideEvent* next = due(OutsideKind::kBytes, source);
    if (next == nullptr || next->data.empty()) return std::nullopt;
    const auto byte = static_cast<uint8_t>(next->data[taken_]);
    if (++taken_ >= next->data.size()) {
      taken_ = 0;
      ++position_;
    }
    return byte;
  }
  const auto byte = ask();
  if (!byte || !recording()) return byte;
  const bool grows = open_ && open_->kind == OutsideKind::kBytes && open_->source == source &&
                     Moment{open_->instructions, open_->virtual_ns} == now();
  if (!grows) append(event(OutsideKind::kBytes, source));
  open_->data.push_back(static_cast<std::byte>(*byte));
  return byte;
}

bool Outside::arrival(uint32_t source, const std::function<bool()>& ask) {
  if (source == 0) return ask();
  if (replaying()) {
    if (due(OutsideKind::kArrival, source) == nullptr) return false;
    ++position_;
    return true;
  }
  const bool came = ask();
  if (came) append(event(OutsideKind::kArrival, source));
  return came;
}

std::optional<OutsideEvent> Outside::packet(
    uint32_t source, const std::function<std::optional<OutsideEvent>()>& ask) {
  if (source == 0) return ask();
  if (replaying()) {
    const OutsideEvent* next = due(OutsideKind::kFrame, source);
    if (next == nullptr) return std::nullopt;
    ++position_;
    return *next;
  }
  auto came = ask();
  if (!came || !recording()) return came;
  OutsideEvent recorded = event(OutsideKind::kFrame, source);
  recorded.value = came->value;
  recorded.data = came->data;
  append(std::move(recorded));
  return came;
}

uint64_t Outside::value(const std::function<uint64_t()>& ask) {
  if (replaying()) {
    const OutsideEvent* next = due(OutsideKind::kValue, 0);
    if (next == nullptr) return ask();
    ++position_;
    return next->value;
  }
  OutsideEvent recorded = event(OutsideKind::kValue, 0);
  recorded.value = ask();
  const uint64_t answer = recorded.value;
  append(std::move(recorded));
  return answer;
}

// How often this question was asked at this moment before.
uint64_t Outside::count_call(uint64_t key) {
  if (!(calls_at_ == now())) {
    calls_at_ = now();
    calls_.clear();
  }
  return calls_[key]++;
}

uint64_t Outside::level(uint32_t source, unsigned which, const std::function<uint64_t()>& ask) {
  if (source == 0) return ask();
  const uint64_t key = level_key(source, which);
  if (replaying()) {
    const uint64_t call = count_call(key);
    const OutsideEvent* next = due(OutsideKind::kLevel, source);
    if (next == nullptr) return levels_[key];
    const auto recorded = unpack<LevelCall>(next->data);
    if (recorded.key != key || recorded.call > call) return levels_[key];
    ++position_;
    return levels_[key] = next->value;
  }
  if (!recording()) return ask();
  const uint64_t call = count_call(key);
  const uint64_t answer = ask();
  const auto before = levels_.find(key);
  if (before != levels_.end() && before->second == answer) return answer;
  levels_[key] = answer;
  OutsideEvent recorded = event(OutsideKind::kLevel, source);
  recorded.value = answer;
  recorded.data = pack(LevelCall{call, key});
  append(std::move(recorded));
  return answer;
}

// Host time that passed while the machine was idle is machine time.
uint64_t Outside::wait(const std::function<uint64_t()>& ask) {
  const bool stopped = stopped_ && stopped_();
  if (stopped && !replaying()) return ask();
  if (replaying()) {
    const OutsideEvent* next = due(OutsideKind::kWait, 0);
    if (next != nullptr) {
      idle_waits_ = 0;
      ++position_;
      return next->value;
    }
    const OutsideEvent* ahead = this->ahead();
    const bool later = ahead == nullptr ||
                       !(Moment{ahead->instructions, ahead->virtual_ns} == now());
    if (stopped && later) return ask();
    if (++idle_waits_ > kMostWaits) diverged("a machine that waits for nothing");
    return told_ ? ask() : 0;
  }
  if (idle()) return ask();
  flush();
  OutsideEvent recorded = event(OutsideKind::kWait, 0);
  recorded.value = ask();
  const uint64_t passed = recorded.value;
  if (passed != 0) append(std::move(recorded));
  return passed;
}

// Somebody outside may also end a replay.
uint64_t Outside::stop(const std::function<uint64_t()>& ask) {
  if (replaying()) {
    if (const OutsideEvent* next = due(OutsideKind::kStop, 0)) {
      ++position_;
      return next->value;
    }
    return ask();
  }
  if (idle()) return ask();
  OutsideEvent recorded = event(OutsideKind::kStop, 0);
  recorded.value = ask();
  const uint64_t wish = recorded.value;
  if (wish != 0) append(std::move(recorded));
  return wish;
}

}  // namespace vireo
