// How often a window shows a picture: rarely enough that showing takes a small share of the time.
#pragma once

#include <chrono>

namespace vireo {

using CpuTime = std::chrono::nanoseconds;

// How long to wait from one picture to the next, if making and drawing one took `cost` of the
// processor: 60 pictures a second at most, five in two seconds at least, and in between so many
// that they take a twentieth of a processor.
CpuTime pause_after_picture(CpuTime cost);

// What this thread has had of the processor.
CpuTime thread_cpu_time();

}  // namespace vireo
