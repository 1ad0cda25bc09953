#include "firmware/acpi/table.h"

#include "firmware/byte_writer.h"

namespace vireo::acpi {

std::vector<uint8_t> make_table(std::string_view signature, uint8_t revision,
                                std::span<const uint8_t> body) {
  constexpr size_t kChecksumAt = 9;
  ByteWriter out;
  out.text(signature, 4).u32(kHeaderBytes + body.size()).u8(revision).u8(0);
  out.text(kOemId, 6).text(kOemTableId, 8).u32(kRevision);
  out.text(kCreatorId, 4).u32(kRevision);
  out.append(body);
  out.patch_u8(kChecksumAt, checksum_of(out.bytes()));
  return out.bytes();
}

}  // namespace vireo::acpi
