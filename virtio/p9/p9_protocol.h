// The wire format of 9P2000.L: message types, flags and fixed sizes, as the protocol's
// description at github.com/chaos/diod (protocol.md) and Linux's client have them.
#pragma once

#include <cstdint>

namespace vireo::p9 {

inline constexpr uint64_t kMountTagFeature = 1;  // VIRTIO_9P_F_MOUNT_TAG, bit 0

// Requests; an answer's type is one more.
enum class Type : uint8_t {
  kLerror = 6,  // only Rlerror, 7, exists
  kStatfs = 8,
  kLopen = 12,
  kLcreate = 14,
  kSymlink = 16,
  kMknod = 18,
  kRename = 20,
  kReadlink = 22,
  kGetattr = 24,
  kSetattr = 26,
  kXattrwalk = 30,
  kXattrcreate = 32,
  kReaddir = 40,
  kFsync = 50,
  kLock = 52,
  kGetlock = 54,
  kLink = 70,
  kMkdir = 72,
  kRenameat = 74,
  kUnlinkat = 76,
  kVersion = 100,
  kAuth = 102,
  kAttach = 104,
  kFlush = 108,
  kWalk = 110,
  kRead = 116,
  kWrite = 118,
  kClunk = 120,
  kRemove = 122,
};

inline constexpr uint32_t kHeaderBytes = 7;  // size[4] type[1] tag[2]
inline constexpr uint32_t kErrorBytes = kHeaderBytes + 4;
inline constexpr uint32_t kNoFid = UINT32_MAX;
inline constexpr uint16_t kMaxWalk = 16;
inline constexpr uint32_t kMaxName = 255;

// What stands for a file's identity: type, version, path (a number).
struct Qid {
  uint8_t type = 0;
  uint32_t version = 0;
  uint64_t path = 0;
};
inline constexpr uint32_t kQidBytes = 13;
inline constexpr uint8_t kQidFolder = 0x80;
inline constexpr uint8_t kQidSymlink = 0x02;

// Tlopen and Tlcreate flags: Linux's own.
namespace open_flag {
inline constexpr uint32_t kAccessMask = 3;
inline constexpr uint32_t kWriteOnly = 1;
inline constexpr uint32_t kReadWrite = 2;
inline constexpr uint32_t kExclusive = 0200;
inline constexpr uint32_t kTruncate = 01000;
inline constexpr uint32_t kFolder = 0200000;
}  // namespace open_flag

// Tgetattr: the attributes up to blocks; no more are kept.
inline constexpr uint64_t kAttrBasic = 0x7ff;

namespace setattr_bit {
inline constexpr uint32_t kMode = 0x1;
inline constexpr uint32_t kUid = 0x2;
inline constexpr uint32_t kGid = 0x4;
inline constexpr uint32_t kSize = 0x8;
inline constexpr uint32_t kAtime = 0x10;
inline constexpr uint32_t kMtime = 0x20;
inline constexpr uint32_t kCtime = 0x40;
inline constexpr uint32_t kAtimeSet = 0x80;  // to the value given, not to now
inline constexpr uint32_t kMtimeSet = 0x100;
}  // namespace setattr_bit

inline constexpr uint32_t kUnlinkFolder = 0x200;  // Tunlinkat: AT_REMOVEDIR
inline constexpr uint32_t kFileSystemMagic = 0x01021997;
inline constexpr uint32_t kMaxAttributeBytes = 64 << 10;

inline constexpr uint8_t kLockSuccess = 0;
inline constexpr uint8_t kLockTypeUnlock = 2;

}  // namespace vireo::p9
