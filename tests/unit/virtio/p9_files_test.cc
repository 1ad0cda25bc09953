// 9P on files and folders: what they hold, what they are called, what is said of them (P9-02).
#include <doctest/doctest.h>

#include "tests/unit/virtio/p9_bench.h"

namespace vireo {
namespace {

using namespace testing;
using Names = std::vector<std::string>;

constexpr uint32_t kENOENT = 2, kEBADF = 9, kEEXIST = 17, kEISDIR = 21, kEINVAL = 22, kEROFS = 30,
                   kENOTEMPTY = 39, kENODATA = 61;

TEST_CASE("P9-02: a file is made, written, read and synced") {
  P9Bench bench;
  CHECK(bench.create(1, "f").is(Type::kLcreate));
  CHECK(bench.write(1, 3, "data").at<uint32_t>(0) == 4);
  const P9Answer read = bench.read(1, 1, 100);
  CHECK(read.at<uint32_t>(0) == 6);
  CHECK(read.text(4, 6) == std::string("\0\0data", 6));
  CHECK(bench.read(1, 7, 100).at<uint32_t>(0) == 0);
  const unsigned syncs = MemoryTreeFile::syncs;
  CHECK(bench.send(P9Bench::message(Type::kFsync).u32(1).u32(1)).is(Type::kFsync));
  CHECK(MemoryTreeFile::syncs == syncs + 1);
  CHECK(bench.tree.node("f")->info.uid == 1000);
  CHECK(bench.tree.node("f")->info.gid == 50);
}

TEST_CASE("P9-02: reading gives what fits the answer") {
  P9Bench bench;
  bench.tree.file("f", std::string(5000, 'x'));
  bench.walk(kRootFid, 1, {"f"});
  bench.open(1);
  const P9Message read = P9Bench::message(Type::kRead).u32(1).u64(0).u32(5000);
  CHECK(bench.send(read, 111).at<uint32_t>(0) == 100);
  CHECK(bench.send(read, 11).at<uint32_t>(0) == 0);
  CHECK(bench.send(read).at<uint32_t>(0) == 5000);
}

TEST_CASE("P9-02: a fid must be open, in the right way, and only once") {
  P9Bench bench;
  bench.tree.file("f", "text");
  bench.walk(kRootFid, 1, {"f"});
  CHECK(bench.read(1, 0, 1).error() == kEBADF);
  CHECK(bench.write(1, 0, "x").error() == kEBADF);
  CHECK(bench.open(1, 0).is(Type::kLopen));
  CHECK(bench.write(1, 0, "x").error() == kEBADF);
  CHECK(bench.open(1, 0).error() == kEINVAL);
  bench.walk(kRootFid, 2, {"f"});
  bench.open(2, 1);
  CHECK(bench.read(2, 0, 1).error() == kEBADF);
  CHECK(bench.read(kRootFid, 0, 1).error() == kEBADF);
  bench.walk(kRootFid, 3, {});
  CHECK(bench.open(3, 2).error() == kEISDIR);
  CHECK(bench.tree.text("f") == "text");
}

TEST_CASE("P9-02: opening with O_TRUNC empties, O_EXCL refuses what is there") {
  P9Bench bench;
  bench.tree.file("f", "text");
  bench.walk(kRootFid, 1, {"f"});
  bench.open(1, 1 | 01000);
  CHECK(bench.tree.text("f").empty());
  CHECK(bench.create(2, "f", 2 | 0200).error() == kEEXIST);
  CHECK(bench.create(3, "f", 2).is(Type::kLcreate));
}

TEST_CASE("P9-02: a folder is read in order of names, in pieces of any size") {
  P9Bench bench;
  for (const char* name : {"zeta", "alpha", "mid"}) bench.tree.file(name, "");
  bench.tree.folder("folder");
  bench.walk(kRootFid, 1, {});
  bench.open(1);
  const auto readdir = [&](uint64_t offset, uint32_t count) {
    return bench.send(P9Bench::message(Type::kReaddir).u32(1).u64(offset).u32(count));
  };
  const Names all{".", "..", "alpha", "folder", "mid", "zeta"};
  CHECK(names_in(readdir(0, 4096)) == all);
  Names pieces;
  for (uint64_t offset = 0; offset < all.size();) {
    const Names piece = names_in(readdir(offset, 60));
    REQUIRE_FALSE(piece.empty());
    pieces.insert(pieces.end(), piece.begin(), piece.end());
    offset += piece.size();
  }
  CHECK(pieces == all);
  CHECK(names_in(readdir(6, 4096)).empty());
  CHECK(names_in(readdir(UINT64_MAX, 4096)).empty());
  CHECK(readdir(0, 10).error() == kEINVAL);
}

TEST_CASE("P9-02: a folder being read keeps its order while names come and go") {
  P9Bench bench;
  for (const char* name : {"a", "b", "c", "d"}) bench.tree.file(name, "");
  bench.walk(kRootFid, 1, {});
  bench.open(1);
  const auto readdir = [&](uint64_t offset) {
    return names_in(bench.send(P9Bench::message(Type::kReaddir).u32(1).u64(offset).u32(80)));
  };
  CHECK(readdir(0) == Names{".", "..", "a"});
  bench.unlink("a");
  CHECK(readdir(3) == Names{"b", "c", "d"});
  CHECK(readdir(0) == Names{".", "..", "b"});
}

TEST_CASE("P9-02: folders, links, nodes and hard links are made and removed") {
  P9Bench bench;
  CHECK(
      bench.send(P9Bench::message(Type::kMkdir).u32(0).str("d").u32(0700).u32(5)).is(Type::kMkdir));
  CHECK(bench.send(P9Bench::message(Type::kMkdir).u32(0).str("d").u32(0700).u32(5)).error() ==
        kEEXIST);
  CHECK(bench.send(P9Bench::message(Type::kSymlink).u32(0).str("l").str("../out").u32(5))
            .is(Type::kSymlink));
  bench.walk(kRootFid, 1, {"l"});
  CHECK(bench.send(P9Bench::message(Type::kReadlink).u32(1)).str(0) == "../out");
  CHECK(
      bench.send(P9Bench::message(Type::kMknod).u32(0).str("n").u32(0020600).u32(4).u32(300).u32(5))
          .is(Type::kMknod));
  bench.walk(kRootFid, 2, {"n"});
  CHECK(bench.getattr(2).at<uint64_t>(rgetattr::kRdev) == (4u << 8 | 44 | 1u << 20));

  bench.tree.file("f", "x");
  bench.walk(kRootFid, 3, {"f"});
  CHECK(bench.send(P9Bench::message(Type::kLink).u32(0).u32(3).str("g")).is(Type::kLink));
  CHECK(bench.getattr(3).at<uint64_t>(rgetattr::kLinks) == 2);

  bench.tree.file("d/inner", "x");
  CHECK(bench.unlink("d", 0).error() == kEISDIR);
  CHECK(bench.unlink("d", 0x200).error() == kENOTEMPTY);
  CHECK(bench.unlink("f").is(Type::kUnlinkat));
  bench.walk(kRootFid, 4, {"g"});
  CHECK(bench.send(P9Bench::message(Type::kRemove).u32(4)).is(Type::kRemove));
  CHECK(bench.getattr(4).error() == kEBADF);
  CHECK(bench.tree.node("g") == nullptr);
}

TEST_CASE("P9-03: what is made has one name of its own") {
  P9Bench bench;
  for (const std::string name : {"", ".", "..", "a/b", "../x"}) {
    CHECK(bench.send(P9Bench::message(Type::kMkdir).u32(0).str(name).u32(0700).u32(5)).type == 7);
    CHECK(bench.create(1, name).type == 7);
    bench.clunk(1);
    CHECK(bench.unlink(name).type == 7);
    CHECK(bench.rename(name, "x").type == 7);
  }
}

TEST_CASE("P9-02: fids follow their files when a folder above is renamed") {
  P9Bench bench;
  bench.tree.folder("a");
  bench.tree.folder("a/b");
  bench.tree.file("a/b/f", "text");
  bench.tree.file("ab", "neighbour");
  bench.walk(kRootFid, 1, {"a", "b", "f"});
  bench.walk(kRootFid, 2, {"ab"});
  CHECK(bench.rename("a", "c").is(Type::kRenameat));
  CHECK(bench.open(1).is(Type::kLopen));
  CHECK(bench.read(1, 0, 9).text(4, 4) == "text");
  CHECK(bench.open(2).is(Type::kLopen));
  CHECK(bench.walk(kRootFid, 3, {"c", "b"}).at<uint16_t>(0) == 2);
  CHECK(bench.send(P9Bench::message(Type::kRename).u32(3).u32(0).str("top")).is(Type::kRename));
  CHECK(bench.tree.text("top/f") == "text");
}

TEST_CASE("P9-02: a removed file lives on where it is open, and its name is not confused") {
  P9Bench bench;
  bench.create(1, "f");
  bench.write(1, 0, "old");
  bench.walk(kRootFid, 2, {"f"});
  bench.unlink("f");
  bench.tree.file("f", "new");
  CHECK(bench.read(1, 0, 9).text(4, 3) == "old");
  CHECK(bench.getattr(1).at<uint64_t>(rgetattr::kLinks) == 0);
  CHECK(bench.setattr(1, p9::setattr_bit::kSize, 0, 1).is(Type::kSetattr));
  CHECK(bench.getattr(2).error() == kENOENT);
  CHECK(bench.open(2).error() == kENOENT);
  CHECK(bench.send(P9Bench::message(Type::kRemove).u32(2)).error() == kENOENT);
  CHECK(bench.tree.text("f") == "new");
}

TEST_CASE("P9-02: Tgetattr and Tsetattr") {
  using namespace p9::setattr_bit;
  P9Bench bench;
  bench.tree.file("f", "12345");
  bench.walk(kRootFid, 1, {"f"});
  const P9Answer before = bench.getattr(1);
  CHECK(before.at<uint32_t>(rgetattr::kMode) == 0100644);
  CHECK(before.at<uint64_t>(rgetattr::kSize) == 5);
  CHECK(before.at<uint64_t>(rgetattr::kBlocks) == 1);
  CHECK(bench.setattr(1, kMode | kUid | kGid | kSize, 04711, 2).is(Type::kSetattr));
  const P9Answer after = bench.getattr(1);
  CHECK(after.at<uint32_t>(rgetattr::kMode) == 0104711);
  CHECK(after.at<uint32_t>(rgetattr::kUid) == 7);
  CHECK(after.at<uint32_t>(rgetattr::kGid) == 8);
  CHECK(bench.tree.text("f") == "12");
}

TEST_CASE("P9-02: times are the host's until the guest changes a file, then the guest's") {
  using namespace p9::setattr_bit;
  P9Bench bench;
  bench.tree.file("f", "x");
  bench.walk(kRootFid, 1, {"f"});
  const auto seconds = [&](size_t field) { return bench.getattr(1).at<uint64_t>(field); };
  const auto hosts = static_cast<uint64_t>(bench.tree.node("f")->info.modified.seconds);
  CHECK(seconds(rgetattr::kModified) == hosts);
  CHECK(seconds(rgetattr::kChanged) == hosts);
  bench.open(1, 2);
  bench.write(1, 0, "y");
  CHECK(seconds(rgetattr::kModified) == 2'000'000);
  bench.now.seconds = 2'000'009;
  bench.setattr(1, kMode, 0600);
  CHECK(seconds(rgetattr::kModified) == 2'000'000);
  CHECK(seconds(rgetattr::kChanged) == 2'000'009);
  bench.setattr(1, kMtime | kMtimeSet | kAtime, 0, 0, {}, {123, 4});
  CHECK(seconds(rgetattr::kModified) == 123);
  CHECK(seconds(rgetattr::kAccessed) == 2'000'009);
  CHECK(bench.tree.node("f")->info.modified == FileTime{123, 4});
}

TEST_CASE("P9-02: files are numbered by first sight, not by the host") {
  P9Bench one, other;
  for (P9Bench* bench : {&one, &other}) {
    if (bench == &other) bench->tree.file("unseen", "");
    bench->tree.file("f", "");
    bench->walk(kRootFid, 1, {"f"});
  }
  const auto number = [](P9Bench& bench, uint32_t fid) {
    return bench.getattr(fid).at<uint64_t>(rgetattr::kQidPath);
  };
  CHECK(one.tree.node("f")->info.key != other.tree.node("f")->info.key);
  CHECK(number(one, 1) == number(other, 1));
  CHECK(number(one, kRootFid) != number(one, 1));
}

TEST_CASE("P9-02: extended attributes are read, set when whole, and removed") {
  P9Bench bench;
  bench.tree.file("f", "");
  const auto create = [&](uint32_t fid, uint64_t size) {
    bench.walk(kRootFid, fid, {"f"});
    return bench.send(P9Bench::message(Type::kXattrcreate).u32(fid).str("user.a").u64(size).u32(0));
  };
  const auto get = [&](uint32_t fid, const std::string& name) {
    bench.walk(kRootFid, fid, {"f"});
    return bench.send(P9Bench::message(Type::kXattrwalk).u32(fid).u32(fid + 1).str(name));
  };
  CHECK(get(1, "user.a").error() == kENODATA);
  CHECK(create(3, 6).is(Type::kXattrcreate));
  CHECK(bench.write(3, 0, "va").at<uint32_t>(0) == 2);
  CHECK(bench.write(3, 2, "lue+").error() == 0);
  CHECK(bench.write(3, 6, "more").error() == kEINVAL);
  CHECK(bench.clunk(3).is(Type::kClunk));
  CHECK(get(5, "user.a").at<uint64_t>(0) == 6);
  CHECK(bench.read(6, 2, 100).text(4, 4) == "lue+");
  CHECK(get(7, "").at<uint64_t>(0) == 7);
  CHECK(bench.read(8, 0, 100).text(4, 7) == std::string("user.a\0", 7));
  CHECK(create(9, 5).error() == 0);
  CHECK(bench.clunk(9).error() == kEINVAL);  // not written
  CHECK(create(10, 0).error() == 0);
  CHECK(bench.clunk(10).error() == 0);
  CHECK(get(11, "user.a").error() == kENODATA);
  CHECK(create(12, 1 << 20).error() == 28);
}

TEST_CASE("P9-02: locks are granted, statfs answers") {
  P9Bench bench;
  bench.create(1, "f");
  CHECK(bench.send(P9Bench::message(Type::kLock).u32(1).u8(1).u32(0).u64(0).u64(0).u32(5).str("c"))
            .at<uint8_t>(0) == 0);
  const P9Answer lock =
      bench.send(P9Bench::message(Type::kGetlock).u32(1).u8(1).u64(2).u64(3).u32(5).str("c"));
  CHECK(lock.at<uint8_t>(0) == 2);
  CHECK(lock.str(21) == "c");
  const P9Answer statfs = bench.send(P9Bench::message(Type::kStatfs).u32(0));
  CHECK(statfs.at<uint32_t>(0) == 0x01021997);
  CHECK(statfs.at<uint64_t>(8) == 100);
}

TEST_CASE("P9-02: a read-only tree refuses every change") {
  P9Bench bench(true);
  bench.tree.file("f", "text");
  bench.tree.folder("d");
  bench.walk(kRootFid, 1, {"f"});
  CHECK(bench.open(1, 1).error() == kEROFS);
  CHECK(bench.setattr(1, p9::setattr_bit::kMode).error() == kEROFS);
  CHECK(bench.create(2, "new").error() == kEROFS);
  CHECK(bench.unlink("f").error() == kEROFS);
  CHECK(bench.unlink("d", 0x200).error() == kEROFS);
  CHECK(bench.rename("f", "g").error() == kEROFS);
  CHECK(bench.send(P9Bench::message(Type::kMkdir).u32(0).str("n").u32(0).u32(0)).error() == kEROFS);
  CHECK(bench.send(P9Bench::message(Type::kSymlink).u32(0).str("n").str("t").u32(0)).error() ==
        kEROFS);
  CHECK(bench.send(P9Bench::message(Type::kMknod).u32(0).str("n").u32(0).u32(0).u32(0).u32(0))
            .error() == kEROFS);
  CHECK(bench.send(P9Bench::message(Type::kLink).u32(0).u32(1).str("n")).error() == kEROFS);
  CHECK(bench.send(P9Bench::message(Type::kRename).u32(1).u32(0).str("n")).error() == kEROFS);
  CHECK(
      bench.send(P9Bench::message(Type::kXattrcreate).u32(1).str("user.a").u64(0).u32(0)).error() ==
      kEROFS);
  CHECK(bench.send(P9Bench::message(Type::kRemove).u32(1)).error() == kEROFS);
  bench.walk(kRootFid, 5, {"f"});
  CHECK(bench.open(5, 0).is(Type::kLopen));
  CHECK(bench.read(5, 0, 9).text(4, 4) == "text");
}

// --- snapshots ---

std::vector<std::byte> saved(P9Server& server) {
  Archive archive = Archive::saver();
  server.visit(archive);
  return archive.bytes();
}

TEST_CASE("P9-02: a session is saved, forgotten and loaded") {
  P9Bench bench;
  bench.tree.folder("d");
  bench.create(1, "f");
  bench.write(1, 0, "text");
  bench.walk(kRootFid, 2, {});
  bench.open(2);
  bench.send(P9Bench::message(Type::kReaddir).u32(2).u64(0).u32(30));
  bench.walk(kRootFid, 3, {"f"});
  bench.send(P9Bench::message(Type::kXattrcreate).u32(3).str("user.a").u64(2).u32(0));
  bench.write(3, 0, "v");
  bench.create(4, "lost");
  bench.unlink("lost");
  const P9Answer before = bench.getattr(1);
  const auto bytes = saved(bench.server);

  bench.version();
  bench.attach(9);
  Archive archive = Archive::loader(bytes);
  bench.server.visit(archive);

  CHECK(archive.ok());
  CHECK(archive.at_end());
  CHECK(saved(bench.server) == bytes);
  CHECK(bench.getattr(9).error() == kEBADF);
  CHECK(bench.getattr(1).body == before.body);
  CHECK(bench.read(1, 0, 9).text(4, 4) == "text");
  CHECK(names_in(bench.send(P9Bench::message(Type::kReaddir).u32(2).u64(2).u32(300))) ==
        Names{"d", "f"});
  CHECK(bench.write(3, 1, "w").error() == 0);
  CHECK(bench.clunk(3).error() == 0);
  CHECK(bench.read(4, 0, 1).error() == 116);  // ESTALE: nothing left to open
}

TEST_CASE("P9-02: a damaged snapshot leaves no session") {
  P9Bench bench;
  bench.create(1, "f");
  const auto bytes = saved(bench.server);
  for (size_t length = 0; length < bytes.size(); ++length) {
    Archive archive = Archive::loader({bytes.begin(), bytes.begin() + static_cast<long>(length)});
    bench.server.visit(archive);
    CHECK_FALSE(archive.ok());
    CHECK(bench.getattr(kRootFid).error() == 71);
  }
}

}  // namespace
}  // namespace vireo
