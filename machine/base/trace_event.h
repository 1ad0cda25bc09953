// Events of devices and processors as data: a kind and named fields, which a text log and
// machine-readable sinks show each in its own way.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "machine/base/log.h"

namespace vireo {

// One property of an event. Names and texts are not owned: they live as long as the call
// that tells the event.
struct TraceField {
  enum class Form : uint8_t { kNumber, kHex, kText };
  std::string_view name;
  Form form = Form::kNumber;
  uint64_t number = 0;
  std::string_view text = {};

  static constexpr TraceField count(std::string_view name, uint64_t value) {
    return {name, Form::kNumber, value};
  }
  // An address, a register's value, a set of bits: shown in hexadecimal.
  static constexpr TraceField hex(std::string_view name, uint64_t value) {
    return {name, Form::kHex, value};
  }
  static constexpr TraceField word(std::string_view name, std::string_view value) {
    return {name, Form::kText, 0, value};
  }
};

struct TraceEvent {
  LogItem item;
  std::string_view kind;  // "mmio_read"
  std::span<const TraceField> fields;
};

// Where events go besides the text log. Called in the middle of instructions; looks only.
class TraceSink {
 public:
  virtual ~TraceSink() = default;
  virtual void event(const TraceEvent& event) = 0;
};

// The one door for events, process-wide as the log is. An event costs the test of a bit when
// nobody wants its item:
//
//   if (TraceEvents::on(LogItem::kMmio)) TraceEvents::tell(LogItem::kMmio, "mmio_read", {...});
class TraceEvents {
 public:
  // Somebody wants events of this item, as text or otherwise.
  static bool on(LogItem item) { return (mask_ & bit_of(item)) != 0; }
  using Fields = std::initializer_list<TraceField>;
  // To the text log, when the item is on there, and to the sink.
  static void tell(LogItem item, std::string_view kind, Fields fields);
  // To the sink alone, for events that have a text line of their own.
  static void tell_sink(LogItem item, std::string_view kind, Fields fields);

  // `sink` gets events of `items` (bits of LogItem) until the next call; null: nobody does.
  static void set_sink(TraceSink* sink, uint32_t items);
  // The log's items have changed.
  static void refresh();

 private:
  static uint32_t mask_;
  static uint32_t sink_items_;
  static TraceSink* sink_;
};

// "mmio_read device=hpet addr=0xfed000f0 size=4 value=0x0": an event as a line of text.
std::string event_text(const TraceEvent& event);

}  // namespace vireo
