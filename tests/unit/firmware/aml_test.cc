#include "firmware/acpi/aml.h"

#include <doctest/doctest.h>

#include "firmware/acpi/resources.h"
#include "firmware/byte_writer.h"

namespace vireo::aml {
namespace {

using Raw = std::vector<uint8_t>;

// Expected encodings are worked out by hand from ACPI 6.5 section 20.2.

TEST_CASE("integers take their shortest form") {
  CHECK(integer(0).bytes() == Raw{0x00});
  CHECK(integer(1).bytes() == Raw{0x01});
  CHECK(integer(2).bytes() == Raw{0x0A, 0x02});
  CHECK(integer(0x1234).bytes() == Raw{0x0B, 0x34, 0x12});
  CHECK(integer(0x12345678).bytes() == Raw{0x0C, 0x78, 0x56, 0x34, 0x12});
  CHECK(integer(0x1'0000'0000).bytes() == Raw{0x0E, 0, 0, 0, 0, 1, 0, 0, 0});
}

TEST_CASE("paths pad segments and count them") {
  CHECK(path("\\").bytes() == Raw{'\\', 0x00});
  CHECK(path("PIC").bytes() == Raw{'P', 'I', 'C', '_'});
  CHECK(path("\\_SB.LNKA").bytes() == Raw{'\\', 0x2E, '_', 'S', 'B', '_', 'L', 'N', 'K', 'A'});
  CHECK(path("A.B.C").bytes() ==
        Raw{0x2F, 3, 'A', '_', '_', '_', 'B', '_', '_', '_', 'C', '_', '_', '_'});
}

TEST_CASE("EISA ids are compressed") {
  CHECK(eisa_id("PNP0A03").bytes() == Raw{0x0C, 0x41, 0xD0, 0x0A, 0x03});
  CHECK(eisa_id("PNP0C0F").bytes() == Raw{0x0C, 0x41, 0xD0, 0x0C, 0x0F});
}

TEST_CASE("a UUID's first three groups are little-endian") {
  CHECK(uuid("33db4d5b-1ff7-401c-9657-7441c03dd766").bytes() ==
        Raw{0x11, 0x13, 0x0A, 0x10, 0x5b, 0x4d, 0xdb, 0x33, 0xf7, 0x1f,
            0x1c, 0x40, 0x96, 0x57, 0x74, 0x41, 0xc0, 0x3d, 0xd7, 0x66});
}

TEST_CASE("package lengths count themselves and grow by the byte") {
  // Scope(\) with a body of n bytes: the length covers itself and the two of the name.
  const auto length_of = [](size_t n) {
    const Raw raw = scope("\\", Code(Raw(n))).bytes();
    return Raw(raw.begin() + 1, raw.begin() + 5);
  };
  CHECK(length_of(60)[0] == 63);
  CHECK(length_of(61) == Raw{0x41, 0x04, '\\', 0x00});
  CHECK(length_of(4091) == Raw{0x4F, 0xFF, '\\', 0x00});
  CHECK(length_of(4092) == Raw{0x81, 0x00, 0x01, '\\'});
}

TEST_CASE("named objects and methods") {
  CHECK(name("_S5", integer(0)).bytes() == Raw{0x08, '_', 'S', '5', '_', 0x00});
  CHECK(method("_PIC", 1, store(arg(0), path("PICF"))).bytes() ==
        Raw{0x14, 0x0C, '_', 'P', 'I', 'C', 0x09, 0x70, 0x68, 'P', 'I', 'C', 'F'});
  CHECK(device("LPC", Code()).bytes() == Raw{0x5B, 0x82, 0x05, 'L', 'P', 'C', '_'});
}

TEST_CASE("fields name their units and leave gaps") {
  constexpr FieldUnit kUnits[] = {{"PRQA", 8}, {"", 96}, {"PRQB", 8}};
  CHECK(byte_field("PIRQ", kUnits).bytes() == Raw{0x5B, 0x81, 0x13, 'P', 'I', 'R', 'Q',
                                                  0x01, 'P',  'R',  'Q', 'A', 8,   0x00,
                                                  0x40, 0x06, 'P',  'R', 'Q', 'B', 8});
}

TEST_CASE("statements nest") {
  CHECK((if_(equal(local(0), integer(1)), return_(integer(0))) + else_(return_(integer(1))))
            .bytes() == Raw{0xA0, 0x06, 0x93, 0x60, 0x01, 0xA4, 0x00, 0xA1, 0x03, 0xA4, 0x01});
  CHECK(or_(path("X"), integer(0x80), path("X")).bytes() ==
        Raw{0x7D, 'X', '_', '_', '_', 0x0A, 0x80, 'X', '_', '_', '_'});
  CHECK(not_equal(arg(1), integer(1)).bytes() == Raw{0x92, 0x93, 0x69, 0x01});
}

TEST_CASE("resource descriptors") {
  CHECK(io(0x3F8, 8).bytes() == Raw{0x47, 0x01, 0xF8, 0x03, 0xF8, 0x03, 0x01, 0x08});
  CHECK(irq(4).bytes() == Raw{0x22, 0x10, 0x00});
  CHECK(fixed_memory32(0xFED0'0000, 0x400).bytes() ==
        Raw{0x86, 0x09, 0x00, 0x01, 0x00, 0x00, 0xD0, 0xFE, 0x00, 0x04, 0x00, 0x00});
  CHECK(bus_window(0, 0xFF).bytes() ==
        Raw{0x88, 13, 0, 2, 0x0C, 0, 0, 0, 0, 0, 0xFF, 0, 0, 0, 0x00, 0x01});
  CHECK(memory_window64(0x80'0000'0000, 0x80'0000'0FFF).bytes().size() == 46);
  constexpr uint32_t kLines[] = {5, 10};
  CHECK(level_irqs(kLines).bytes() == Raw{0x89, 10, 0, 0x0D, 2, 5, 0, 0, 0, 10, 0, 0, 0});
}

TEST_CASE("a resource template ends with its tag") {
  CHECK(resource_template(irq(4)).bytes() ==
        Raw{0x11, 0x08, 0x0A, 0x05, 0x22, 0x10, 0x00, 0x79, 0x00});
}

}  // namespace
}  // namespace vireo::aml
