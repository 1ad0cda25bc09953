// Everything that comes from outside, in one row: recorded as it comes, or played back.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "machine/base/virtual_clock.h"
#include "machine/board/input_gate.h"
#include "machine/board/outside/outside_event.h"
#include "machine/board/outside/record_file.h"

namespace vireo {

// What a check compares: a checksum of the processors' registers, and where the first one is.
struct StateCheck {
  uint64_t sum = 0;
  uint64_t rip = 0;
};

// How a run begins.
struct OutsideStart {
  bool record = false;  // a writer will come
  bool replay = false;  // all of the recording's events; then live where `then_live`, or over
  bool then_live = false;
  Recording recording;
};

// The channels, networks and questions of OutsideHost ask here first. Between two answers a
// machine runs by itself, so that the same answers at the same moments make the same run.
//
// Live, an answer is the host's, and is recorded if somebody wants that: into a file, into
// memory for going back, or both. While there are events ahead it is theirs instead, and the
// host is not asked. An event that the machine does not ask for at its moment shows that this
// run is another one: a divergence, which is told once.
//
// It enters the gate itself, as the first source, to compare checks.
class Outside final : public InputSource {
 public:
  Outside() = default;
  explicit Outside(OutsideStart start);

  // Why the run cannot go on as asked; with the line for the user.
  enum class Trouble : uint8_t {
    kDiverged,      // the replay differs from the recording
    kOver,          // a recording that was cut short has been replayed
    kCannotRecord,  // the file cannot take more
  };
  using OnTrouble = std::function<void(Trouble, const std::string& message)>;

  // `stopped` tells whether the machine stands still: how long somebody looks at it then is
  // nothing that it hears of.
  void bind(const VirtualClock& clock, std::function<StateCheck()> check,
            std::function<bool()> stopped, OnTrouble on_trouble);

  // --- what is done with the events ---
  // Takes what was recorded so far, too.
  void record_to(std::unique_ptr<RecordWriter> writer);
  // Of the machine that was recorded.
  const std::string& description() const { return description_; }
  // Keeps what comes in memory, so that mark() and rewind() may be used.
  void keep() { keep_ = true; }
  // From now on the host is asked, whatever is still ahead.
  void go_live();

  bool recording() const { return writer_ != nullptr || keep_ || early_; }
  bool replaying() const { return position_ < events_.size(); }
  // Answers are the host's and nobody keeps them.
  bool idle() const { return !recording() && !replaying(); }
  // A replay that never asks the host: nothing need be there.
  bool needs_no_host() const { return from_file_ && !then_live_; }
  // Output was seen when the machine was here for the first time.
  bool heard_before() const { return instructions() < furthest_; }

  // A moment to come back to. Marks before a go_live() are good as long as they lie behind it.
  struct Moment {
    uint64_t instructions = 0, virtual_ns = 0;
    bool operator==(const Moment&) const = default;
  };
  struct Mark {
    size_t position = 0;
    std::map<uint64_t, uint64_t> levels;
    Moment calls_at;
    std::map<uint64_t, uint64_t> calls;
  };
  Mark mark();
  // `from` is where it comes from, in instructions.
  void rewind(const Mark& mark, uint64_t from);

  // The run has ended: nothing more comes. A recording gets its end.
  void end(bool by_guest, int exit_code);

  // --- questions of sources ---
  // The number of the host itself.
  static constexpr uint32_t kHost = 1;
  // The number of a channel or network that has just been opened; 0: it is not part of the
  // recording that is played back.
  uint32_t open_source(const std::string& name);

  std::optional<uint8_t> byte(uint32_t source, const std::function<std::optional<uint8_t>()>& ask);
  bool arrival(uint32_t source, const std::function<bool()>& ask);
  // Bytes that come together: a packet or a piece of randomness. `value` is the caller's.
  std::optional<OutsideEvent> packet(uint32_t source,
                                     const std::function<std::optional<OutsideEvent>()>& ask);
  // A question asked at a certain place of the run only.
  uint64_t value(const std::function<uint64_t()>& ask);
  // A question asked often: its answer is recorded when it changes. `which` tells a source's
  // questions apart.
  uint64_t level(uint32_t source, unsigned which, const std::function<uint64_t()>& ask);
  uint64_t wait(const std::function<uint64_t()>& ask);
  uint64_t stop(const std::function<uint64_t()>& ask);

  // InputSource: checks.
  bool poll_input() override;

 private:
  Moment now() const;
  uint64_t instructions() const { return clock_ == nullptr ? 0 : clock_->instructions(); }
  OutsideEvent event(OutsideKind kind, uint32_t source, uint64_t asked = 0) const;
  void append(OutsideEvent event);
  void seal();
  void write(const OutsideEvent& event);
  void flush();
  void check_written(const Result<void>& written);
  const OutsideEvent* ahead();
  const OutsideEvent* due(OutsideKind kind, uint32_t source, uint64_t asked = UINT64_MAX);
  bool is_stopped() const { return stopped_ && stopped_(); }
  bool grows(uint32_t source, uint64_t asked) const;
  void missed();
  void compare_check();
  bool compare(const OutsideEvent& recorded);
  uint64_t replayed_wait(uint64_t asked, const std::function<uint64_t()>& ask);
  void record_check();
  void diverged(const std::string& got);
  std::string source_name(const OutsideEvent& event) const;
  uint64_t count_asked(OutsideKind kind, uint32_t source, unsigned which = 0);

  const VirtualClock* clock_ = nullptr;
  std::function<StateCheck()> check_;
  std::function<bool()> stopped_;
  OnTrouble on_trouble_;
  std::unique_ptr<RecordWriter> writer_;
  bool keep_ = false;
  std::optional<std::vector<OutsideEvent>> early_;  // before the writer comes
  std::string description_;
  bool from_file_ = false;
  bool then_live_ = false;
  bool told_ = false;
  std::vector<OutsideEvent> events_;
  size_t position_ = 0;  // of the next event to play back; the end: live
  size_t taken_ = 0;     // bytes of it that were
  std::optional<OutsideEvent> open_;  // recorded, and may grow
  uint64_t grows_at_ = 0;             // at this call
  std::vector<std::string> names_ = {"the host"};  // of sources, by number less one
  std::map<uint64_t, uint64_t> levels_;
  Moment calls_at_;
  std::map<uint64_t, uint64_t> calls_;  // of each question at that moment
  uint64_t next_check_ns_ = 0;
  uint64_t furthest_ = 0;  // instructions, when it was first gone back from there
  unsigned idle_waits_ = 0;
};

}  // namespace vireo
