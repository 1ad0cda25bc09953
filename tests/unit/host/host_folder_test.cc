// A host folder as a file tree: nothing outside it is ever reached (row P9-03), and the host's
// errors come back as numbers.
#include "machine/host/host_folder.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "tests/unit/host/temp_folder.h"

namespace vireo {
namespace {

namespace fs = std::filesystem;
using Way = FolderWalk::Way;

constexpr Errno kELOOP{40}, kENXIO{6};

struct Shared {
  explicit Shared(Way way = Way::kAtOnce, bool read_only = false) {
    fs::create_directory(temp.path("shared"));
    fs::create_directory(temp.path("outside"));
    temp.make("outside/secret", "secret");
    auto opened = HostFolder::open({temp.path("shared"), read_only, {}}, way);
    REQUIRE(opened.ok());
    tree = std::move(*opened);
  }
  NewFile mine(uint32_t mode) const { return {mode, ::getuid(), ::getgid()}; }
  std::string read(const std::string& path) {
    auto file = tree->open(path, {});
    if (!file) return "error " + std::to_string(static_cast<uint32_t>(file.error()));
    std::string text(100, '\0');
    const auto got = (*file)->read(0, std::as_writable_bytes(std::span(text)));
    return text.substr(0, got ? *got : 0);
  }

