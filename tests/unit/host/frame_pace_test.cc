#include "machine/host/frame_pace.h"

#include <doctest/doctest.h>

namespace vireo {
namespace {

using std::chrono::milliseconds;

TEST_CASE("pictures take a twentieth of a processor, of which there are 60 a second at most") {
  CHECK(pause_after_picture(CpuTime(0)) == milliseconds(16));
  CHECK(pause_after_picture(std::chrono::microseconds(500)) == milliseconds(16));
  CHECK(pause_after_picture(milliseconds(3)) == milliseconds(60));
  CHECK(pause_after_picture(milliseconds(100)) == milliseconds(400));
  CHECK(pause_after_picture(CpuTime::max()) == milliseconds(400));
}

TEST_CASE("a thread's time of the processor does not go back") {
  const CpuTime before = thread_cpu_time();
  CHECK(before.count() >= 0);
  CHECK(thread_cpu_time() >= before);
}

}  // namespace
}  // namespace vireo
