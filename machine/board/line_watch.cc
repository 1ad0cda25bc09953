#include "machine/board/line_watch.h"

#include <utility>

namespace vireo {

LineWatch::LineWatch(EventQueue& events)
    : events_(events), pause_(events, "serial line pause", [this] { look_for_pause(); }) {}

void LineWatch::take(uint8_t byte) {
  last_ns_ = events_.now_ns();
  if (byte == '\n') {
    tell(true);
    line_.clear();
    pause_.cancel();
    return;
  }
  if (line_.size() < kMaxLine) line_.push_back(static_cast<char>(byte));
  // Not moved with each byte, which would be a good part of what printing one costs.
  if (!pause_.pending()) pause_.schedule_in(kPauseNs);
}

void LineWatch::look_for_pause() {
  const uint64_t due = last_ns_ + kPauseNs;
  if (due > events_.now_ns()) return pause_.schedule_at(due);
  tell(false);
}

void LineWatch::tell(bool ended) {
  for (const LineListener& listener : listeners_) listener({line_, ended});
}

void LineWatch::visit(Archive& archive) {
  archive.io(line_, kMaxLine);
  archive.io(last_ns_);
  pause_.visit(archive);
}

}  // namespace vireo
