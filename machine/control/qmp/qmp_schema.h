// QMP's description of itself, made from the tables by which it works (QEMU, docs/devel/
// qapi-code-gen, "Client JSON Protocol introspection").
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "machine/control/qmp/qmp_command.h"

namespace vireo {

struct QmpEventForm {
  std::string_view name;
  std::span<const QmpParameter> members;  // of its data
};

// Every command and event with its members and their types; what they refer to is in the list,
// too. Of what commands return it tells the kind only.
Json qmp_schema(const std::vector<const QmpCommand*>& commands,
                std::span<const QmpEventForm> events);

}  // namespace vireo
