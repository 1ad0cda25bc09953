// Where a client of QMP is: -qmp, -qmp-pretty, and -mon with mode=control.
#pragma once

#include "machine/host/host_specs.h"

namespace vireo {

struct QmpPlace {
  ChannelSpec channel;
  bool pretty = false;  // answers on several lines
  bool operator==(const QmpPlace&) const = default;
};

}  // namespace vireo
