// The qcow2 format's numbers (QEMU, docs/interop/qcow2.txt).
#pragma once

#include <cstdint>

namespace vireo::qcow2 {

constexpr uint32_t kMagic = 0x514649fb;  // "QFI\xfb"

// Offsets of the header's fields, all big-endian.
constexpr uint64_t kSizeAt = 24;
constexpr uint64_t kL1EntriesAt = 36;  // followed by the table's offset
constexpr uint64_t kL1OffsetAt = 40;
constexpr uint64_t kRefcountTableAt = 48;  // followed by its clusters
constexpr uint64_t kSnapshotsAt = 60;      // followed by the table's offset
constexpr uint64_t kIncompatibleAt = 72;
constexpr uint64_t kCompatibleAt = 80;
constexpr uint64_t kAutoclearAt = 88;
constexpr uint32_t kHeaderBytes2 = 72;   // of version 2
constexpr uint32_t kHeaderBytes3 = 104;  // of version 3, at least
constexpr uint32_t kHeaderBytesNow = 112;

// Bits of the feature fields of version 3.
constexpr uint64_t kDirty = 1 << 0;
constexpr uint64_t kCorrupt = 1 << 1;
constexpr uint64_t kExternalData = 1 << 2;
constexpr uint64_t kCompressionType = 1 << 3;
constexpr uint64_t kExtendedL2 = 1 << 4;
constexpr uint64_t kLazyRefcounts = 1 << 0;  // compatible
constexpr uint64_t kBitmaps = 1 << 0;        // autoclear

// Header extensions.
constexpr uint32_t kExtensionEnd = 0;
constexpr uint32_t kExtensionBackingFormat = 0xe2792aca;
constexpr uint32_t kExtensionFeatureNames = 0x6803f857;
constexpr uint32_t kExtensionBitmaps = 0x23852875;

// Entries of L1 and L2 tables.
constexpr uint64_t kOffsetMask = 0x00fffffffffffe00;
constexpr uint64_t kCopied = uint64_t{1} << 63;      // refcount is one: write in place
constexpr uint64_t kCompressed = uint64_t{1} << 62;  // L2
constexpr uint64_t kZero = 1;                        // L2 of version 3: reads as zeros
constexpr uint64_t kReservedL1 = 0x7f000000000001ff;
constexpr uint64_t kReservedL2 = 0x3f000000000001fe;
constexpr uint64_t kReservedRefcountTable = 0x1ff;

// Bounds on what is held in memory for one image; QEMU has the same.
constexpr unsigned kMinClusterBits = 9;
constexpr unsigned kMaxClusterBits = 21;
constexpr uint64_t kMaxL1Bytes = 32 << 20;
constexpr uint64_t kMaxRefcountTableBytes = 8 << 20;
constexpr uint32_t kMaxBackingName = 1023;
constexpr uint32_t kMaxSnapshots = 65536;
constexpr uint64_t kMaxSnapshotTableBytes = 64 << 20;

}  // namespace vireo::qcow2
