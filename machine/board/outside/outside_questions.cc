// The questions that the machine asks of the outside.
#include <utility>

#include "machine/base/plain_bytes.h"
#include "machine/board/outside/outside.h"

namespace vireo {
namespace {

// A replay that waits so often without an event waits for ever.
constexpr unsigned kMostWaits = 10'000;
constexpr unsigned kWhichBits = 8, kSourceBits = 32;

uint64_t level_key(uint32_t source, unsigned which) {
  return uint64_t{source} << kWhichBits | which;
}

// What an event holds of a source's several questions.
std::vector<std::byte> of_which(unsigned which) { return {static_cast<std::byte>(which)}; }

}  // namespace

uint32_t Outside::open_source(const std::string& name) {
  if (from_file_) {
    const auto at = std::find(names_.begin(), names_.end(), name);
    return at == names_.end() ? 0 : static_cast<uint32_t>(at - names_.begin()) + 1;
  }
  names_.push_back(name);
  const auto number = static_cast<uint32_t>(names_.size());
  OutsideEvent opened = event(OutsideKind::kSource, number);
  opened.data = text_bytes(name);
  append(std::move(opened));
  return number;
}

// How often this question was asked at this moment before. While the machine stands still it is
// not counted: how often somebody looks then is the host's matter.
uint64_t Outside::count_asked(OutsideKind kind, uint32_t source, unsigned which) {
  if (!(calls_at_ == now())) {
    calls_at_ = now();
    calls_.clear();
  }
  const uint64_t key =
      uint64_t{static_cast<uint8_t>(kind)} << (kSourceBits + kWhichBits) | level_key(source, which);
  uint64_t& count = calls_[key];
  return is_stopped() ? count : count++;
}

// Bytes that came at one call after the other are one event.
bool Outside::grows(uint32_t source, uint64_t asked) const {
  return open_ && open_->kind == OutsideKind::kBytes && open_->source == source &&
         Moment{open_->instructions, open_->virtual_ns} == now() &&
         grows_at_ == asked;
}

std::optional<uint8_t> Outside::byte(uint32_t source,
                                     const std::function<std::optional<uint8_t>()>& ask) {
  if (source == 0 || idle()) return ask();
  const uint64_t asked = count_asked(OutsideKind::kBytes, source);
  if (replaying()) {
    const OutsideEvent* next = due(OutsideKind::kBytes, source, asked);
    if (next == nullptr || next->data.empty()) return std::nullopt;
    const auto byte = static_cast<uint8_t>(next->data[taken_]);
    if (++taken_ >= next->data.size()) {
      taken_ = 0;
      ++position_;
    }
    return byte;
  }
  const auto byte = ask();
  if (!byte) return byte;
  if (!grows(source, asked)) append(event(OutsideKind::kBytes, source, asked));
  open_->data.push_back(static_cast<std::byte>(*byte));
  grows_at_ = is_stopped() ? asked : asked + 1;
  return byte;
}

bool Outside::arrival(uint32_t source, const std::function<bool()>& ask) {
  if (source == 0 || idle()) return ask();
  const uint64_t asked = count_asked(OutsideKind::kArrival, source);
  if (replaying()) {
    if (due(OutsideKind::kArrival, source, asked) == nullptr) return false;
    ++position_;
    return true;
  }
  const bool came = ask();
  if (came) append(event(OutsideKind::kArrival, source, asked));
  return came;
}

std::optional<OutsideEvent> Outside::packet(
    uint32_t source, const std::function<std::optional<OutsideEvent>()>& ask) {
  if (source == 0 || idle()) return ask();
  const uint64_t asked = count_asked(OutsideKind::kFrame, source);
  if (replaying()) {
    const OutsideEvent* next = due(OutsideKind::kFrame, source, asked);
    if (next == nullptr) return std::nullopt;
    ++position_;
    return *next;
  }
  auto came = ask();
  if (!came) return came;
  OutsideEvent recorded = event(OutsideKind::kFrame, source, asked);
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

uint64_t Outside::level(uint32_t source, unsigned which, const std::function<uint64_t()>& ask) {
  if (source == 0 || idle()) return ask();
  const uint64_t key = level_key(source, which);
  const uint64_t asked = count_asked(OutsideKind::kLevel, source, which);
  if (replaying()) {
    const OutsideEvent* next = due(OutsideKind::kLevel, source, asked);
    if (next == nullptr || next->data != of_which(which)) return levels_[key];
    ++position_;
    return levels_[key] = next->value;
  }
  const uint64_t answer = ask();
  const auto before = levels_.find(key);
  if (before != levels_.end() && before->second == answer) return answer;
  levels_[key] = answer;
  OutsideEvent recorded = event(OutsideKind::kLevel, source, asked);
  recorded.value = answer;
  recorded.data = of_which(which);
  append(std::move(recorded));
  return answer;
}

// Host time that passed while the machine was idle is machine time.
uint64_t Outside::wait(const std::function<uint64_t()>& ask) {
  if (idle() || (is_stopped() && !replaying())) return ask();
  const uint64_t asked = count_asked(OutsideKind::kWait, 0);
  if (replaying()) return replayed_wait(asked, ask);
  flush();
  OutsideEvent recorded = event(OutsideKind::kWait, 0, asked);
  recorded.value = ask();
  const uint64_t passed = recorded.value;
  if (passed != 0) append(std::move(recorded));
  return passed;
}

uint64_t Outside::replayed_wait(uint64_t asked, const std::function<uint64_t()>& ask) {
  if (const OutsideEvent* next = due(OutsideKind::kWait, 0, asked)) {
    idle_waits_ = 0;
    ++position_;
    return next->value;
  }
  const OutsideEvent* next = ahead();
  const bool later =
      next == nullptr || !(Moment{next->instructions, next->virtual_ns} == now());
  if (is_stopped() && later) return ask();
  if (++idle_waits_ > kMostWaits) diverged("a machine that waits for nothing");
  return told_ ? ask() : 0;
}

// Somebody outside may also end a replay.
uint64_t Outside::stop(const std::function<uint64_t()>& ask) {
  if (idle()) return ask();
  const uint64_t asked = count_asked(OutsideKind::kStop, 0);
  if (replaying()) {
    const OutsideEvent* next = due(OutsideKind::kStop, 0, asked);
    if (next == nullptr) return ask();
    ++position_;
    return next->value;
  }
  OutsideEvent recorded = event(OutsideKind::kStop, 0, asked);
  recorded.value = ask();
  const uint64_t wish = recorded.value;
  if (wish != 0) append(std::move(recorded));
  return wish;
}

}  // namespace vireo
