// Fuzzes the gdb server of a running machine: the input is what a client sends, packets that are
// nearly right, packets that are not, and bytes between them.
#include <cstdlib>
#include <memory>
#include <string>

#include "machine/board/machine.h"
#include "machine/control/gdb/packets.h"
#include "machine/control/gdb/server.h"
#include "tests/fuzz/fuzz_digest.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/unit/board/fake_host.h"
#include "tests/unit/board/guest_code.h"

namespace vireo::fuzz {
namespace {

// '%' stands for a number near something that matters, '*' for bytes in hexadecimal.
constexpr const char* kWords[] = {"g",
                                  "G*",
                                  "p%",
                                  "P%=*",
                                  "m%,%",
                                  "M%,%:*",
                                  "x%,%",
                                  "X%,%:*",
                                  "s",
                                  "s%",
                                  "c",
                                  "c%",
                                  "C05",
                                  "vCont;s:%;c",
                                  "vCont;r%,%:1",
                                  "vCont;c",
                                  "Z0,%,1",
                                  "Z1,%,1",
                                  "Z2,%,%",
                                  "Z3,%,%",
                                  "Z4,%,%",
                                  "z0,%,1",
                                  "z2,%,%",
                                  "z4,%,%",
                                  "Hg%",
                                  "Hc%",
                                  "T%",
                                  "qRcmd,*",
                                  "qThreadExtraInfo,%",
                                  "qXfer:features:read:target.xml:%,%",
                                  "Qqemu.PhyMemMode:%",
                                  "Qqemu.sstep=%",
                                  "?",
                                  "QStartNoAckMode",
                                  "bs",
                                  "bc",
                                  "D",
                                  "*",
                                  "%"};
constexpr uint64_t kNumbers[] = {0,
                                 1,
                                 2,
                                 4,
                                 8,
                                 0x10,
                                 0x20,
                                 0x40,
                                 0x1000,
                                 0x100000,
                                 0x100005,
                                 0x100008,
                                 0x10000c,
                                 0x200000,
                                 0xffffff,
                                 0x1000000,
                                 0xfee00000,
                                 uint64_t{1} << 40,
                                 ~uint64_t{0} >> 1,
                                 ~uint64_t{0}};

// The client's side: as long as the input lasts, then it is gone.
class HostileClient final : public ByteChannel {
 public:
  explicit HostileClient(FuzzInput input) : input_(input) {}

  void write(std::span<const uint8_t> bytes) override { digest().add(std::as_bytes(bytes)); }
  std::optional<uint8_t> read() override {
    if (bytes_.empty() && !input_.empty()) bytes_ = next();
    if (bytes_.empty() || (pauses_ = !pauses_ && bytes_.size() % 7 == 0)) return std::nullopt;
    const char byte = bytes_.front();
    bytes_.erase(0, 1);
    return static_cast<uint8_t>(byte);
  }
  bool connected() const override { return !bytes_.empty() || !input_.empty(); }
  bool take_arrival() override { return std::exchange(arrives_, false); }

 private:
  std::string next() {
    const unsigned kind = input_.below(16);
    if (kind == 0) return std::string(1, static_cast<char>(input_.take<uint8_t>()));
    if (kind == 1) return "\x03";
    std::string packet = make_gdb_packet(contents());
    if (kind == 2) packet[input_.below(static_cast<uint32_t>(packet.size()))] ^= 1;
    if (kind == 3) packet.insert(1, std::string(input_.below(40000), 'a'));
    return packet;
  }
  std::string contents() {
    std::string text;
    for (const char* c = kWords[input_.below(std::size(kWords))]; *c != '\0'; ++c) {
      if (*c == '%')
        text += fmt::format("{:x}", number());
      else if (*c == '*')
        text += hex();
      else
        text += *c;
    }
    return text;
  }
  uint64_t number() { return kNumbers[input_.below(std::size(kNumbers))] + input_.below(5) - 2; }
  std::string hex() {
    std::string text;
    for (unsigned i = input_.below(40); i > 0; --i) {
      text += fmt::format("{:02x}", input_.take<uint8_t>());
    }
    return text;
  }

  FuzzInput input_;
  std::string bytes_;
  bool arrives_ = true, pauses_ = false;
};

// Counts to a thousand, stores each number, again and again.
testing::GuestCode guest() {
  testing::GuestCode code;
  code.bytes({0xB9, 0xE8, 3, 0, 0, 0x48, 0xFF, 0xC0, 0xA3, 0, 0, 0x20, 0, 0, 0, 0, 0});
  return std::move(code.bytes({0xFF, 0xC9, 0x75, 0xF0, 0xEB, 0xE9}));
}

void run(FuzzInput input) {
  testing::FakeHost host;
  host.files["guest"] = guest().elf();
  host.looks_before_stop = 40;
  MachineConfig config;
  config.memory_bytes = 16 * kMiB;
  config.kernel.kernel_path = "guest";
  config.topology.cores = 2;
  config.serials = {{ChannelSpec::Kind::kNull, "", false}};
  auto machine = Machine::create(config, host);
  if (!machine) std::abort();
  GdbServer server((*machine)->panel(), std::make_unique<HostileClient>(input));
  const uint64_t instructions = (*machine)->run().instructions;
  digest().add(std::as_bytes(std::span(&instructions, 1)));
  server.finish(0);
}

}  // namespace
}  // namespace vireo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  vireo::fuzz::run(vireo::fuzz::FuzzInput(data, size));
  return 0;
}
