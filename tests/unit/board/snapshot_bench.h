// Machines that stop, are saved, and go on in another process's place.
#pragma once

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/board/machine_bench.h"

namespace vireo::testing {

// A folder that goes with the test.
class SnapshotFolder {
 public:
  SnapshotFolder() {
    std::string name = std::filesystem::temp_directory_path() / "vireo-test-XXXXXX";
    path_ = ::mkdtemp(name.data());
  }
  ~SnapshotFolder() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name) const { return path_ / name; }
  size_t files() const {
    const auto all = std::filesystem::directory_iterator(path_);
    return static_cast<size_t>(std::distance(begin(all), end(all)));
  }

 private:
  std::filesystem::path path_;
};

// Ends the run after so many instructions in all.
inline void end_at(Machine& machine, uint64_t instructions) {
  ControlPanel panel = machine.panel();
  panel.alarms.set(instructions, [run = &panel.run] {
    run->end({StopReason::kLimit, kExitLimit, "far enough", 0, 0});
  });
}

}  // namespace vireo::testing
