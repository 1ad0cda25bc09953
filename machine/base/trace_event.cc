#include "machine/base/trace_event.h"

#include <fmt/format.h>

namespace vireo {

uint32_t TraceEvents::mask_ = 0;
uint32_t TraceEvents::sink_items_ = 0;
TraceSink* TraceEvents::sink_ = nullptr;

namespace {

std::string field_text(const TraceField& field) {
  switch (field.form) {
    case TraceField::Form::kNumber:
      return fmt::format(" {}={}", field.name, field.number);
    case TraceField::Form::kHex:
      return fmt::format(" {}={:#x}", field.name, field.number);
    case TraceField::Form::kText:
      break;
  }
  return fmt::format(" {}={}", field.name, field.text);
}

}  // namespace

std::string event_text(const TraceEvent& event) {
  std::string text(event.kind);
  for (const TraceField& field : event.fields) text += field_text(field);
  return text;
}

void TraceEvents::tell(LogItem item, std::string_view kind, Fields fields) {
  if (Log::on(item)) Log::line(event_text({item, kind, {fields.begin(), fields.size()}}));
  tell_sink(item, kind, fields);
}

void TraceEvents::tell_sink(LogItem item, std::string_view kind, Fields fields) {
  if (sink_ == nullptr || (sink_items_ & bit_of(item)) == 0) return;
  sink_->event({item, kind, {fields.begin(), fields.size()}});
}

void TraceEvents::set_sink(TraceSink* sink, uint32_t items) {
  sink_ = sink;
  sink_items_ = sink != nullptr ? items : 0;
  refresh();
}

void TraceEvents::refresh() {
  uint32_t text = 0;
  for (const LogItemName& row : log_item_names()) text |= Log::on(row.item) ? bit_of(row.item) : 0;
  mask_ = text | sink_items_;
}

}  // namespace vireo
