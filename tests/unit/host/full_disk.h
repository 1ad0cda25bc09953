// A disk that gets full: while it lives, no file of this process grows beyond some bytes.
#pragma once

#include <sys/resource.h>

#include <csignal>
#include <cstdint>

namespace vireo::testing {

class FullDisk {
 public:
  explicit FullDisk(uint64_t bytes_of_a_file) {
    former_signal_ = ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &former_);
    const rlimit limit{bytes_of_a_file, former_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &former_);
    ::signal(SIGXFSZ, former_signal_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit former_{};
  void (*former_signal_)(int) = nullptr;
};

}  // namespace vireo::testing
