#include "machine/control/qmp/qmp_session.h"

#include <fmt/format.h>

#include <utility>

#include "machine/control/qmp/qmp_event.h"
#include "machine/control/qmp/qmp_version.h"
#include "machine/control/write_lines.h"

namespace vireo {
namespace {

// A client that never stops sending does not stop the machine.
constexpr unsigned kBytesPerPoll = 64 * 1024;
constexpr uint64_t kBalloonIntervalNs = 1'000'000'000;
constexpr std::string_view kNegotiation = "qmp_capabilities";

Json error_json(const QmpFailure& failure) {
  return {{"error", {{"class", failure.kind}, {"desc", failure.text}}}};
}

// What is wrong with a request, apart from its command.
std::optional<QmpFailure> check_request(const Json& request) {
  if (!request.is_object()) return QmpFailure{"QMP input must be a JSON object"};
  for (const auto& [name, value] : request.items()) {
    if (name == "execute" && !value.is_string()) {
      return QmpFailure{"QMP input member 'execute' must be a string"};
    }
    if (name == "arguments" && !value.is_object()) {
      return QmpFailure{"QMP input member 'arguments' must be an object"};
    }
    if (name != "execute" && name != "arguments" && name != "id") {
      return QmpFailure{fmt::format("QMP input member '{}' is unexpected", name)};
    }
  }
  if (!request.contains("execute")) return QmpFailure{"QMP input lacks member 'execute'"};
  return std::nullopt;
}

}  // namespace

QmpSession::QmpSession(ControlPanel panel, std::unique_ptr<ByteChannel> channel, bool pretty)
    : panel_(std::move(panel)), channel_(std::move(channel)), pretty_(pretty) {
  panel_.input.enter(*this);
  panel_.news.enter(*this);
}

QmpSession::~QmpSession() {
  panel_.news.leave(*this);
  panel_.input.leave(*this);
}

// A new client starts from nothing, whatever the last one left.
void QmpSession::look_for_arrival() {
  if (!channel_->take_arrival()) return;
  stream_.clear();
  negotiated_ = false;
  send({{"QMP", {{"version", qmp_version()}, {"capabilities", Json::array()}}}});
}

bool QmpSession::poll_input() {
  unsigned taken = 0;
  std::optional<uint8_t> byte;
  while (taken < kBytesPerPoll && !panel_.run.quit_wanted() && (byte = channel_->read())) {
    look_for_arrival();
    take(*byte);
    ++taken;
  }
  look_for_arrival();
  tell_balloon();
  channel_->flush();
  return taken > 0;
}

void QmpSession::take(uint8_t byte) {
  if (const auto piece = stream_.feed(byte)) send(answer(*piece));
}

Json QmpSession::answer(const JsonStream::Piece& piece) {
  if (!piece.error.empty()) return error_json({fmt::format("JSON parse error, {}", piece.error)});
  const Json request = Json::parse(piece.text, nullptr, false);
  if (request.is_discarded()) return error_json({"JSON parse error, this is no JSON"});
  const auto bad = check_request(request);
  const QmpOutcome outcome = bad ? QmpOutcome(*bad) : obey(request);
  const auto* failure = std::get_if<QmpFailure>(&outcome);
  Json reply =
      failure != nullptr ? error_json(*failure) : Json{{"return", std::get<Json>(outcome)}};
  if (request.is_object() && request.contains("id")) reply["id"] = request["id"];
  return reply;
}

QmpOutcome QmpSession::obey(const Json& request) {
  const auto name = request["execute"].get<std::string>();
  const Json arguments = request.value("arguments", Json::object());
  if (name == kNegotiation) return negotiate(arguments);
  if (!negotiated_) {
    return QmpFailure{fmt::format("Expecting capabilities negotiation with '{}'", kNegotiation),
                      kCommandNotFound};
  }
  return run_qmp_command(panel_, name, arguments);
}

// No capability is offered, out-of-band execution among them: each command is done at once, so
// there is nothing for another to overtake.
QmpOutcome QmpSession::negotiate(const Json& arguments) {
  if (negotiated_) {
    return QmpFailure{"Capabilities negotiation is already complete", kCommandNotFound};
  }
  for (const auto& [name, value] : arguments.items()) {
    if (name != "enable") return QmpFailure{fmt::format("Parameter '{}' is unexpected", name)};
    if (!value.is_array()) return QmpFailure{"Parameter 'enable' must be of type array"};
    if (!value.empty()) return QmpFailure{"There is no capability to enable"};
  }
  negotiated_ = true;
  return Json::object();
}

void QmpSession::machine_event(const MachineEvent& event) {
  look_for_arrival();
  if (!negotiated_ || !channel_->connected()) return;
  if (event.kind == MachineEvent::Kind::kBalloonChange) {
    balloon_ = event;
    return;
  }
  send(qmp_event(event, qmp_timestamp(panel_.rtc_seconds, panel_.events.now_ns())));
  channel_->flush();
}

void QmpSession::tell_balloon() {
  const uint64_t now = panel_.events.now_ns();
  if (!balloon_ || now < balloon_due_ns_) return;
  balloon_due_ns_ = now + kBalloonIntervalNs;
  send(qmp_event(*std::exchange(balloon_, std::nullopt), qmp_timestamp(panel_.rtc_seconds, now)));
}

void QmpSession::send(const Json& value) {
  write_lines(*channel_, json_text(value, pretty_) + "\n");
}

}  // namespace vireo
