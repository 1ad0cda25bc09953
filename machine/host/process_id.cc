#include "machine/host/process_id.h"

#include <unistd.h>

namespace vireo {

int64_t process_id() { return ::getpid(); }

}  // namespace vireo
