#include "firmware/acpi/loader_files.h"

#include "firmware/acpi/dsdt.h"
#include "firmware/acpi/fixed_tables.h"
#include "firmware/byte_writer.h"

namespace vireo::acpi {
namespace {

constexpr size_t kCommandBytes = 128, kNameBytes = 56;
constexpr uint32_t kAllocate = 1, kAddPointer = 2, kAddChecksum = 3;
constexpr uint8_t kHighMemory = 1, kBiosSegment = 2;

// Offsets in a table's header (ACPI 6.5 table 5.4), the FADT and the RSDP.
constexpr size_t kChecksum = 9, kHeaderBytes = 36;
constexpr size_t kFadtFacs = 36, kFadtDsdt = 40, kFadtWideDsdt = 140;
constexpr size_t kRsdpChecksum = 8, kRsdpRsdt = 16, kRsdpXsdt = 24, kRsdpLongChecksum = 32;
constexpr size_t kRsdpFirstPart = 20;

class Commands {
 public:
  void allocate(std::string_view file, uint32_t alignment, uint8_t zone) {
    begin(kAllocate).text(file, kNameBytes, '\0').u32(alignment).u8(zone);
    end();
  }
  // The word of `width` bytes at `offset` of `file` points into the tables.
  void point(std::string_view file, size_t offset, uint8_t width) {
    begin(kAddPointer).text(file, kNameBytes, '\0').text(kTablesFile, kNameBytes, '\0');
    out_.u32(offset).u8(width);
    end();
  }
  void checksum(std::string_view file, size_t offset, size_t start, size_t length) {
    begin(kAddChecksum).text(file, kNameBytes, '\0').u32(offset).u32(start).u32(length);
    end();
  }
  const std::vector<uint8_t>& bytes() const { return out_.bytes(); }

 private:
  ByteWriter& begin(uint32_t command) { return out_.u32(command); }
  void end() { out_.zeros((kCommandBytes - out_.size() % kCommandBytes) % kCommandBytes); }
  ByteWriter out_;
};

struct Placed {
  GuestAddr at;
  size_t bytes = 0;
};

// The tables behind each other, from offset 0 on.
class TablesFile {
 public:
  Placed add(Table table, bool has_checksum = true) {
    constexpr size_t kAlignment = 64;
    out_.zeros((kAlignment - out_.size() % kAlignment) % kAlignment);
    const Placed placed{GuestAddr{out_.size()}, table.size()};
    if (has_checksum) table[kChecksum] = 0;
    out_.append(table);
    return placed;
  }
  const std::vector<uint8_t>& bytes() const { return out_.bytes(); }

 private:
  ByteWriter out_;
};

void point_from_root(Commands& commands, const Placed& root, size_t entries, uint8_t width) {
  for (size_t i = 0; i < entries; ++i) {
    commands.point(kTablesFile, root.at.value + kHeaderBytes + i * width, width);
  }
}

}  // namespace

LoaderFiles make_loader_files(const PlatformDescription& platform) {
  TablesFile file;
  const Placed facs = file.add(make_facs(), false);
  const Placed dsdt = file.add(make_dsdt(platform));
  const Placed fadt = file.add(make_fadt(platform, facs.at, dsdt.at));
  std::vector<Placed> named{fadt, file.add(make_madt(platform)), file.add(make_mcfg(platform))};
  if (platform.has_hpet) named.push_back(file.add(make_hpet(platform)));
  std::vector<GuestAddr> addresses;
  for (const Placed& table : named) addresses.push_back(table.at);
  const Placed rsdt = file.add(make_rsdt(addresses)), xsdt = file.add(make_xsdt(addresses));

  Commands commands;
  commands.allocate(kTablesFile, 64, kHighMemory);
  commands.allocate(kRsdpFile, 16, kBiosSegment);
  commands.point(kTablesFile, fadt.at.value + kFadtFacs, 4);
  commands.point(kTablesFile, fadt.at.value + kFadtDsdt, 4);
  commands.point(kTablesFile, fadt.at.value + kFadtWideDsdt, 8);
  point_from_root(commands, rsdt, named.size(), 4);
  point_from_root(commands, xsdt, named.size(), 8);
  commands.point(kRsdpFile, kRsdpRsdt, 4);
  commands.point(kRsdpFile, kRsdpXsdt, 8);
  named.insert(named.end(), {dsdt, rsdt, xsdt});
  for (const Placed& table : named) {
    commands.checksum(kTablesFile, table.at.value + kChecksum, table.at.value, table.bytes);
  }
  Table rsdp = make_rsdp(rsdt.at, xsdt.at);
  rsdp[kRsdpChecksum] = rsdp[kRsdpLongChecksum] = 0;
  commands.checksum(kRsdpFile, kRsdpChecksum, 0, kRsdpFirstPart);
  commands.checksum(kRsdpFile, kRsdpLongChecksum, 0, kRsdpBytes);
  return {file.bytes(), rsdp, commands.bytes()};
}

}  // namespace vireo::acpi
