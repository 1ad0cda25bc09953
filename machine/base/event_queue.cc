#include "machine/base/event_queue.h"

#include <algorithm>
#include <tuple>

namespace vireo {

Event::~Event() { cancel(); }

void Event::schedule_at(uint64_t deadline_ns) {
  if (pending_) queue_.remove(*this);
  deadline_ns_ = deadline_ns;
  queue_.insert(*this, queue_.next_order_);
}

void Event::restore(uint64_t deadline_ns, uint64_t order) {
  deadline_ns_ = deadline_ns;
  queue_.insert(*this, order);
}

void Event::schedule_in(uint64_t delay_ns) {
  const uint64_t now = queue_.now_ns();
  schedule_at(now + delay_ns < now ? UINT64_MAX : now + delay_ns);
}

void Event::cancel() {
  if (pending_) queue_.remove(*this);
}

std::optional<uint64_t> EventQueue::next_deadline_ns() const {
  if (pending_.empty()) return std::nullopt;
  return pending_.front()->deadline_ns_;
}

void EventQueue::run_due() {
  while (!pending_.empty() && pending_.front()->deadline_ns_ <= clock_.now_ns()) {
    Event* event = pending_.front();
    remove(*event);
    event->callback_();
  }
}

// What is scheduled later comes after all that was restored.
void EventQueue::insert(Event& event, uint64_t order) {
  event.pending_ = true;
  event.order_ = order;
  next_order_ = std::max(next_order_, order + 1);
  const auto at = std::upper_bound(
      pending_.begin(), pending_.end(), &event, [](const Event* a, const Event* b) {
        return std::tie(a->deadline_ns_, a->order_) < std::tie(b->deadline_ns_, b->order_);
      });
  const bool earliest = at == pending_.begin();
  pending_.insert(at, &event);
  if (earliest && earlier_deadline_) earlier_deadline_();
}

void EventQueue::remove(Event& event) {
  event.pending_ = false;
  pending_.erase(std::find(pending_.begin(), pending_.end(), &event));
}

}  // namespace vireo
