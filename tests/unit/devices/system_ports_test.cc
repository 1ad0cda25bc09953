#include "machine/devices/coprocessor_error.h"
#include "machine/devices/debug_exit.h"
#include "machine/devices/debug_port.h"
#include "machine/devices/reset_control.h"
#include "machine/devices/system_port_a.h"
#include "tests/unit/devices/chip_test.h"

namespace vireo::test {
namespace {

TEST_CASE("PCI-14: reset control resets with bit 2 and stores the type") {
  int resets = 0;
  ResetControl control([&resets] { ++resets; });
  out(control.port(), 0, 0xfb);
  CHECK(in(control.port(), 0) == 0x0a);
  CHECK(resets == 0);
  out(control.port(), 0, 0x02);
  CHECK(in(control.port(), 0) == 0x02);
  out(control.port(), 0, 0x06);
  CHECK(resets == 1);
  check_snapshot(control);
}

TEST_CASE("port 0x92 switches A20 and resets on a rising bit 0") {
  int resets = 0;
  std::vector<bool> a20;
  SystemPortA port([&a20](bool open) { a20.push_back(open); }, [&resets] { ++resets; });
  CHECK(in(port.port(), 0) == 0x02);
  out(port.port(), 0, 0x00);
  out(port.port(), 0, 0x02);
  CHECK(a20 == std::vector<bool>{false, true});
  out(port.port(), 0, 0x03);
  out(port.port(), 0, 0x03);
  CHECK(resets == 1);
  check_snapshot(port);
}

TEST_CASE("FERR# latches interrupt 13 until port 0xf0 is written, which is IGNNE#") {
  TestSink sink;
  int ignored = 0;
  CoprocessorError error(sink.line(13), [&ignored] { ++ignored; });
  error.ferr();
  error.ferr();
  CHECK(sink.level[13]);
  CHECK(sink.edges[13] == 1);
  check_snapshot(error);
  out(error.port(), 0, 0);
  CHECK_FALSE(sink.level[13]);
  CHECK(ignored == 1);
  error.ferr();
  error.reset();
  CHECK_FALSE(sink.level[13]);
}

TEST_CASE("debug exit gives an odd exit code") {
  std::vector<int> codes;
  DebugExit debug_exit([&codes](int code) { codes.push_back(code); });
  debug_exit.write(0, 1, 0x10);
  debug_exit.write(0, 4, 0);
  debug_exit.write(1, 8, UINT64_MAX);
  CHECK(codes == std::vector<int>{0x21, 1, -1});
  CHECK(debug_exit.read(0, 1) == 0);
  check_snapshot(debug_exit);
}

TEST_CASE("debug port prints and identifies itself") {
  TestChannel channel;
  DebugPort port("debugcon", &channel);
  out(port.port(), 0, 'o');
  out(port.port(), 0, 'k');
  CHECK(channel.output == "ok");
  CHECK(in(port.port(), 0) == 0xe9);
  check_snapshot(port);
}

}  // namespace
}  // namespace vireo::test
