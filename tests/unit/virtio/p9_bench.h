// The client's side of 9P: builds requests field by field and takes answers apart.
#pragma once

#include <doctest/doctest.h>

#include <cstring>
#include <string>
#include <vector>

#include "tests/unit/virtio/memory_tree.h"
#include "virtio/p9/p9_server.h"

namespace vireo::testing {

using p9::Type;

class P9Message {
 public:
  P9Message(Type type, uint16_t tag) { u32(0).u8(static_cast<uint8_t>(type)).u16(tag); }
  P9Message& u8(uint8_t v) { return raw(v); }
  P9Message& u16(uint16_t v) { return raw(v); }
  P9Message& u32(uint32_t v) { return raw(v); }
  P9Message& u64(uint64_t v) { return raw(v); }
  P9Message& str(const std::string& s) {
    u16(static_cast<uint16_t>(s.size()));
    return data(s);
  }
  P9Message& data(const std::string& s) {
    const auto in = std::as_bytes(std::span(s));
    bytes.insert(bytes.end(), in.begin(), in.end());
    return *this;
  }
  // With the true size in front.
  std::vector<std::byte> finish() const {
    std::vector<std::byte> out = bytes;
    const auto size = static_cast<uint32_t>(out.size());
    std::memcpy(out.data(), &size, sizeof size);
    return out;
  }

  std::vector<std::byte> bytes;

 private:
  template <typename T>
  P9Message& raw(T v) {
    const auto in = std::as_bytes(std::span(&v, 1));
    bytes.insert(bytes.end(), in.begin(), in.end());
    return *this;
  }
};

struct P9Answer {
  uint8_t type = 0;
  uint16_t tag = 0;
  std::vector<std::byte> body;  // behind the header

  // The number of an Rlerror, or 0.
  uint32_t error() const { return type == 7 ? at<uint32_t>(0) : 0; }
  bool is(Type request) const { return type == static_cast<uint8_t>(request) + 1; }
  template <typename T>
  T at(size_t offset) const {
    T value{};
    REQUIRE(offset + sizeof(T) <= body.size());
    std::memcpy(&value, body.data() + offset, sizeof(T));
    return value;
  }
  std::string text(size_t offset, size_t length) const {
    REQUIRE(offset + length <= body.size());
    return std::string(reinterpret_cast<const char*>(body.data()) + offset, length);
  }
  std::string str(size_t offset) const { return text(offset + 2, at<uint16_t>(offset)); }
};

inline constexpr uint32_t kRootFid = 0;
inline constexpr uint32_t kNobody = UINT32_MAX;

// A server on a tree in memory with a session and the root attached as fid 0 by user 1000.
class P9Bench {
 public:
  explicit P9Bench(bool read_only = false) : tree(read_only) {
    version();
    attach(kRootFid);
  }

  static P9Message message(Type type) { return P9Message(type, 1); }
  P9Answer send(const P9Message& message, size_t room = 64 << 10) {
    return raw(message.finish(), room);
  }
  P9Answer raw(const std::vector<std::byte>& message, size_t room = 64 << 10) {
    std::vector<std::byte> reply(room, std::byte{0xcc});
    const uint32_t length = server.answer(message, reply);
    REQUIRE(length >= p9::kHeaderBytes);
    REQUIRE(length <= room);
    P9Answer answer;
    uint32_t size = 0;
    std::memcpy(&size, reply.data(), 4);
    CHECK(size == length);
    answer.type = static_cast<uint8_t>(reply[4]);
    std::memcpy(&answer.tag, reply.data() + 5, 2);
    answer.body.assign(reply.begin() + p9::kHeaderBytes, reply.begin() + length);
    return answer;
  }

  P9Answer version(uint32_t size = 8192, const std::string& dialect = "9P2000.L") {
    return send(P9Message(Type::kVersion, 0xffff).u32(size).str(dialect));
  }
  P9Answer attach(uint32_t fid, uint32_t user = 1000) {
    return send(message(Type::kAttach).u32(fid).u32(p9::kNoFid).str("").str("").u32(user));
  }
  P9Answer walk(uint32_t from, uint32_t to, const std::vector<std::string>& names) {
    P9Message request = message(Type::kWalk).u32(from).u32(to);
    request.u16(static_cast<uint16_t>(names.size()));
    for (const std::string& name : names) request.str(name);
    return send(request);
  }
  P9Answer open(uint32_t fid, uint32_t flags = 0) {
    return send(message(Type::kLopen).u32(fid).u32(flags));
  }
  // Makes and opens NAME in the root as `fid`.
  P9Answer create(uint32_t fid, const std::string& name, uint32_t flags = 2) {
    walk(kRootFid, fid, {});
    return send(message(Type::kLcreate).u32(fid).str(name).u32(flags).u32(0644).u32(50));
  }
  P9Answer read(uint32_t fid, uint64_t offset, uint32_t count) {
    return send(message(Type::kRead).u32(fid).u64(offset).u32(count));
  }
  P9Answer write(uint32_t fid, uint64_t offset, const std::string& data) {
    return send(message(Type::kWrite)
                    .u32(fid)
                    .u64(offset)
                    .u32(static_cast<uint32_t>(data.size()))
                    .data(data));
  }
  P9Answer getattr(uint32_t fid) {
    return send(message(Type::kGetattr).u32(fid).u64(p9::kAttrBasic));
  }
  P9Answer setattr(uint32_t fid, uint32_t valid, uint32_t mode = 0, uint64_t size = 0,
                   FileTime accessed = {}, FileTime modified = {}) {
    return send(message(Type::kSetattr)
                    .u32(fid)
                    .u32(valid)
                    .u32(mode)
                    .u32(7)
                    .u32(8)
                    .u64(size)
                    .u64(static_cast<uint64_t>(accessed.seconds))
                    .u64(accessed.nanoseconds)
                    .u64(static_cast<uint64_t>(modified.seconds))
                    .u64(modified.nanoseconds));
  }
  P9Answer clunk(uint32_t fid) { return send(message(Type::kClunk).u32(fid)); }
  P9Answer unlink(const std::string& name, uint32_t flags = 0) {
    return send(message(Type::kUnlinkat).u32(kRootFid).str(name).u32(flags));
  }
  P9Answer rename(const std::string& from, const std::string& to) {
    return send(message(Type::kRenameat).u32(kRootFid).str(from).u32(kRootFid).str(to));
  }

  MemoryTree tree;
  FileTime now{2'000'000, 0};
  P9Server server{tree, [this] { return now; }};
};

// Where fields stand in the body of an Rgetattr.
namespace rgetattr {
inline constexpr size_t kQidPath = 13, kMode = 21, kUid = 25, kGid = 29, kLinks = 33, kRdev = 41,
                        kSize = 49, kBlocks = 65, kAccessed = 73, kModified = 89, kChanged = 105;
}

// The names in the body of an Rreaddir.
inline std::vector<std::string> names_in(const P9Answer& answer) {
  std::vector<std::string> names;
  const size_t end = 4 + answer.at<uint32_t>(0);
  for (size_t at = 4; at < end;) {
    const std::string name = answer.str(at + 22);
    names.push_back(name);
    at += 24 + name.size();
  }
  return names;
}

}  // namespace vireo::testing
