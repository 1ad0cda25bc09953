#include "machine/host/frame_pace.h"

#include <doctest/doctest.h>

namespace vireo {
namespace {

using std::chrono::milliseconds;

TEST_CASE("pictures take a sixteenth of a processor, 4 to 60 of them a second") {
  CHECK(pause_after_picture(CpuTime(0)) == milliseconds(16));
  CHECK(pause_after_picture(milliseconds(1)) == milliseconds(16));
  CHECK(pause_after_picture(milliseconds(3)) == milliseconds(48));
  CHECK(pause_after_picture(milliseconds(100)) == milliseconds(250));
  CHECK(pause_after_picture(CpuTime::max()) == milliseconds(250));
}

TEST_CASE("a thread's time of the processor does not go back") {
  const CpuTime before = thread_cpu_time();
  CHECK(before.count() >= 0);
  CHECK(thread_cpu_time() >= before);
}

}  // namespace
}  // namespace vireo
