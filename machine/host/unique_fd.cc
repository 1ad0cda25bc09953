#include "machine/host/unique_fd.h"

#include <unistd.h>

namespace vireo {

UniqueFd::~UniqueFd() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace vireo
