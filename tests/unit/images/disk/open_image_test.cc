#include "images/disk/open_image.h"

#include <map>
#include <string>

#include "tests/unit/images/disk/qcow2/qcow2_file.h"

namespace vireo {
namespace {

// Files by name.
struct Folder {
  std::map<std::string, MemoryState> files;
  std::string opened;  // their names, in order, with ! where it was for writing

  Result<std::unique_ptr<BlockBackend>> open(const std::string& path,
                                             const ImageOptions& options = {}) {
    return open_image(path, options, [this](const std::string& name, bool read_only) {
      return open_file(name, read_only);
    });
  }
  std::string error(const std::string& path, const ImageOptions& options = {}) {
    const auto disk = open(path, options);
    return disk ? "no error" : disk.error().message;
  }
  void add(const std::string& name, const std::string& backing, const std::string& format) {
    Qcow2Layout layout;
    layout.size = 4096;
    layout.cluster_bits = 10;
    layout.backing_file = backing;
    layout.backing_format = format;
    files[name] = new_image(layout);
  }

 private:
  Result<std::unique_ptr<DiskFile>> open_file(const std::string& name, bool read_only) {
    const auto found = files.find(name);
    if (found == files.end()) return Error{name + ": is not there"};
    opened += name + (read_only ? " " : "! ");
    return std::unique_ptr<DiskFile>(std::make_unique<MemoryFile>(found->second));
  }
};

const ImageOptions kQcow2{.format = DiskFormat::kQcow2};

TEST_CASE("a chain of backing files is read through, and only its top is written") {
  Folder folder;
  folder.files["/d/sub/base.raw"] = memory_state(std::string(2048, 'b'));
  folder.add("/d/middle", "sub//./base.raw", "raw");
  folder.add("/d/top", "/d/middle", "qcow2");
  CHECK(write_text(**folder.open("/d/middle", kQcow2), 0, "middle"));
  folder.opened.clear();
  auto disk = folder.open("/d/top", kQcow2);
  REQUIRE(disk.ok());
  CHECK(folder.opened == "/d/top! /d/middle /d/sub/base.raw ");
  CHECK(write_text(**disk, 3, "top"));
  CHECK(read_text(**disk, 0, 8) == "midtopbb");
  CHECK(read_text(**disk, 2047, 2) == std::string("b\0", 2));
  CHECK(folder.files["/d/sub/base.raw"]->writes == 0);
}

TEST_CASE("backing files that go round in circles are refused") {
  Folder folder;
  folder.add("a", "b", "qcow2");
  folder.add("b", "./a", "qcow2");
  CHECK(folder.error("a", kQcow2).find("a: is its own backing file") == 0);
  // Whatever the user calls the first one.
  folder.files[".//a"] = folder.files["a"];
  CHECK(folder.error(".//a", kQcow2).find("a: is its own backing file") == 0);
  CHECK(folder.opened == "a! b .//a! b ");
}

TEST_CASE("a raw backing file may have any size; what it lacks reads as zeros") {
  Folder folder;
  folder.files["base"] = memory_state(std::string(700, 'b'));
  folder.files["nothing"] = memory_state("");
  folder.add("top", "base", "raw");
  folder.add("bare", "nothing", "raw");
  CHECK(read_text(**folder.open("top", kQcow2), 698, 4) == std::string("bb\0\0", 4));
  CHECK(read_text(**folder.open("bare", kQcow2), 0, 2) == std::string(2, '\0'));
  CHECK(folder.error("base", {.format = DiskFormat::kRaw}).find("size 700 is no multiple") !=
        std::string::npos);
  CHECK((*folder.open("base", {.format = DiskFormat::kRaw, .any_size = true}))->size() == 700);
}

TEST_CASE("too many backing files are refused") {
  Folder folder;
  for (int i = 0; i < 100; ++i) {
    folder.add(std::to_string(i), std::to_string(i + 1), "qcow2");
  }
  CHECK(folder.error("0", kQcow2) == "0: more than 64 backing files lie below it");
}

TEST_CASE("a backing file's format is the one that the image names") {
  Folder folder;
  folder.add("inner", "", "");
  folder.add("as-raw", "inner", "raw");
  folder.add("unsaid", "inner", "");
  folder.add("other", "inner", "vmdk");
  CHECK(read_text(**folder.open("as-raw", kQcow2), 0, 3) == "QFI");
  CHECK(folder.error("unsaid", kQcow2).find("disk.img: looks like a qcow2 image") == 0);
  CHECK(folder.error("other", kQcow2).find("is of format 'vmdk', which is not read") !=
        std::string::npos);
}

TEST_CASE("backing files elsewhere than in a file are refused") {
  Folder folder;
  folder.add("net", "nbd://host/disk", "raw");
  folder.add("json", "json:{}", "raw");
  CHECK(folder.error("net", kQcow2).find("is not a plain file name") != std::string::npos);
  CHECK(folder.error("json", kQcow2).find("is not a plain file name") != std::string::npos);
}

TEST_CASE("without a format a qcow2 image is refused, as raw it is shown as it is") {
  Folder folder;
  folder.add("a", "", "");
  CHECK(folder.error("a") ==
        "disk.img: looks like a qcow2 image; give format=qcow2, or format=raw if it is raw all the "
        "same");
  CHECK(read_text(**folder.open("a", {.format = DiskFormat::kRaw}), 0, 3) == "QFI");
  folder.files["raw"] = memory_state(std::string(512, 'r'));
  CHECK(folder.error("raw", kQcow2) == "disk.img: is no qcow2 image");
}

}  // namespace
}  // namespace vireo
