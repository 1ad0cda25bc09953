// A client of the gdb server that says one thing after the other, each when the last is answered.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "machine/control/gdb/packets.h"
#include "machine/control/gdb/server.h"
#include "tests/unit/board/machine_bench.h"

namespace vireo::testing {

// What the client says and was told, kept by the test.
struct ClientTalk {
  std::deque<std::string> to_say;    // contents of packets; "\x03" for Ctrl-C
  std::vector<std::string> answers;  // contents, in order
  bool connected = true;
  bool vanishes = false;  // when all is said
};

class ScriptedClient final : public ByteChannel {
 public:
  explicit ScriptedClient(ClientTalk& talk) : talk_(talk) {}

  void write(std::span<const uint8_t> bytes) override {
    for (const uint8_t byte : bytes) {
      if (reader_.feed(byte) != PacketReader::Event::kPacket) continue;
      talk_.answers.push_back(reader_.packet());
      // Output of a command precedes its answer.
      waits_ = reader_.packet().front() == 'O' && reader_.packet() != "OK";
    }
  }
  std::optional<uint8_t> read() override {
    if (bytes_.empty() && !waits_ && !talk_.to_say.empty()) say_next();
    if (bytes_.empty()) {
      if (talk_.vanishes && !waits_) talk_.connected = false;
      return std::nullopt;
    }
    const char byte = bytes_.front();
    bytes_.erase(0, 1);
    return static_cast<uint8_t>(byte);
  }
  bool connected() const override { return talk_.connected; }
  bool take_arrival() override { return std::exchange(arrives_, false); }

 private:
  void say_next() {
    const std::string next = talk_.to_say.front();
    talk_.to_say.pop_front();
    // While the machine runs the next word comes without an answer to the last.
    const bool goes_on = next == "c" && !talk_.to_say.empty() && talk_.to_say.front() == "\x03";
    bytes_ = next == "\x03" ? next : make_gdb_packet(next);
    waits_ = !goes_on;
  }

  ClientTalk& talk_;
  PacketReader reader_;
  std::string bytes_;
  bool waits_ = false;
  bool arrives_ = true;
};

// A machine whose run is led by such a client. Its last word should be "k".
class GdbBench : public MachineBench {
 public:
  explicit GdbBench(const GuestCode& guest) : MachineBench(guest) {}

  RunResult talk_through(std::initializer_list<const char*> words) {
    if (machine == nullptr) REQUIRE(build().ok());
    for (const char* word : words) talk.to_say.emplace_back(word);
    GdbServer server(machine->panel(), std::make_unique<ScriptedClient>(talk), history);
    const RunResult result = run();
    server.finish(result.exit_code);
    return result;
  }
  // The answer to the word of this number, from 0.
  const std::string& answer(size_t number) const {
    REQUIRE(number < talk.answers.size());
    return talk.answers[number];
  }
  bool answer_has(size_t number, std::string_view part) const {
    return answer(number).find(part) != std::string::npos;
  }

  ClientTalk talk;
  std::optional<TimeTravelOptions> history = TimeTravelOptions{};
};

}  // namespace vireo::testing
