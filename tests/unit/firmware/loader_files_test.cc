// The loader's commands, done as a firmware does them.
#include "firmware/acpi/loader_files.h"

#include <doctest/doctest.h>

#include <cstring>
#include <map>
#include <string>

namespace vireo {
namespace {

using Bytes = std::vector<uint8_t>;

struct Loaded {
  static constexpr uint64_t kTablesAt = 0x7fe0000;
  std::map<std::string, Bytes> files;

  explicit Loaded(const acpi::LoaderFiles& made)
      : files{{std::string(acpi::kTablesFile), made.tables},
              {std::string(acpi::kRsdpFile), made.rsdp}} {
    for (size_t at = 0; at + 128 <= made.commands.size(); at += 128) run(&made.commands[at]);
  }
  template <typename T>
  static T word(const uint8_t* at) {
    T value;
    std::memcpy(&value, at, sizeof value);
    return value;
  }
  void run(const uint8_t* command) {
    Bytes& file = files.at(reinterpret_cast<const char*>(command + 4));
    const uint8_t* rest = command + 60;
    if (word<uint32_t>(command) == 2) {
      REQUIRE(std::string(reinterpret_cast<const char*>(rest)) == acpi::kTablesFile);
      const uint32_t offset = word<uint32_t>(rest + 56);
      uint64_t value = 0;
      std::memcpy(&value, &file.at(offset), rest[60]);
      value += kTablesAt;
      std::memcpy(&file.at(offset), &value, rest[60]);
    }
    if (word<uint32_t>(command) == 3) {
      uint8_t sum = 0;
      for (uint32_t i = 0; i < word<uint32_t>(rest + 8); ++i) {
        sum = static_cast<uint8_t>(sum + file.at(word<uint32_t>(rest + 4) + i));
      }
      file.at(word<uint32_t>(rest)) = static_cast<uint8_t>(file.at(word<uint32_t>(rest)) - sum);
    }
  }
  const uint8_t* table(uint64_t address) {
    return &files.at(std::string(acpi::kTablesFile)).at(address - kTablesAt);
  }
  static unsigned sum(const uint8_t* bytes, size_t count) {
    unsigned total = 0;
    for (size_t i = 0; i < count; ++i) total += bytes[i];
    return total & 0xff;
  }
};

TEST_CASE("the loader's commands make tables whose pointers and sums are right") {
  Loaded loaded(acpi::make_loader_files(PlatformDescription{}));
  const Bytes& rsdp = loaded.files.at(std::string(acpi::kRsdpFile));
  CHECK(Loaded::sum(rsdp.data(), 20) == 0);
  CHECK(Loaded::sum(rsdp.data(), 36) == 0);
  std::string names;
  const uint8_t* xsdt = loaded.table(Loaded::word<uint64_t>(&rsdp[24]));
  const uint8_t* rsdt = loaded.table(Loaded::word<uint32_t>(&rsdp[16]));
  CHECK(std::string(reinterpret_cast<const char*>(rsdt), 4) == "RSDT");
  for (uint32_t at = 36; at < Loaded::word<uint32_t>(xsdt + 4); at += 8) {
    const uint8_t* table = loaded.table(Loaded::word<uint64_t>(xsdt + at));
    CHECK(loaded.table(Loaded::word<uint32_t>(rsdt + 36 + (at - 36) / 2)) == table);
    CHECK(Loaded::sum(table, Loaded::word<uint32_t>(table + 4)) == 0);
    names += std::string(reinterpret_cast<const char*>(table), 4) + " ";
  }
  CHECK(names == "FACP APIC MCFG HPET ");
  const uint8_t* fadt = loaded.table(Loaded::word<uint64_t>(xsdt + 36));
  const uint8_t* dsdt = loaded.table(Loaded::word<uint32_t>(fadt + 40));
  CHECK(std::string(reinterpret_cast<const char*>(dsdt), 4) == "DSDT");
  CHECK(loaded.table(Loaded::word<uint64_t>(fadt + 140)) == dsdt);
  CHECK(Loaded::sum(dsdt, Loaded::word<uint32_t>(dsdt + 4)) == 0);
  const uint8_t* facs = loaded.table(Loaded::word<uint32_t>(fadt + 36));
  CHECK(std::string(reinterpret_cast<const char*>(facs), 4) == "FACS");
}

}  // namespace
}  // namespace vireo
