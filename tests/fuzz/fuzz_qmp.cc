// Fuzzes QMP and the monitor behind it: the input is what clients send one after the other to a
// running machine, commands that are nearly right, JSON that is none, and bytes between.
#include <cstdlib>
#include <memory>
#include <string>

#include "machine/board/machine.h"
#include "machine/control/qmp/qmp_session.h"
#include "tests/fuzz/fuzz_digest.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/unit/board/fake_host.h"
#include "tests/unit/board/guest_code.h"

namespace vireo::fuzz {
namespace {

constexpr int kMaxMessages = 64;

// '%' stands for a number or another value, '$' for a line of the monitor.
constexpr const char* kMessages[] = {
    R"({"execute":"qmp_capabilities"})",
    R"({"execute":"qmp_capabilities","arguments":{"enable":%}})",
    R"({"execute":"query-status","id":%})",
    R"({"execute":"query-commands"})",
    R"({"execute":"query-block"} {"execute":"query-blockstats"})",
    R"({"execute":"query-pci"})",
    R"({'execute':'query-chardev'})",
    R"({"execute":"stop"})",
    R"({"execute":"cont"})",
    R"({"execute":"system_reset"})",
    R"({"execute":"system_powerdown"})",
    R"({"execute":"device_add","arguments":{"driver":"virtio-rng-pci","id":%,"bus":%}})",
    R"({"execute":"device_add","arguments":{"driver":%,"id":"r","bus":"port"}})",
    R"({"execute":"device_del","arguments":{"id":%}})",
    R"({"execute":"device_del","arguments":{"id":"r"}})",
    R"({"execute":"balloon","arguments":{"value":%}})",
    R"({"execute":"block_resize","arguments":{"device":%,"size":%}})",
    R"({"execute":"set_link","arguments":{"name":%,"up":%}})",
    R"({"execute":"send-key","arguments":{"keys":[{"type":"qcode","data":"a"},%]}})",
    R"({"execute":"pmemsave","arguments":{"val":%,"size":64,"filename":"/dev/null"}})",
    R"({"execute":"inject-nmi"})",
    R"({"execute":%,"arguments":%})",
    R"({"execute":"human-monitor-command","arguments":{"command-line":"$"}})",
    R"({"execute":"human-monitor-command","arguments":{"command-line":"$"}})",
    R"({"execute":"human-monitor-command","arguments":{"command-line":"$","cpu-index":%}})"};
constexpr const char* kValues[] = {
    "0",           "1",   "-1",   "4096",       "1048576",  "18446744073709551615",
    "1e99",        "0.5", "true", "null",       "\"port\"", "\"a\"",
    "\"\\u0000\"", "[]",  "[{}]", "{\"a\":{}}", "\"\xff\""};
constexpr const char* kLines[] = {"info registers",
                                  "info mem",
                                  "info tlb",
                                  "info virtio",
                                  "info lapic",
                                  "info pic",
                                  "info mtree",
                                  "x /4i $rip",
                                  "x /9xg 0xfffffffffffffff8",
                                  "xp /3c 0xfffffe",
                                  "p (((1",
                                  "p $rsp/0",
                                  "sum 0 0x1000",
                                  "cpu 1",
                                  "i /w 0x60",
                                  "o /b 0x64 0xd1",
                                  "sendkey ctrl-alt-delete",
                                  "device_add virtio-balloon-pci,id=b,bus=port",
                                  "device_del b",
                                  "help",
                                  "x/99999x 0x100000"};

std::string expanded(FuzzInput& input, const char* pattern) {
  std::string text;
  for (; *pattern != '\0'; ++pattern) {
    if (*pattern == '%')
      text += kValues[input.below(std::size(kValues))];
    else if (*pattern == '$')
      text += kLines[input.below(std::size(kLines))];
    else
      text += *pattern;
  }
  return text;
}

std::string message(FuzzInput& input) {
  std::string text = expanded(input, kMessages[input.below(std::size(kMessages))]);
  const uint8_t shape = input.take<uint8_t>();
  if (shape % 8 == 0 && !text.empty()) {
    text[input.below(static_cast<uint32_t>(text.size()))] =
        static_cast<char>(input.take<uint8_t>());
  }
  if (shape % 16 == 1) text.resize(input.below(static_cast<uint32_t>(text.size() + 1)));
  return text + (shape % 4 == 2 ? "\n" : "");
}

void fuzz(FuzzInput input) {
  testing::FakeHost host;
  host.files["guest"] = testing::GuestCode().jump_here().elf();
  host.looks_before_stop = 8;
  MachineConfig config;
  config.memory_bytes = 16 * kMiB;
  config.kernel.kernel_path = "guest";
  config.no_reboot = true;
  config.pci_bridges.emplace_back().id = "port";
  auto machine = Machine::create(config, host);
  if (!machine) std::abort();
  ControlPanel panel = (*machine)->panel();
  auto channel = panel.chardevs.open({.kind = ChannelSpec::Kind::kPty}, "qmp0");
  if (!channel) std::abort();
  QmpSession session(panel, std::move(*channel), false);
  testing::FakeLine& line = host.line("qmp0");
  for (int i = 0; i < kMaxMessages && !input.empty(); ++i) {
    if (i == 0 || input.take<uint8_t>() < 8) line.arrived = true;
    const std::string text = i == 0 ? kMessages[0] : message(input);
    line.input.insert(line.input.end(), text.begin(), text.end());
    session.poll_input();
  }
  (void)(*machine)->run();
  // Every line is an object of its own.
  for (size_t at = 0, end; (end = line.output.find("\r\n", at)) != std::string::npos;
       at = end + 2) {
    if (!Json::accept(line.output.substr(at, end - at))) std::abort();
  }
  digest().add(std::as_bytes(std::span(line.output)));
}

}  // namespace
}  // namespace vireo::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  vireo::fuzz::fuzz(vireo::fuzz::FuzzInput(data, size));
  return 0;
}
