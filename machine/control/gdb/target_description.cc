#include "machine/control/gdb/target_description.h"

#include <fmt/format.h>

namespace vireo {
namespace {

struct Bit {
  std::string_view name;
  unsigned place;
  unsigned last;  // the same for a single bit
};
constexpr Bit kEflagsBits[] = {{"CF", 0, 0},   {"", 1, 1},     {"PF", 2, 2},    {"AF", 4, 4},
                               {"ZF", 6, 6},   {"SF", 7, 7},   {"TF", 8, 8},    {"IF", 9, 9},
                               {"DF", 10, 10}, {"OF", 11, 11}, {"NT", 14, 14},  {"RF", 16, 16},
                               {"VM", 17, 17}, {"AC", 18, 18}, {"VIF", 19, 19}, {"VIP", 20, 20},
                               {"ID", 21, 21}};
constexpr Bit kMxcsrBits[] = {{"IE", 0, 0},   {"DE", 1, 1},  {"ZE", 2, 2},   {"OE", 3, 3},
                              {"UE", 4, 4},   {"PE", 5, 5},  {"DAZ", 6, 6},  {"IM", 7, 7},
                              {"DM", 8, 8},   {"ZM", 9, 9},  {"OM", 10, 10}, {"UM", 11, 11},
                              {"PM", 12, 12}, {"FZ", 15, 15}};
constexpr Bit kCr0Bits[] = {{"PE", 0, 0},   {"MP", 1, 1},   {"EM", 2, 2},   {"TS", 3, 3},
                            {"ET", 4, 4},   {"NE", 5, 5},   {"WP", 16, 16}, {"AM", 18, 18},
                            {"NW", 29, 29}, {"CD", 30, 30}, {"PG", 31, 31}};
constexpr Bit kCr3Bits[] = {{"PCID", 0, 11}, {"PDBR", 12, 63}};
constexpr Bit kCr4Bits[] = {
    {"VME", 0, 0},    {"PVI", 1, 1},        {"TSD", 2, 2},          {"DE", 3, 3},
    {"PSE", 4, 4},    {"PAE", 5, 5},        {"MCE", 6, 6},          {"PGE", 7, 7},
    {"PCE", 8, 8},    {"OSFXSR", 9, 9},     {"OSXMMEXCPT", 10, 10}, {"UMIP", 11, 11},
    {"LA57", 12, 12}, {"FSGSBASE", 16, 16}, {"PCIDE", 17, 17},      {"OSXSAVE", 18, 18},
    {"SMEP", 20, 20}, {"SMAP", 21, 21},     {"PKE", 22, 22}};
constexpr Bit kEferBits[] = {{"SCE", 0, 0}, {"LME", 8, 8}, {"LMA", 10, 10}, {"NXE", 11, 11}};

std::string flags_type(std::string_view id, unsigned bytes, std::span<const Bit> bits) {
  std::string text = fmt::format("<flags id=\"{}\" size=\"{}\">", id, bytes);
  for (const Bit& bit : bits) {
    text +=
        fmt::format("<field name=\"{}\" start=\"{}\" end=\"{}\"/>", bit.name, bit.place, bit.last);
  }
  return text + "</flags>";
}

// What gdb's own descriptions of XMM registers say.
std::string vector_types() {
  struct Lanes {
    std::string_view id, type;
    unsigned count;
  };
  constexpr Lanes kLanes[] = {{"v4f", "ieee_single", 4}, {"v2d", "ieee_double", 2},
                              {"v16i8", "int8", 16},     {"v8i16", "int16", 8},
                              {"v4i32", "int32", 4},     {"v2i64", "int64", 2}};
  std::string text;
  for (const Lanes& lanes : kLanes) {
    text += fmt::format("<vector id=\"{}\" type=\"{}\" count=\"{}\"/>", lanes.id, lanes.type,
                        lanes.count);
  }
  text += "<union id=\"vec128\">";
  constexpr std::string_view kFields[][2] = {
      {"v4_float", "v4f"},   {"v2_double", "v2d"},  {"v16_int8", "v16i8"}, {"v8_int16", "v8i16"},
      {"v4_int32", "v4i32"}, {"v2_int64", "v2i64"}, {"uint128", "uint128"}};
  for (const auto& field : kFields) {
    text += fmt::format("<field name=\"{}\" type=\"{}\"/>", field[0], field[1]);
  }
  return text + "</union>";
}

std::string types_of(RegisterSet set) {
  switch (set) {
    case RegisterSet::kCore:
      return flags_type("i386_eflags", 4, kEflagsBits);
    case RegisterSet::kSse:
      return vector_types() + flags_type("i386_mxcsr", 4, kMxcsrBits);
    case RegisterSet::kSystem:
      return flags_type("vireo_cr0", 8, kCr0Bits) + flags_type("vireo_cr3", 8, kCr3Bits) +
             flags_type("vireo_cr4", 8, kCr4Bits) + flags_type("vireo_efer", 8, kEferBits);
    case RegisterSet::kSegments:
    case RegisterSet::kAvx:
      break;
  }
  return "";
}

std::string_view feature_of(RegisterSet set) {
  switch (set) {
    case RegisterSet::kCore:
      return "org.gnu.gdb.i386.core";
    case RegisterSet::kSse:
      return "org.gnu.gdb.i386.sse";
    case RegisterSet::kSegments:
      return "org.gnu.gdb.i386.segments";
    case RegisterSet::kAvx:
      return "org.gnu.gdb.i386.avx";
    case RegisterSet::kSystem:
      break;
  }
  return "vireo.i386.system";
}

std::string type_of(const DebugRegister& row) {
  switch (row.type) {
    case RegisterType::kCodePointer:
      return "code_ptr";
    case RegisterType::kDataPointer:
      return "data_ptr";
    case RegisterType::kEflags:
      return "i386_eflags";
    case RegisterType::kX87:
      return "i387_ext";
    case RegisterType::kXmm:
      return "vec128";
    case RegisterType::kMxcsr:
      return "i386_mxcsr";
    case RegisterType::kYmmHigh:
      return "uint128";
    case RegisterType::kInteger:
      break;
  }
  const bool flags =
      row.name == "cr0" || row.name == "cr3" || row.name == "cr4" || row.name == "efer";
  return flags ? fmt::format("vireo_{}", row.name) : fmt::format("int{}", 8 * row.bytes);
}

// What `info float`, `info vector` and `info registers system` ask for.
std::string_view group_of(const DebugRegister& row) {
  if (row.set == RegisterSet::kSystem) return " group=\"system\"";
  const bool x87_word =
      row.set == RegisterSet::kCore && row.name.front() == 'f' && row.name.size() > 2;
  return x87_word ? " group=\"float\"" : "";
}

}  // namespace

std::string target_description(std::span<const DebugRegister> registers) {
  std::string text =
      "<?xml version=\"1.0\"?><!DOCTYPE target SYSTEM \"gdb-target.dtd\">"
      "<target><architecture>i386:x86-64</architecture>";
  for (size_t i = 0; i < registers.size(); ++i) {
    const DebugRegister& row = registers[i];
    if (i == 0 || registers[i - 1].set != row.set) {
      if (i != 0) text += "</feature>";
      text += fmt::format("<feature name=\"{}\">{}", feature_of(row.set), types_of(row.set));
    }
    text += fmt::format("<reg name=\"{}\" bitsize=\"{}\" type=\"{}\"{}/>", row.name, 8 * row.bytes,
                        type_of(row), group_of(row));
  }
  return text + "</feature></target>";
}

}  // namespace vireo
