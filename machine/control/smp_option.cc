// -smp: how many vCPUs there are, and how they divide into sockets, cores and
// threads. What is left out is found as QEMU finds it.
#include <fmt/format.h>

#include "machine/base/option_parser.h"
#include "machine/control/handlers.h"

namespace vireo {
namespace {

constexpr OptionKey number(std::string_view name, std::string_view help) {
  return {name, OptionType::kNumber, help, {}, 1, kMaxProcessors};
}

constexpr OptionKey kKeys[] = {
    number("cpus", "vCPUs, 1 to 64"),
    number("sockets", "packages"),
    {"dies", OptionType::kNumber, "dies in a package, which are 1", {}, 1, 1},
    number("cores", "cores in a package"),
    number("threads", "threads in a core"),
    number("maxcpus", "the same as cpus: none can be added later"),
};

// 0: was not given.
struct Asked {
  unsigned cpus, sockets, cores, threads;
};

unsigned or_one(unsigned value) { return value == 0 ? 1 : value; }

// Cores come before sockets, and threads are wanted only when asked for.
CpuTopology complete(const Asked& asked) {
  CpuTopology t{or_one(asked.sockets), or_one(asked.cores), or_one(asked.threads)};
  if (asked.cpus == 0) return t;
  if (asked.cores == 0)
    t.cores = or_one(asked.cpus / (t.sockets * t.threads));
  else if (asked.sockets == 0)
    t.sockets = or_one(asked.cpus / (t.cores * t.threads));
  else if (asked.threads == 0)
    t.threads = or_one(asked.cpus / (t.sockets * t.cores));
  return t;
}

}  // namespace

Result<void> take_smp(Draft& draft, std::string_view argument) {
  const auto parsed = parse_options("-smp", argument, kKeys, "cpus");
  if (!parsed) return parsed.error();
  const auto given = [&](std::string_view key) {
    return static_cast<unsigned>(parsed->number(key, 0));
  };
  const unsigned most = given("maxcpus");
  Asked asked{given("cpus"), given("sockets"), given("cores"), given("threads")};
  if (asked.cpus == 0) asked.cpus = most;
  const CpuTopology t = complete(asked);
  if (t.total() > kMaxProcessors) {
    return Error{
        fmt::format("-smp {}: {} vCPUs; give at most {}", argument, t.total(), kMaxProcessors)};
  }
  if (asked.cpus != 0 && asked.cpus != t.total()) {
    return Error{fmt::format("-smp {}: sockets={} x cores={} x threads={} are {} vCPUs, not {}",
                             argument, t.sockets, t.cores, t.threads, t.total(), asked.cpus)};
  }
  if (most != 0 && most != t.total()) {
    return Error{
        fmt::format("-smp {}: vCPUs cannot be added later; use maxcpus={}", argument, t.total())};
  }
  draft.config.topology = t;
  return {};
}

}  // namespace vireo
