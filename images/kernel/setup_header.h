// Offsets in Linux's boot_params ("zero page") and in the setup header within
// it, which stands at the same offset in a bzImage. Sources: Linux
// Documentation/arch/x86/boot.rst and zero-page.rst.
#pragma once

#include <cstdint>

namespace vireo::setup {

// Setup header; each with the protocol that introduced it where after 2.02.
inline constexpr uint64_t kSetupSects = 0x1f1;  // first byte of the header
inline constexpr uint64_t kSyssize = 0x1f4;     // 16-byte units
inline constexpr uint64_t kVidMode = 0x1fa;
inline constexpr uint64_t kBootFlag = 0x1fe;
inline constexpr uint64_t kJump = 0x200;
inline constexpr uint64_t kHeaderMagic = 0x202;
inline constexpr uint64_t kVersion = 0x206;
inline constexpr uint64_t kKernelVersion = 0x20e;  // file offset - 0x200
inline constexpr uint64_t kTypeOfLoader = 0x210;
inline constexpr uint64_t kLoadFlags = 0x211;
inline constexpr uint64_t kCode32Start = 0x214;
inline constexpr uint64_t kRamdiskImage = 0x218;
inline constexpr uint64_t kRamdiskSize = 0x21c;
inline constexpr uint64_t kCmdLinePtr = 0x228;
inline constexpr uint64_t kInitrdAddrMax = 0x22c;      // 2.03
inline constexpr uint64_t kKernelAlignment = 0x230;    // 2.05
inline constexpr uint64_t kRelocatableKernel = 0x234;  // 2.05
inline constexpr uint64_t kXloadflags = 0x236;         // 2.12
inline constexpr uint64_t kCmdlineSize = 0x238;        // 2.06
inline constexpr uint64_t kHardwareSubarch = 0x23c;    // 2.07
inline constexpr uint64_t kPayloadOffset = 0x248;      // 2.08
inline constexpr uint64_t kPayloadLength = 0x24c;      // 2.08
inline constexpr uint64_t kSetupData = 0x250;          // 2.09
inline constexpr uint64_t kPrefAddress = 0x258;        // 2.10
inline constexpr uint64_t kInitSize = 0x260;           // 2.10
// The room for the header in boot_params: what follows has another meaning.
inline constexpr uint64_t kEndOfRoom = 0x290;

// The rest of boot_params.
inline constexpr uint64_t kAcpiRsdpAddr = 0x070;
inline constexpr uint64_t kExtRamdiskImage = 0x0c0;  // upper halves of 64-bit values
inline constexpr uint64_t kExtRamdiskSize = 0x0c4;
inline constexpr uint64_t kExtCmdLinePtr = 0x0c8;
inline constexpr uint64_t kE820Entries = 0x1e8;
inline constexpr uint64_t kE820Table = 0x2d0;
inline constexpr uint64_t kE820EntryBytes = 20;
inline constexpr uint64_t kE820MaxEntries = 128;
inline constexpr uint64_t kBootParamsBytes = 4096;

inline constexpr uint16_t kBootFlagValue = 0xaa55;
inline constexpr uint32_t kHeaderMagicValue = 0x53726448;  // "HdrS"
inline constexpr uint8_t kLoadedHigh = 1 << 0;             // loadflags
inline constexpr uint8_t kKaslrFlag = 1 << 1;
inline constexpr uint8_t kLoaderUndefined = 0xff;  // type_of_loader without an assigned id

}  // namespace vireo::setup
