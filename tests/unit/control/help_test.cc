#include "machine/control/help.h"

#include <doctest/doctest.h>

#include <set>

#include "machine/control/option_row.h"
#include "tests/unit/control/parse.h"

namespace vireo {
namespace {

std::string printed(Words words) {
  const auto parsed = parse_words(words);
  REQUIRE(parsed.ok());
  REQUIRE(parsed->print.has_value());
  return *parsed->print;
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("help shows every option with its argument") {
  const std::string help = help_text();
  for (const OptionRow& row : option_rows()) {
    std::string heading(row.name);
    if (!row.argument.empty() && !row.takes_attached()) heading += ' ';
    heading += row.argument;
    CHECK_MESSAGE(contains(help, heading + "\n"), heading);
  }
  CHECK(contains(help, "Exit codes:"));
}

TEST_CASE("no option name occurs twice") {
  const auto names = option_names();
  CHECK(std::set<std::string_view>(names.begin(), names.end()).size() == names.size());
}

TEST_CASE("every spelling of help prints the same and needs no kernel") {
  CHECK(printed({"-h"}) == help_text());
  CHECK(printed({"--help"}) == help_text());
  CHECK(printed({"-help", "-nonsense"}) == help_text());
}

TEST_CASE("the version is printed") { CHECK(printed({"--version"}).substr(0, 6) == "vireo "); }

TEST_CASE("lists are printed for the options that have them") {
  CHECK(contains(printed({"-M", "help"}), "q35"));
  CHECK(contains(printed({"-cpu", "help"}), "x86-64-v2"));
  CHECK(contains(printed({"-accel", "help"}), "tcg"));
  CHECK(contains(printed({"-d", "help"}), "in_asm"));
  CHECK(contains(printed({"-drive", "help"}), "snapshot=on|off"));
  CHECK(contains(printed({"-device", "help"}), "virtio-blk-pci-non-transitional"));
}

TEST_CASE("a device lists its own properties") {
  CHECK(contains(printed({"-device", "virtio-blk-pci,help"}), "disable-legacy=on|off|auto"));
  CHECK_FALSE(contains(printed({"-device", "virtio-blk-pci-transitional,help"}), "disable-legacy"));
  CHECK(contains(printed({"-device", "isa-debug-exit,help"}), "iobase=N"));
}

}  // namespace
}  // namespace vireo
