// Networks and cards of a finished command line: who belongs to whom.
#pragma once

#include "machine/base/result.h"
#include "machine/control/draft.h"

namespace vireo {

// Pairs the halves of -net in their order, counts addresses up, and checks that every name
// is there and used once. A network without a card is worth a note.
Result<void> connect_nets(Draft& draft);

}  // namespace vireo