  TempFolder temp;
  std::unique_ptr<FileTree> tree;
};

// Root gives up its rights for a while, so that the test is the same for everybody.
struct Powerless {
  static constexpr uid_t kNobody = 65534;
  explicit Powerless(const std::string& folder) {
    fs::permissions(folder, fs::perms::all);
    fs::permissions(fs::path(folder).parent_path(), fs::perms::all);
    if (::getuid() == 0) REQUIRE(::seteuid(kNobody) == 0);
  }
  ~Powerless() { (void)!::seteuid(::getuid()); }
};

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

TEST_CASE("P9-03: symbolic links are never followed, at the end or on the way") {
  for (const Way way : {Way::kAtOnce, Way::kNameByName}) {
    Shared shared(way);
    fs::create_directory(shared.temp.path("shared/in"));
    for (const char* folder : {"shared/", "shared/in/"}) {
      fs::create_symlink(shared.temp.path("outside"), shared.temp.path(folder + std::string("d")));
      fs::create_symlink(shared.temp.path("outside/secret"),
                         shared.temp.path(folder + std::string("f")));
    }
    FileTree& tree = *shared.tree;
    for (const std::string in : {"", "in/"}) {
      CHECK(tree.info(in + "f")->type() == file_mode::kSymlink);
      CHECK(tree.open(in + "f", {}).error() == kELOOP);
      CHECK(tree.open(in + "f", {.write = true, .truncate = true}).error() == kELOOP);
      CHECK(tree.create(in + "f", {.write = true}, false, shared.mine(0600)).error() == kELOOP);
      CHECK(tree.info(in + "d/secret").error() == Errno::kNotDirectory);
      CHECK(tree.open(in + "d/secret", {}).error() == Errno::kNotDirectory);
      CHECK(tree.list(in + "d").error() == Errno::kNotDirectory);
      CHECK(tree.make_folder(in + "d/new", shared.mine(0700)) == Errno::kNotDirectory);
      CHECK(tree.remove(in + "d/secret", false) == Errno::kNotDirectory);
      CHECK(tree.rename(in + "d/secret", "got") == Errno::kNotDirectory);
      CHECK(tree.hard_link(in + "d/secret", "got") == Errno::kNotDirectory);
      CHECK(tree.change(in + "f", {.permissions = 0777}) == Errno::kNotSupported);
      CHECK(tree.set_attribute(in + "f", "user.a", bytes_of("x"), 0) != Errno::kNone);
    }
    CHECK(shared.temp.content("outside/secret") == "secret");
    CHECK(fs::status(shared.temp.path("outside/secret")).permissions() != fs::perms::all);
    CHECK(*tree.read_link("f") == shared.temp.path("outside/secret"));
  }
}

TEST_CASE("P9-03: a folder replaced by a symbolic link on the host is found out") {
  for (const Way way : {Way::kAtOnce, Way::kNameByName}) {
    Shared shared(way);
    fs::create_directory(shared.temp.path("shared/in"));
    shared.temp.make("shared/in/secret", "mine");
    CHECK(shared.read("in/secret") == "mine");
    fs::rename(shared.temp.path("shared/in"), shared.temp.path("shared/old"));
    fs::create_symlink(shared.temp.path("outside"), shared.temp.path("shared/in"));
    CHECK(shared.read("in/secret") == "error 20");
    CHECK(shared.read("old/secret") == "mine");
  }
}

TEST_CASE("P9-03: pipes and devices are not opened") {
  Shared shared;
  REQUIRE(::mkfifo(shared.temp.path("shared/pipe").c_str(), 0600) == 0);
  CHECK(shared.tree->open("pipe", {}).error() == kENXIO);
  CHECK(shared.tree->open("pipe", {.write = true}).error() == kENXIO);
  CHECK(shared.tree->info("pipe")->type() == file_mode::kFifo);
}

TEST_CASE("files are made with their permissions whatever the umask, and removed") {
  Shared shared;
  const mode_t before = ::umask(077);
  auto file = shared.tree->create("f", {.write = true}, true, shared.mine(0666));
  CHECK(shared.tree->make_folder("d", shared.mine(01777)) == Errno::kNone);
  ::umask(before);
  REQUIRE(file);
  CHECK(shared.tree->info("f")->mode == 0100666);
  CHECK(shared.tree->info("d")->mode == 0041777);
  CHECK(*(*file)->write(2, bytes_of("text")) == 4);
  CHECK((*file)->sync(true) == Errno::kNone);
  CHECK((*file)->resize(4) == Errno::kNone);
  CHECK(shared.temp.content("shared/f") == std::string("\0\0te", 4));
  CHECK(shared.tree->create("f", {.write = true}, true, shared.mine(0)).error() == Errno::kExists);
  CHECK(shared.tree->remove("f", true) == Errno::kNotDirectory);
  CHECK(shared.tree->remove("f", false) == Errno::kNone);
  CHECK((*file)->info()->links == 0);
  CHECK(shared.tree->remove("d", true) == Errno::kNone);
}

TEST_CASE("names are listed in order, with their types") {
  Shared shared;
  shared.temp.make("shared/b", "");
  shared.temp.make("shared/a", "");
  fs::create_directory(shared.temp.path("shared/c"));
  const auto list = shared.tree->list("");
  REQUIRE(list->size() == 3);
  CHECK((*list)[0].name == "a");
  CHECK((*list)[0].type == file_mode::kRegular);
  CHECK((*list)[2].type == file_mode::kDirectory);
  CHECK((*list)[2].key == shared.tree->info("c")->key);
}

TEST_CASE("attributes, links and renames reach the host") {
  Shared shared;
  FileTree& tree = *shared.tree;
  shared.temp.make("shared/f", "text");
  CHECK(tree.change("f", {.permissions = 0640, .modified = {{false, {12345, 678}}}}) ==
        Errno::kNone);
  CHECK(tree.info("f")->mode == 0100640);
  CHECK(tree.info("f")->modified == FileTime{12345, 678});
  CHECK(tree.make_link("l", "../anywhere", shared.mine(0)) == Errno::kNone);
  CHECK(*tree.read_link("l") == "../anywhere");
  CHECK(tree.hard_link("f", "g") == Errno::kNone);
  CHECK(tree.info("g")->links == 2);
  CHECK(tree.rename("g", "h") == Errno::kNone);
  CHECK(shared.temp.content("shared/h") == "text");
  CHECK(tree.make_node("pipe", 0, 0, shared.mine(0010600)) == Errno::kNone);
  CHECK(tree.file_system()->name_length == 255);
  CHECK(tree.rename("", "x") != Errno::kNone);
  CHECK(tree.remove("", true) != Errno::kNone);
}

TEST_CASE("only user.* extended attributes are the guest's") {
  Shared shared;
  FileTree& tree = *shared.tree;
  shared.temp.make("shared/f", "");
  CHECK(tree.set_attribute("f", "security.capability", bytes_of("x"), 0) == Errno::kNotSupported);
  CHECK(tree.attribute("f", "security.capability").error() == Errno::kNoData);
  // Not every host's file system has them at all.
  if (tree.set_attribute("f", "user.b", bytes_of("value"), 0) != Errno::kNone) return;
  CHECK(tree.set_attribute("f", "user.b", bytes_of("v"), 1) == Errno::kExists);
  CHECK(tree.set_attribute("f", "user.a", {}, 0) == Errno::kNone);
  CHECK(*tree.list_attributes("f") == std::vector<std::string>{"user.a", "user.b"});
  CHECK(tree.attribute("f", "user.b")->size() == 5);
  CHECK(tree.remove_attribute("f", "user.b") == Errno::kNone);
  CHECK(tree.attribute("f", "user.b").error() == Errno::kNoData);
}

TEST_CASE("a folder that vanishes leaves errors, and no more") {
  Shared shared;
  shared.temp.make("shared/f", "text");
  auto file = shared.tree->open("f", {});
  fs::remove_all(shared.temp.path("shared"));
  CHECK(shared.tree->info("f").error() == Errno::kNoEntry);
  CHECK(shared.tree->create("g", {}, false, shared.mine(0600)).error() == Errno::kNoEntry);
  CHECK((*file)->info()->links == 0);
}

TEST_CASE("what cannot be shared is named at the start") {
  TempFolder temp;
  const auto missing = HostFolder::open({temp.path("no"), false, {}});
  CHECK(missing.error().message == "cannot share the folder " + temp.path("no") +
                                       ": No such file or directory; check the path= of -fsdev "
                                       "or -virtfs");
  CHECK_FALSE(HostFolder::open({temp.make("f", ""), false, {}}).ok());
}

TEST_CASE("without the right to give files away, security_model decides") {
  Shared shared;
  const Powerless powerless(shared.temp.path("shared"));
  const NewFile others{0600, 0, 0};
  CHECK(shared.tree->make_folder("d", others) == Errno::kNotPermitted);
  CHECK(shared.tree->info("d").error() == Errno::kNoEntry);
  auto none = HostFolder::open({shared.temp.path("shared"), false, FolderSpec::Security::kNone});
  CHECK((*none)->make_folder("d", others) == Errno::kNone);
  CHECK((*none)->change("d", {.uid = 0}) == Errno::kNone);
  CHECK((*none)->info("d")->uid == ::geteuid());
}

}  // namespace
}  // namespace vireo
