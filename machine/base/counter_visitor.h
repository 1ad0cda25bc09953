// What has been counted, told one by one: for a report at the end of a run and for info commands.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace vireo {

// Names are words_with_underscores, unique within the device that tells them. Counters start
// with the process: no part of the machine's state, they are neither reset nor saved.
using CounterVisitor = std::function<void(std::string_view name, uint64_t value)>;

}  // namespace vireo
