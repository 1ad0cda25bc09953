// Timed events on virtual time. Order is total: by deadline, then by the order
// of scheduling, so a run never depends on container or address order.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "machine/base/virtual_clock.h"

namespace vireo {

class EventQueue;

// A named callback that can be pending at most once. Owned by the chip that
// needs it; cancels itself when destroyed. The queue must outlive it.
class Event {
 public:
  Event(EventQueue& queue, std::string name, std::function<void()> callback)
      : queue_(queue), name_(std::move(name)), callback_(std::move(callback)) {}
  ~Event();
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  // Pending at `deadline_ns` of virtual time; moves it if already pending. A
  // deadline in the past fires as soon as the run loop looks.
  void schedule_at(uint64_t deadline_ns);
  void schedule_in(uint64_t delay_ns);
  void cancel();

  bool pending() const { return pending_; }
  uint64_t deadline_ns() const { return deadline_ns_; }
  const std::string& name() const { return name_; }

  // Saves or restores whether and when the event is pending, and in a whole archive its place
  // among those of the same deadline.
  template <typename Archive>
  void visit(Archive& archive) {
    bool pending = pending_;
    uint64_t deadline = pending_ ? deadline_ns_ : 0;  // one that is over is nothing to save
    uint64_t order = pending_ ? order_ : 0;
    archive.io(pending);
    archive.io(deadline);
    if (archive.whole()) archive.io(order);
    if (archive.saving()) return;
    cancel();
    if (!pending) return;
    if (archive.whole()) {
      restore(deadline, order);
    } else {
      schedule_at(deadline);
    }
  }

 private:
  friend class EventQueue;
  void restore(uint64_t deadline_ns, uint64_t order);
  EventQueue& queue_;
  std::string name_;
  std::function<void()> callback_;
  bool pending_ = false;
  uint64_t deadline_ns_ = 0;
  uint64_t order_ = 0;
};

class EventQueue {
 public:
  explicit EventQueue(VirtualClock& clock) : clock_(clock) {}

  const VirtualClock& clock() const { return clock_; }
  uint64_t now_ns() const { return clock_.now_ns(); }

  // The earliest deadline, or nothing when no event is pending.
  std::optional<uint64_t> next_deadline_ns() const;

  // Runs every event whose deadline is not after now, in order, including
  // those that callbacks schedule for now.
  void run_due();

  // Called whenever the earliest deadline moves nearer: the CPU then ends its
  // run at the next instruction boundary.
  void set_earlier_deadline_callback(std::function<void()> callback) {
    earlier_deadline_ = std::move(callback);
  }

  // Pending events in the order in which they will fire.
  const std::vector<Event*>& pending() const { return pending_; }

 private:
  friend class Event;
  void insert(Event& event, uint64_t order);
  void remove(Event& event);

  VirtualClock& clock_;
  std::vector<Event*> pending_;  // sorted, earliest first
  uint64_t next_order_ = 0;
  std::function<void()> earlier_deadline_;
};

}  // namespace vireo
