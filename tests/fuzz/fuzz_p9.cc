// Fuzzes the 9P server on a tree in memory: the input is a session of messages, most of them
// nearly right, by a client that lies about sizes, fids and names.
#include <cstdlib>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz_digest.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/unit/virtio/memory_tree.h"
#include "virtio/p9/p9_server.h"

namespace vireo::fuzz {
namespace {

using p9::Type;

constexpr int kMaxMessages = 256;
constexpr Type kTypes[] = {Type::kWalk,     Type::kWalk,      Type::kWalk,    Type::kLopen,
                           Type::kLopen,    Type::kLcreate,   Type::kRead,    Type::kWrite,
                           Type::kReaddir,  Type::kGetattr,   Type::kSetattr, Type::kMkdir,
                           Type::kSymlink,  Type::kMknod,     Type::kLink,    Type::kRename,
                           Type::kRenameat, Type::kUnlinkat,  Type::kRemove,  Type::kClunk,
                           Type::kReadlink, Type::kXattrwalk, Type::kStatfs,  Type::kXattrcreate,
                           Type::kFsync,    Type::kLock,      Type::kGetlock, Type::kFlush,
                           Type::kAttach,   Type::kVersion,   Type::kAuth};

// What a type's message consists of: f fid, s name, 1 2 4 8 integers of that many bytes, n the
// names of a walk, d data with its length in front.
const char* fields_of(Type type) {
  switch (type) {
    case Type::kWalk:
      return "ffn";
    case Type::kLopen:
      return "f4";
    case Type::kLcreate:
      return "fs444";
    case Type::kRead:
    case Type::kReaddir:
      return "f84";
    case Type::kWrite:
      return "f8d";
    case Type::kGetattr:
      return "f8";
    case Type::kSetattr:
      return "f444488888";
    case Type::kMkdir:
      return "fs44";
    case Type::kSymlink:
      return "fss4";
    case Type::kMknod:
      return "fs4444";
    case Type::kLink:
    case Type::kRename:
      return "ffs";
    case Type::kRenameat:
      return "fsfs";
    case Type::kUnlinkat:
      return "fs4";
    case Type::kXattrwalk:
      return "ffs";
    case Type::kXattrcreate:
      return "fs84";
    case Type::kFsync:
      return "f4";
    case Type::kLock:
      return "f14884s";
    case Type::kGetlock:
      return "f1884s";
    case Type::kFlush:
      return "2";
    case Type::kAttach:
    case Type::kAuth:
      return "ffss4";
    default:
      return "f";
  }
}

class Session {
 public:
  Session(FuzzInput& input, P9Server& server) : input_(input), server_(server) {}

  void run() {
    send(hello());
    for (int i = 0; i < kMaxMessages && !input_.empty(); ++i) step();
  }

 private:
  template <typename T>
  void put(T value) {
    const auto bytes = std::as_bytes(std::span(&value, 1));
    message_.insert(message_.end(), bytes.begin(), bytes.end());
  }
  void put_string(const std::string& text) {
    put(static_cast<uint16_t>(text.size()));
    const auto bytes = std::as_bytes(std::span(text));
    message_.insert(message_.end(), bytes.begin(), bytes.end());
  }

  std::vector<std::byte> hello() {
    begin(Type::kVersion);
    put(uint32_t{8192});
    put_string("9P2000.L");
    finish();
    send(message_);
    begin(Type::kAttach);
    put(uint32_t{0});
    put(p9::kNoFid);
    put_string("");
    put_string("");
    put(uint32_t{0});
    finish();
    return message_;
  }

  void begin(Type type) {
    message_.clear();
    put(uint32_t{0});
    put(static_cast<uint8_t>(type));
    put(uint16_t{1});
  }
  void finish() {
    const auto size = static_cast<uint32_t>(message_.size());
    std::memcpy(message_.data(), &size, sizeof size);
  }

