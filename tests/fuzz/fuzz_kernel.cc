// Fuzzes the loaders of kernels: any bytes as a file, and good kernels of each format with some of
// their bytes changed. They must be refused or placed, within guest memory.
#include <cstdlib>
#include <vector>

#include "images/kernel/kernel_loader.h"
#include "tests/fuzz/fuzz_digest.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/unit/images/kernel/kernel_builder.h"

namespace vireo::fuzz {
namespace {

using vireo::testing::Bytes;
using vireo::testing::put;

constexpr uint64_t kMiB = 1 << 20;
constexpr uint64_t kPlace = 0x20'0000;

// The header of a multiboot kernel at the start of `out`; with addresses for bit 16.
Bytes multiboot(uint32_t flags) {
  Bytes out = vireo::testing::sample_bytes(1024);
  put(out, 0, uint32_t{0x1badb002});
  put(out, 4, flags);
  put(out, 8, static_cast<uint32_t>(0u - 0x1badb002 - flags));
  size_t at = 12;
  for (const uint64_t address : {kPlace, kPlace, kPlace + 1024, kPlace + 8192, kPlace + 32}) {
    put(out, at, static_cast<uint32_t>(address));
    at += 4;
  }
  return out;
}

const std::vector<Bytes>& good_kernels() {
  using namespace vireo::testing;
  constexpr uint32_t kXenEntryNote = 18;
  static const std::vector<Bytes> kernels{
      make_elf(kPlace, {{kPlace, kPlace, sample_bytes(512), 4096}},
               make_xen_note(kXenEntryNote, kPlace)),
      make_elf(kPlace, {{kPlace, kPlace, sample_bytes(512), 4096}}),
      make_elf32(kPlace, {kPlace, kPlace, multiboot(3), 4096}),
      multiboot(1u << 16),
      make_bzimage(pack_gzip(make_elf(kPlace, {{kPlace, kPlace, sample_bytes(512), 4096}}))),
  };
  return kernels;
}

Bytes changed_kernel(FuzzInput& input) {
  const auto& kernels = good_kernels();
  Bytes file = kernels[input.below(static_cast<uint32_t>(kernels.size()))];
  while (!input.empty()) {
    // Headers are at the start.
    const uint32_t reach = input.take<uint8_t>() < 200 ? 700 : 65535;
    const size_t at = input.below(reach) % file.size();
    if (input.take<uint8_t>() == 0) file.resize(at + 1);
    file[at % file.size()] = static_cast<std::byte>(input.take<uint8_t>());
  }
  return file;
}

void load(const Bytes& file, KernelEntry entry) {
  GuestMemory memory = GuestMemory::on_heap(4 * kMiB);
  const MemoryMap map{{GuestAddr{0}, 0x9fc00, MemoryKind::kRam},
                      {GuestAddr{kMiB}, 3 * kMiB, MemoryKind::kRam}};
  LinuxBootRequest request;
  request.kernel_name = "kernel";
  request.kernel = file;
  request.command_line = "a b";
  request.entry = entry;
  request.memory_map = map;
  const auto loaded = load_kernel(request, memory);
  const uint64_t outcome = loaded.ok() ? loaded->cpu.rip : loaded.error().message.size();
  digest().add(std::as_bytes(std::span(&outcome, 1)));
  if (!loaded.ok() && loaded.error().message.empty()) std::abort();
  if (loaded.ok() && loaded->kernel.end() > GuestAddr{4 * kMiB}) std::abort();
}

}  // namespace
}  // namespace vireo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vireo;
  fuzz::FuzzInput input(data, size);
  const auto entry = input.take<uint8_t>() % 2 == 0 ? KernelEntry::kFast : KernelEntry::kOrdinary;
  const auto all = std::as_bytes(std::span(data, size));
  fuzz::load(fuzz::Bytes(all.begin(), all.end()), entry);
  fuzz::load(fuzz::changed_kernel(input), entry);
  return 0;
}
