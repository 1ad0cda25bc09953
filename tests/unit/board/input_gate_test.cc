#include "machine/board/input_gate.h"

#include <doctest/doctest.h>

#include <functional>
#include <string>

using namespace vireo;

namespace {

// Writes its name into a common list when it is asked.
struct NamedSource final : InputSource {
  NamedSource(std::string name_in, std::string& list_in) : name(name_in), list(list_in) {}
  bool poll_input() override {
    list += name;
    if (when_polled) when_polled();
    return has_input;
  }
  void flush_output() override { list += name + "!"; }
  std::string name;
  std::string& list;
  bool has_input = false;
  std::function<void()> when_polled;
};

}  // namespace

TEST_CASE("sources are asked in the order in which they entered") {
  std::string asked;
  InputGate gate;
  NamedSource a("a", asked), b("b", asked), c("c", asked);
  for (NamedSource* source : {&b, &a, &c}) gate.enter(*source);
  CHECK_FALSE(gate.poll());
  CHECK(asked == "bac");
  a.has_input = true;
  CHECK(gate.poll());
  CHECK(asked == "bacbac");  // input of one does not keep the next from being asked
  asked.clear();
  gate.flush();
  CHECK(asked == "b!a!c!");
}

TEST_CASE("sources come and go in the middle of a poll") {
  std::string asked;
  InputGate gate;
  NamedSource a("a", asked), b("b", asked), c("c", asked);
  gate.enter(a);
  gate.enter(b);
  a.when_polled = [&] {
    gate.leave(a);
    gate.leave(b);
    gate.enter(c);
  };
  gate.poll();
  CHECK(asked == "ac");
  gate.poll();
  CHECK(asked == "acc");
}
