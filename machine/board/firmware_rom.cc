#include "machine/board/firmware_rom.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "machine/board/snapshot/chunk_hash.h"

namespace vireo {

Result<FirmwareRom> FirmwareRom::read(const std::string& path, HostServices& host) {
  auto file = host.read_file(path, "firmware");
  if (!file) return Error{"-bios: " + file.error().message};
  if (file->empty() || file->size() % kPiece != 0 || file->size() > kMost) {
    return Error{fmt::format(
        "-bios {}: {} bytes; a firmware has a multiple of 64 KiB, up to 16 MiB", path,
        file->size())};
  }
  auto ram = HostRam::allocate(file->size());
  if (!ram) return ram.error();
  std::copy(file->begin(), file->end(), ram->data());
  return FirmwareRom(std::move(*ram), chunk_hash(*file));
}

}  // namespace vireo
