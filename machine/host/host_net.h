// Opens whatever a -netdev names.
#pragma once

#include <memory>

#include "machine/base/net_backend.h"
#include "machine/base/result.h"
#include "machine/base/virtual_clock.h"
#include "machine/host/host_source.h"
#include "machine/host/net_specs.h"

namespace vireo {

// The set and the clock must outlive the network. Errors begin with the -netdev.
Result<std::unique_ptr<NetBackend>> open_host_net(SourceSet& set, const NetdevSpec& spec,
                                                  const VirtualClock& clock);

}  // namespace vireo
