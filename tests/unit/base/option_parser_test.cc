#include "machine/base/option_parser.h"

#include <doctest/doctest.h>

#include "machine/base/nearest_name.h"

namespace vireo {
namespace {

constexpr OptionKey kKeys[] = {
    {"file", OptionType::kText, "the image"},
    {"readonly", OptionType::kBool, "no writes"},
    {"queue-size", OptionType::kNumber, "entries", {}, 2, 1024},
    {"size", OptionType::kSize, "memory", {}, 0, UINT64_MAX, uint64_t{1} << 20},
    {"cache", OptionType::kChoice, "caching", "writeback|none"},
};

Result<ParsedOptions> parse(std::string_view text, std::string_view implied = {}) {
  return parse_options("-drive", text, kKeys, implied);
}

std::string error_of(std::string_view text, std::string_view implied = {}) {
  const auto parsed = parse(text, implied);
  return parsed.ok() ? "no error" : parsed.error().message;
}

TEST_CASE("values of every type are read by key") {
  const auto parsed = parse("file=a.img,readonly=on,queue-size=0x80,size=2G,cache=none");
  REQUIRE(parsed.ok());
  CHECK(parsed->text("file") == "a.img");
  CHECK(parsed->flag("readonly", false));
  CHECK(parsed->number("queue-size", 0) == 128);
  CHECK(parsed->number("size", 0) == uint64_t{2} << 30);
  CHECK(parsed->text("cache") == "none");
}

TEST_CASE("a key that was not given yields the default") {
  const auto parsed = parse("file=a");
  REQUIRE(parsed.ok());
  CHECK_FALSE(parsed->has("cache"));
  CHECK(parsed->text("cache", "writeback") == "writeback");
  CHECK(parsed->flag("readonly", true));
  CHECK(parsed->number("queue-size", 256) == 256);
}

TEST_CASE("a doubled comma is a comma of the value") {
  const auto parsed = parse("file=a,,b,,,readonly");
  REQUIRE(parsed.ok());
  CHECK(parsed->text("file") == "a,b,");
  CHECK(parsed->flag("readonly", false));
}

TEST_CASE("a value may hold an equals sign") {
  const auto parsed = parse("file=x=y");
  REQUIRE(parsed.ok());
  CHECK(parsed->text("file") == "x=y");
}

TEST_CASE("the first item without a key belongs to the implied key") {
  const auto parsed = parse("64", "size");
  REQUIRE(parsed.ok());
  CHECK(parsed->number("size", 0) == uint64_t{64} << 20);
}

TEST_CASE("an empty text gives nothing") { CHECK(parse("").ok()); }

TEST_CASE("help among the items is noticed") {
  CHECK(parse("help")->help_wanted());
  CHECK(parse("file=a,?")->help_wanted());
  CHECK_FALSE(parse("file=help")->help_wanted());
}

TEST_CASE("an unknown key is named together with the nearest known one") {
  CHECK(error_of("fiel=a") == "-drive: unknown property 'fiel'; the nearest is 'file'");
  CHECK(error_of("read-only") == "-drive: unknown property 'read-only'; the nearest is 'readonly'");
}

TEST_CASE("a key given twice is an error") {
  CHECK(error_of("file=a,file=b") == "-drive: 'file' is given twice");
  CHECK(error_of("a,file=b", "file") == "-drive: 'file' is given twice");
}

TEST_CASE("a value that does not fit names what would") {
  CHECK(error_of("readonly=maybe") == "-drive: readonly=maybe is not on or off");
  CHECK(error_of("queue-size=1") == "-drive: queue-size=1 is not a number from 2 to 1024");
  CHECK(error_of("queue-size=-1") == "-drive: queue-size=-1 is not a number from 2 to 1024");
  CHECK(error_of("cache=all") == "-drive: cache=all is not one of writeback, none");
  CHECK(error_of("size=1X") == "-drive: size=1X is not a size such as 64K, 512M or 2G");
}

TEST_CASE("a bare key that is no switch needs a value") {
  CHECK(error_of("file") == "-drive: 'file' needs a value: file=TEXT");
  CHECK(error_of("cache") == "-drive: 'cache' needs a value: cache=writeback|none");
}

TEST_CASE("a stray comma is an error") {
  CHECK(error_of("readonly,") == "-drive: an empty item; look for a comma too many");
}

TEST_CASE("an option without properties says so") {
  const auto parsed = parse_options("-M", "x=1", {});
  CHECK(parsed.error().message == "-M: takes no properties, but 'x' is given");
}

TEST_CASE("sizes take letters and refuse what does not fit 64 bits") {
  CHECK(parse_size("1") == 1);
  CHECK(parse_size("3k") == 3072);
  CHECK(parse_size("1T") == uint64_t{1} << 40);
  CHECK(parse_size("0x1b") == 0x1b);
  CHECK(parse_size("17179869183G") == uint64_t{17179869183} << 30);
  CHECK_FALSE(parse_size("17179869184G").has_value());
  CHECK_FALSE(parse_size("G").has_value());
  CHECK_FALSE(parse_size("").has_value());
  CHECK_FALSE(parse_size("1 M").has_value());
}

TEST_CASE("numbers refuse signs, blanks and overflow") {
  CHECK(parse_number("18446744073709551615") == UINT64_MAX);
  CHECK_FALSE(parse_number("18446744073709551616").has_value());
  CHECK_FALSE(parse_number("+1").has_value());
  CHECK_FALSE(parse_number(" 1").has_value());
  CHECK_FALSE(parse_number("0x").has_value());
}

TEST_CASE("help lists each key with its form") {
  const std::string help = option_keys_help(kKeys);
  CHECK(help.find("readonly=on|off") != std::string::npos);
  CHECK(help.find("cache=writeback|none") != std::string::npos);
}

TEST_CASE("edit distance counts changes and swaps") {
  CHECK(edit_distance("", "abc") == 3);
  CHECK(edit_distance("smp", "smp") == 0);
  CHECK(edit_distance("sereal", "serial") == 1);
  CHECK(edit_distance("fiel", "file") == 1);
}

TEST_CASE("a continued name is nearer than one of other letters") {
  CHECK(nearest_name("virtio-blk", {"virtio-rng", "virtio-blk-pci"}) == "virtio-blk-pci");
  CHECK(nearest_name("x", {}).empty());
}

TEST_CASE("a key that repeats keeps all its values in order") {
  constexpr OptionKey kRepeating[] = {{.name = "forward", .help = "a forward", .repeats = true},
                                      {.name = "id", .help = "a name"}};
  const auto parsed = parse_options("-netdev", "forward=a,id=x,forward=b", kRepeating);

  REQUIRE(parsed.ok());
  CHECK(parsed->texts("forward") == std::vector<std::string>{"a", "b"});
  CHECK(parsed->texts("missing").empty());
  CHECK_FALSE(parse_options("-netdev", "id=x,id=y", kRepeating).ok());
}

}  // namespace
}  // namespace vireo
