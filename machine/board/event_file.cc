#include "machine/board/event_file.h"

#include <fmt/format.h>

#include <utility>

namespace vireo {
namespace {

constexpr std::string_view kFirstLine =
    R"({"schema":"vireo-events/1","producer":"vireo","time_unit":"ns"})";

// Text of the machine's own making and names that the user gave; bytes that are no
// printable ASCII are escaped one by one, so that each line is JSON whatever they are.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out += fmt::format("\\{}", c);
    else if (byte < 0x20 || byte >= 0x7f) out += fmt::format("\\u{:04x}", byte);
    else out += c;
  }
  return out + '"';
}

std::string value_json(const TraceField& field) {
  switch (field.form) {
    case TraceField::Form::kNumber:
      return fmt::format("{}", field.number);
    case TraceField::Form::kHex:
      return fmt::format("\"{:#x}\"", field.number);
    case TraceField::Form::kText:
      break;
  }
  return quoted(field.text);
}

std::string_view item_name(LogItem item) {
  for (const LogItemName& row : log_item_names()) {
    if (row.item == item) return row.name;
  }
  return "other";
}

}  // namespace

std::string event_json(const EventPlace& place, const TraceEvent& event) {
  std::string line = fmt::format(
      R"({{"time":{},"insns":{},"rip":"{:#x}","vcpu":{},"item":"{}","kind":"{}")", place.time_ns,
      place.instructions, place.rip, place.vcpu, item_name(event.item), event.kind);
  for (const TraceField& field : event.fields) {
    line += fmt::format(",\"{}\":{}", field.name, value_json(field));
  }
  return line + '}';
}

Result<std::unique_ptr<EventFile>> EventFile::create(const EventFileConfig& config,
                                                     std::function<EventPlace()> place) {
  auto file = open_log_file(config.path);
  if (!file) {
    return Error{fmt::format("-trace-json {}: cannot write there; name another file", config.path)};
  }
  return std::unique_ptr<EventFile>(new EventFile(config, std::move(*file), std::move(place)));
}

EventFile::EventFile(const EventFileConfig& config, LogFile file,
                     std::function<EventPlace()> place)
    : config_(config), file_(std::move(file)), place_(std::move(place)) {
  fmt::print(file_.get(), "{}\n", kFirstLine);
  TraceEvents::set_sink(this, config_.items);
}

EventFile::~EventFile() { TraceEvents::set_sink(nullptr, 0); }

void EventFile::event(const TraceEvent& event) {
  if (std::ferror(file_.get()) != 0) return;  // nothing may stand behind a gap
  const std::string line = event_json(place_(), event) + '\n';
  (void)std::fwrite(line.data(), 1, line.size(), file_.get());  // finish() tells of a failure
}

void EventFile::finish() {
  const auto flushed = flush_log_file(file_.get(), config_.path);
  if (!flushed) fmt::print(stderr, "vireo: {}\n", flushed.error().message);
}

}  // namespace vireo
