#include "machine/control/gdb/session.h"

#include <utility>

namespace vireo {

// The first row whose prefix a packet has is the one.
std::span<const GdbSession::Row> GdbSession::rows() {
  using S = GdbSession;
  static constexpr Row kRows[] = {
      {"qSupported", &S::supported},
      {"qXfer:features:read:target.xml:", &S::read_description},
      {"QStartNoAckMode", &S::stop_acknowledging},
      {"qfThreadInfo", &S::list_threads},
      {"qsThreadInfo", nullptr, "l"},
      {"qThreadExtraInfo,", &S::thread_info},
      {"qAttached", nullptr, "1"},
      {"qRcmd,", &S::run_command},
      {"qSymbol:", nullptr, "OK"},
      {"qqemu.PhyMemMode", &S::physical_mode},
      {"Qqemu.PhyMemMode:", &S::set_physical_mode},
      {"qqemu.sstepbits", nullptr, "ENABLE=1,NOIRQ=2,NOTIMER=4"},
      {"qqemu.sstep", &S::step_rules},
      {"Qqemu.sstep", &S::set_step_rules},
      {"vCont?", nullptr, "vCont;c;C;s;S;r"},
      {"vCont;", &S::resume_each},
      {"vKill;", &S::kill_process},
      {"?", &S::tell_state},
      {"g", &S::read_registers},
      {"G", &S::write_registers},
      {"p", &S::read_one_register},
      {"P", &S::write_one_register},
      {"m", &S::read_memory},
      {"x", &S::read_memory_binary},
      {"M", &S::write_memory},
      {"X", &S::write_memory_binary},
      {"H", &S::select_thread},
      {"T", &S::thread_alive},
      {"c", &S::go_on},
      {"C", &S::go_on_with_signal},
      {"s", &S::step},
      {"S", &S::step_with_signal},
      {"Z", &S::insert_point},
      {"z", &S::remove_point},
      {"bs", &S::step_back},
      {"bc", &S::run_back},
      {"D", &S::detach},
      {"k", &S::kill},
  };
  return kRows;
}

GdbSession::GdbSession(ControlPanel panel, const std::optional<TimeTravelOptions>& history,
                       std::function<void(std::string_view)> send)
    : panel_(std::move(panel)), target_(panel_.debug),
      backwards_(target_, panel_.time_travel, panel_.alarms, panel_.run),
      send_(std::move(send)) {
  panel_.run.stop();
  target_.attach();
  if (history && !panel_.time_travel.enabled()) panel_.time_travel.enable(*history);
  target_.set_on_change([this] { changed_ = true; });
  cpu_ = step_cpu_ = target_.current_cpu();
}

GdbSession::~GdbSession() {
  backwards_.give_up();
  target_.set_on_change({});
  target_.detach();
}

// One that is not known is answered by an empty packet.
void GdbSession::take(std::string_view packet) {
  running_ = false;
  for (const Row& row : rows()) {
    if (packet.substr(0, row.prefix.size()) != row.prefix) continue;
    if (row.handler == nullptr) return send_(row.answer);
    return (this->*row.handler)(PacketText(packet.substr(row.prefix.size())));
  }
  send_("");
}

// Before the machine moves: what was changed by hand has another future.
void GdbSession::settle() {
  backwards_.give_up();
  if (std::exchange(changed_, false)) panel_.time_travel.forget_future();
}

// A number from 1 on, or 0 and -1 where any is as good.
std::optional<size_t> GdbSession::thread(PacketText& text) const {
  if (text.take("-1")) return cpu_;
  const auto number = text.number();
  if (!number || *number > target_.cpus()) return std::nullopt;
  return *number == 0 ? cpu_ : static_cast<size_t>(*number - 1);
}

}  // namespace vireo
