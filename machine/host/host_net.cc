#include "machine/host/host_net.h"

#include "machine/host/stream_net.h"
#include "machine/host/tap_net.h"
#include "machine/host/user_net.h"

namespace vireo {
namespace {

struct Opener {
  SourceSet& set;
  const NetdevSpec& spec;
  const VirtualClock& clock;

  Result<std::unique_ptr<NetBackend>> operator()(const UserNetSpec& user) const {
    return UserNet::open(set, spec.option, user, clock);
  }
  Result<std::unique_ptr<NetBackend>> operator()(const TapSpec& tap) const {
    return TapNet::open(set, spec.option, tap);
  }
  Result<std::unique_ptr<NetBackend>> operator()(const StreamNetSpec& stream) const {
    return StreamNet::open(set, spec.option, stream);
  }
};

}  // namespace

Result<std::unique_ptr<NetBackend>> open_host_net(SourceSet& set, const NetdevSpec& spec,
                                                  const VirtualClock& clock) {
  return std::visit(Opener{set, spec, clock}, spec.type);
}

}  // namespace vireo