  void step() {
    const uint8_t shape = input_.take<uint8_t>();
    if (shape == 0) return reload();
    const Type type = kTypes[input_.below(std::size(kTypes))];
    if (type == Type::kVersion) return send(hello());
    begin(type);
    for (const char* field = fields_of(type); *field != '\0'; ++field) put_field(*field);
    finish();
    if (shape % 16 == 1) message_[input_.below(4)] = std::byte{input_.take<uint8_t>()};
    if (shape % 16 == 2) message_.resize(input_.below(static_cast<uint32_t>(message_.size() + 1)));
    if (shape % 16 == 3) message_[4] = std::byte{input_.take<uint8_t>()};
    send(message_);
  }

  void put_field(char field) {
    switch (field) {
      case 'f':
        return put(uint32_t{input_.take<uint8_t>()} % 8);
      case 's':
        return put_string(name());
      case 'n': {
        const uint16_t count = static_cast<uint16_t>(input_.below(4));
        put(count);
        for (uint16_t i = 0; i < count; ++i) put_string(name());
        return;
      }
      case 'd': {
        const uint32_t length = input_.below(600);
        put(length);
        message_.resize(message_.size() + length, std::byte{'d'});
        return;
      }
      case '1':
        return put(input_.take<uint8_t>());
      case '2':
        return put(input_.take<uint16_t>());
      case '4':
        return put(number<uint32_t>());
      default:
        return put(number<uint64_t>());
    }
  }

  // Small more often than not.
  template <typename T>
  T number() {
    const uint8_t small = input_.take<uint8_t>();
    return small < 0xf0 ? T{small} : input_.take<T>();
  }

  std::string name() {
    static const std::string kNames[] = {"a",  "b", "f", "d", "link", "user.x",
                                         "..", ".", "",  "/", "a/b",  std::string("a\0", 2)};
    const uint32_t which = input_.below(std::size(kNames) * 4);
    return kNames[which < std::size(kNames) ? which : which % 6];
  }

  void send(const std::vector<std::byte>& message) {
    const size_t room =
        P9Server::kMinReply + (input_.take<uint8_t>() < 32 ? input_.below(200) : 8192);
    std::vector<std::byte> reply(room);
    const uint32_t length = server_.answer(message, reply);
    if ((length == 0) != (message.size() < p9::kHeaderBytes)) std::abort();
    if (length == 0) return;
    if (length < p9::kHeaderBytes || length > room) std::abort();
    uint32_t size = 0;
    std::memcpy(&size, reply.data(), sizeof size);
    if (size != length || reply[5] != message[5] || reply[6] != message[6]) std::abort();
    if (reply[4] != std::byte{7} && reply[4] != static_cast<std::byte>(uint8_t(message[4]) + 1)) {
      std::abort();
    }
    digest().add(std::span(reply).first(length));
  }

  // A saved session loads, and is then the same.
  void reload() {
    Archive saved = Archive::saver();
    server_.visit(saved);
    Archive loader = Archive::loader(saved.bytes());
    server_.visit(loader);
    if (!loader.ok() || !loader.at_end()) std::abort();
    Archive again = Archive::saver();
    server_.visit(again);
    if (again.bytes() != saved.bytes()) std::abort();
  }

  FuzzInput& input_;
  P9Server& server_;
  std::vector<std::byte> message_;
};

void fuzz(FuzzInput input) {
  testing::MemoryTree tree((input.take<uint8_t>() & 15) == 0);
  tree.folder("a");
  tree.folder("a/b");
  tree.file("a/f", "contents");
  tree.file("f", std::string(3000, 'x'));
  (void)tree.make_link("link", "../../etc", {});
  int64_t seconds = 0;
  P9Server server(tree, [&] { return FileTime{++seconds, 0}; });
  Session(input, server).run();
  if (tree.read_only() && tree.text("a/f") != "contents") std::abort();
}

}  // namespace
}  // namespace vireo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  vireo::fuzz::fuzz(vireo::fuzz::FuzzInput(data, size));
  return 0;
}
