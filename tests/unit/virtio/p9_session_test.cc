// The 9P session: version, attach, walk, clunk, and messages that lie (rows P9-02, P9-03).
#include <doctest/doctest.h>

#include "tests/unit/virtio/p9_bench.h"

namespace vireo {
namespace {

using namespace testing;

constexpr uint32_t kENOENT = 2, kEBADF = 9, kEINVAL = 22, kEPROTO = 71, kEMSGSIZE = 90,
                   kEOPNOTSUPP = 95, kENAMETOOLONG = 36, kENOTDIR = 20;

TEST_CASE("P9-02: Tversion agrees on the smaller size and on the dialect") {
  P9Bench bench;
  const P9Answer small = bench.version(8192);
  CHECK(small.is(Type::kVersion));
  CHECK(small.tag == 0xffff);
  CHECK(small.at<uint32_t>(0) == 8192);
  CHECK(small.str(4) == "9P2000.L");
  CHECK(bench.version(UINT32_MAX).at<uint32_t>(0) == P9Server::kMaxMessage);
  CHECK(bench.version(8192, "9P2000.u").str(4) == "unknown");
  CHECK(bench.attach(0).error() == kEPROTO);
  CHECK(bench.version(4095).error() == kEMSGSIZE);
}

TEST_CASE("P9-02: Tversion ends the session and all its fids") {
  P9Bench bench;
  CHECK(bench.walk(kRootFid, 1, {}).is(Type::kWalk));
  bench.version();
  CHECK(bench.getattr(kRootFid).error() == kEBADF);
  CHECK(bench.getattr(1).error() == kEBADF);
}

TEST_CASE("P9-02: a walk makes the new fid only when every name is there") {
  P9Bench bench;
  bench.tree.folder("a");
  bench.tree.folder("a/b");
  const P9Answer whole = bench.walk(kRootFid, 1, {"a", "b"});
  CHECK(whole.at<uint16_t>(0) == 2);
  CHECK(whole.body.size() == 2 + 2 * 13);
  CHECK(whole.at<uint8_t>(2) == p9::kQidFolder);
  CHECK(bench.getattr(1).is(Type::kGetattr));

  const P9Answer part = bench.walk(kRootFid, 2, {"a", "x", "b"});
  CHECK(part.at<uint16_t>(0) == 1);
  CHECK(bench.getattr(2).error() == kEBADF);
  CHECK(bench.walk(kRootFid, 2, {"x"}).error() == kENOENT);
  CHECK(bench.walk(kRootFid, 1, {"a"}).error() == kEINVAL);  // 1 is in use
  CHECK(bench.walk(77, 3, {}).error() == kEBADF);
  CHECK(bench.walk(1, 1, {".."}).at<uint16_t>(0) == 1);  // a fid may walk itself
}

TEST_CASE("P9-02: a walk has at most 16 names") {
  P9Bench bench;
  const std::vector<std::string> up(16, "..");
  CHECK(bench.walk(kRootFid, 1, up).at<uint16_t>(0) == 16);
  CHECK(bench.walk(kRootFid, 2, std::vector<std::string>(17, "..")).error() == kEINVAL);
}

TEST_CASE("P9-03: no name leads out of the tree") {
  P9Bench bench;
  bench.tree.folder("a");
  REQUIRE(bench.tree.make_link("a/up", "../..", {}) == Errno::kNone);
  const uint64_t root = bench.getattr(kRootFid).at<uint64_t>(rgetattr::kQidPath);
  bench.walk(kRootFid, 1, {"a", "..", "..", "..", ".."});
  CHECK(bench.getattr(1).at<uint64_t>(rgetattr::kQidPath) == root);

  CHECK(bench.walk(kRootFid, 2, {"/"}).error() == kENOENT);
  CHECK(bench.walk(kRootFid, 2, {"/etc"}).error() == kENOENT);
  CHECK(bench.walk(kRootFid, 2, {"a/.."}).error() == kENOENT);
  CHECK(bench.walk(kRootFid, 2, {""}).error() == kENOENT);
  CHECK(bench.walk(kRootFid, 2, {"."}).error() == kENOENT);
  CHECK(bench.walk(kRootFid, 2, {std::string("a\0b", 3)}).error() == kENOENT);
  CHECK(bench.walk(kRootFid, 2, {std::string(256, 'n')}).error() == kENAMETOOLONG);
  CHECK(bench.walk(kRootFid, 3, {"a", "up"}).at<uint16_t>(0) == 2);
  CHECK(bench.walk(3, 4, {"etc"}).error() == kENOTDIR);  // a link is no folder
}

TEST_CASE("P9-03: Tflush finds the old request answered") {
  P9Bench bench;
  CHECK(bench.send(P9Bench::message(Type::kFlush).u16(5)).is(Type::kFlush));
}

TEST_CASE("P9-03: a size that lies, or fields that end early, get an Rlerror") {
  P9Bench bench;
  auto message = P9Bench::message(Type::kGetattr).u32(0).u64(0).finish();
  message[0] = std::byte{0xff};  // longer than what was sent
  CHECK(bench.raw(message).error() == kEPROTO);
  message[0] = std::byte{6};  // shorter than a header
  CHECK(bench.raw(message).error() == kEPROTO);
  CHECK(bench.send(P9Bench::message(Type::kGetattr).u32(0)).error() == kEPROTO);
  P9Message string = P9Bench::message(Type::kLcreate).u32(0);
  CHECK(bench.send(string.u16(500).data("short")).error() == kEPROTO);
  CHECK(bench.send(P9Bench::message(Type::kWrite).u32(0).u64(0).u32(100)).error() == kEPROTO);
}

TEST_CASE("P9-03: a message over the agreed size is refused") {
  P9Bench bench;
  bench.version(4096);
  bench.attach(kRootFid);
  bench.create(1, "f");
  CHECK(bench.write(1, 0, std::string(5000, 'x')).error() == kEMSGSIZE);
  CHECK(bench.write(1, 0, std::string(4000, 'x')).is(Type::kWrite));
}

TEST_CASE("P9-01: a zero-copy write's size field may leave its data out") {
  P9Bench bench;
  bench.create(1, "f");
  auto message = P9Bench::message(Type::kWrite).u32(1).u64(0).u32(4).data("text").finish();
  message[0] = std::byte{23};  // up to the data
  CHECK(bench.raw(message).is(Type::kWrite));
  CHECK(bench.tree.text("f") == "text");
}

TEST_CASE("P9-03: an answer that does not fit is an Rlerror, and nothing was done") {
  P9Bench bench;
  bench.tree.folder("a");
  CHECK(bench.send(P9Bench::message(Type::kGetattr).u32(0).u64(0), 100).error() == kEMSGSIZE);
  CHECK(bench.send(P9Bench::message(Type::kMkdir).u32(0).str("b").u32(0755).u32(0), 19).error() ==
        kEMSGSIZE);
  CHECK(bench.tree.node("b") == nullptr);
  const P9Message walk = P9Bench::message(Type::kWalk).u32(0).u32(1).u16(1).str("a");
  CHECK(bench.send(walk, 20).error() == kEMSGSIZE);
  CHECK(bench.getattr(1).error() == kEBADF);
}

TEST_CASE("P9-03: unknown types, and 9P2000's own, are not supported") {
  P9Bench bench;
  for (unsigned type = 0; type < 256; ++type) {
    CAPTURE(type);
    const P9Answer answer = bench.send(P9Message(static_cast<Type>(type), 9));
    CHECK(answer.tag == 9);
    // The header alone is no request of any known type.
    const bool supported = answer.error() == kEPROTO;
    CHECK((supported || answer.error() == kEOPNOTSUPP));
    CHECK_FALSE((supported && type % 2 != 0));
  }
}

TEST_CASE("P9-03: a message without a header cannot be answered") {
  P9Bench bench;
  std::vector<std::byte> reply(64);
  for (size_t length = 0; length < 7; ++length) {
    CHECK(bench.server.answer(std::vector<std::byte>(length), reply) == 0);
  }
}

TEST_CASE("P9-02: fids are clunked once, and a clunked number is free again") {
  P9Bench bench;
  bench.walk(kRootFid, 1, {});
  CHECK(bench.clunk(1).is(Type::kClunk));
  CHECK(bench.clunk(1).error() == kEBADF);
  CHECK(bench.walk(kRootFid, 1, {}).is(Type::kWalk));
}

TEST_CASE("P9-03: the number of fids is bounded") {
  P9Bench bench;
  std::vector<std::byte> reply(16);
  for (uint32_t fid = 1; fid < P9FidTable::kMaxFids; ++fid) {
    const auto walk = P9Bench::message(Type::kWalk).u32(0).u32(fid).u16(0).finish();
    REQUIRE(bench.server.answer(walk, reply) == 9);
  }
  CHECK(bench.walk(kRootFid, 1u << 20, {}).error() == 23);
  CHECK(bench.attach(1u << 20).error() == 23);
}

}  // namespace
}  // namespace vireo
