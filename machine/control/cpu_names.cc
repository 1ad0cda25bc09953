#include "machine/control/cpu_names.h"

namespace vireo {
namespace {

struct Row {
  std::string_view name;
  std::string_view model;
};

// By the levels of the x86-64 psABI; Intel's small cores have no AVX.
constexpr Row kRows[] = {
    {"host", "max"},
    {"kvm64", "x86-64-v1"},
    {"core2duo", "x86-64-v1,+ssse3"},
    {"Conroe", "x86-64-v1,+ssse3"},
    {"Penryn", "x86-64-v1,+ssse3"},
    {"Nehalem", "x86-64-v2"},
    {"Westmere", "x86-64-v2"},
    {"SandyBridge", "x86-64-v2"},
    {"IvyBridge", "x86-64-v2"},
    {"Denverton", "x86-64-v2"},
    {"Snowridge", "x86-64-v2"},
    {"Haswell", "x86-64-v3"},
    {"Broadwell", "x86-64-v3"},
    {"Skylake-Client", "x86-64-v3"},
    {"Skylake-Server", "x86-64-v3"},
    {"Cascadelake-Server", "x86-64-v3"},
    {"Cooperlake", "x86-64-v3"},
    {"Icelake-Server", "x86-64-v3"},
    {"SapphireRapids", "x86-64-v3"},
    {"GraniteRapids", "x86-64-v3"},
    {"Opteron_G1", "x86-64-v1"},
    {"Opteron_G2", "x86-64-v1"},
    {"Opteron_G3", "x86-64-v1"},
    {"Opteron_G4", "x86-64-v2"},
    {"Opteron_G5", "x86-64-v2"},
    {"EPYC", "x86-64-v3"},
};

// "Haswell-noTSX" is a Haswell, "EPYCs" nothing.
bool is_kind_of(std::string_view name, std::string_view row) {
  return name.substr(0, row.size()) == row &&
         (name.size() == row.size() || name[row.size()] == '-');
}

}  // namespace

std::string_view model_in_place_of(std::string_view name) {
  for (const Row& row : kRows) {
    if (is_kind_of(name, row.name)) return row.model;
  }
  return {};
}

}  // namespace vireo
