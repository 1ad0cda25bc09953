// A conversation with gdb, packet by packet (GDB manual, appendix E "Remote Serial Protocol").
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

#include "machine/board/control_panel.h"
#include "machine/board/debug/backwards.h"
#include "machine/board/debug/debug_target.h"
#include "machine/control/gdb/hex.h"

namespace vireo {

// Attached to the machine, which stands still at the beginning, for as long as it lives. gdb's
// threads are the processors, from 1 on. The machine can go back to where the first session began.
// Everything is called between instructions.
class GdbSession {
 public:
  // `send` takes the contents of a packet to the client. Without `history` the machine does not
  // go back.
  GdbSession(ControlPanel panel, const std::optional<TimeTravelOptions>& history,
             std::function<void(std::string_view)> send);
  ~GdbSession();
  GdbSession(const GdbSession&) = delete;
  GdbSession& operator=(const GdbSession&) = delete;

  // Answers a packet; one that lets the machine go on is answered by look().
  void take(std::string_view packet);
  // For a packet that came damaged beyond use.
  void refuse() { send_(kBadPacket); }
  // Ctrl-C.
  void interrupt();
  // Tells of a stop, if there was one since the last look. True when the machine was sent on
  // at once, as a range is stepped through.
  bool look();
  // The run has ended.
  void tell_end(int exit_code);

  // The client has asked to be left: the session is over.
  bool over() const { return over_; }
  // It has let the machine go on.
  bool went_on() const { return went_on_; }
  // No more acknowledgements are wanted.
  bool silent() const { return silent_; }

 private:
  static constexpr std::string_view kBadPacket = "E16", kBadAddress = "E0e", kNoSuch = "E03",
                                    kTooMany = "E1c", kRefused = "E01";
  using Handler = void (GdbSession::*)(PacketText text);
  struct Row {
    std::string_view prefix;
    Handler handler;  // null: it is always answered by
    std::string_view answer = {};
  };
  static std::span<const Row> rows();

  // session_query.cc
  void supported(PacketText text);
  void read_description(PacketText text);
  void list_threads(PacketText text);
  void thread_info(PacketText text);
  void thread_alive(PacketText text);
  void select_thread(PacketText text);
  void run_command(PacketText text);
  void physical_mode(PacketText text);
  void set_physical_mode(PacketText text);
  void step_rules(PacketText text);
  void set_step_rules(PacketText text);
  void stop_acknowledging(PacketText text);

  // session_state.cc
  void read_registers(PacketText text);
  void write_registers(PacketText text);
  void read_one_register(PacketText text);
  void write_one_register(PacketText text);
  void read_memory(PacketText text);
  void read_memory_binary(PacketText text);
  void write_memory(PacketText text);
  void write_memory_binary(PacketText text);
  std::optional<std::vector<std::byte>> memory_at(PacketText& text);
  void store(uint64_t address, uint64_t size, std::span<const std::byte> bytes);

  // session_run.cc
  void tell_state(PacketText text);
  void go_on(PacketText text);
  void step(PacketText text);
  void go_on_with_signal(PacketText text);
  void step_with_signal(PacketText text);
  void resume_each(PacketText text);
  void step_back(PacketText text);
  void run_back(PacketText text);
  bool look_back();
  void settle();
  void insert_point(PacketText text);
  void remove_point(PacketText text);
  void detach(PacketText text);
  void kill(PacketText text);
  void kill_process(PacketText text);
  void resume();
  void step_cpu(size_t cpu);
  bool goes_to(PacketText& text);
  uint64_t pc(size_t cpu) const;
  bool in_range() const;
  void tell_stop(const DebugTarget::Stop& stop);
  std::string stop_reply(size_t cpu, unsigned signal, std::string_view reason = {});
  struct Point {
    uint64_t type, address, size;
    auto operator<=>(const Point&) const = default;
  };
  std::optional<Point> point_of(PacketText& text) const;

  std::optional<size_t> thread(PacketText& text) const;
  void answer(bool good) { send_(good ? std::string_view("OK") : kRefused); }

  ControlPanel panel_;
  DebugTarget& target_;
  Backwards backwards_;
  std::function<void(std::string_view)> send_;
  size_t cpu_ = 0;       // whose registers and memory are meant
  size_t step_cpu_ = 0;  // whom s and c mean
  std::set<Point> points_;
  bool running_ = false;      // the client waits for a stop
  bool interrupted_ = false;  // by the client
  bool physical_ = false;
  bool changed_ = false;  // by the client, since the machine stands still
  bool over_ = false;
  bool went_on_ = false;
  bool silent_ = false;
  bool into_interrupts_ = false;
  struct Range {
    uint64_t first = 0, end = 0;
  };
  std::optional<Range> range_;  // stepped through without a word
};

}  // namespace vireo
