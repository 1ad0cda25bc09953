// Stream sockets for a network between two processes: TCP or Unix, never blocking once open.
#pragma once

#include "machine/base/result.h"
#include "machine/host/net_specs.h"
#include "machine/host/unique_fd.h"

namespace vireo {

// Errors say what cannot be listened on or reached, and why. A path that a dead process
// left behind is taken over.
Result<UniqueFd> listen_stream(const StreamNetSpec& spec);
// Waits for the connection. A side that does not listen yet is waited for, a little.
Result<UniqueFd> connect_stream(const StreamNetSpec& spec);
// The next connection, or an invalid descriptor when none waits.
UniqueFd accept_stream(const UniqueFd& listener);

}  // namespace vireo
