// Events: who gets them, and what they cost when nobody does.
#include "machine/base/trace_event.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "machine/base/io_space.h"

namespace vireo {
namespace {

struct KeptEvents : TraceSink {
  explicit KeptEvents(uint32_t items) { TraceEvents::set_sink(this, items); }
  ~KeptEvents() override { TraceEvents::set_sink(nullptr, 0); }
  void event(const TraceEvent& event) override { lines.push_back(event_text(event)); }
  std::vector<std::string> lines;
};

struct Constant : IoHandler {
  uint64_t read(uint64_t, unsigned) override { return 0x5a; }
  void write(uint64_t, unsigned, uint64_t) override {}
};

TEST_CASE("an event is on while the sink or the log wants its item") {
  CHECK_FALSE(TraceEvents::on(LogItem::kMmio));
  {
    KeptEvents kept(bit_of(LogItem::kMmio));
    CHECK(TraceEvents::on(LogItem::kMmio));
    CHECK_FALSE(TraceEvents::on(LogItem::kIo));
  }
  CHECK_FALSE(TraceEvents::on(LogItem::kMmio));
  Log::enable(LogItem::kIo);
  CHECK(TraceEvents::on(LogItem::kIo));
  Log::set_open(false);
  CHECK_FALSE(TraceEvents::on(LogItem::kIo));
  Log::set_open(true);
  CHECK(TraceEvents::on(LogItem::kIo));
  Log::disable_all();
  CHECK_FALSE(TraceEvents::on(LogItem::kIo));
}

TEST_CASE("an event's text has its fields in their order") {
  const TraceField fields[] = {TraceField::word("device", "hpet"), TraceField::hex("addr", 0xf0),
                               TraceField::count("size", 4)};
  CHECK(event_text({LogItem::kMmio, "mmio_read", fields}) ==
        "mmio_read device=hpet addr=0xf0 size=4");
}

TEST_CASE("accesses to device registers are events with the device's name") {
  KeptEvents kept(bit_of(LogItem::kIo) | bit_of(LogItem::kMmio));
  IoSpace ports("ports", 0x10000), memory("memory", 0);
  Constant device;
  const IoMapping port = ports.map(0x60, 4, device, "keyboard");
  const IoMapping window = memory.map(0xfed00000, 0x400, device, "hpet");
  ports.read(0x60, 1);
  ports.write(0x62, 2, 0x1234);
  memory.read(0xfed000f0, 8);
  memory.write(0x1000, 4, 7);
  CHECK(kept.lines == std::vector<std::string>{
                          "port_read device=keyboard port=0x60 size=1 value=0x5a",
                          "port_write device=keyboard port=0x62 size=2 value=0x1234",
                          "mmio_read device=hpet addr=0xfed000f0 size=8 value=0x5a",
                          "mmio_write device=nobody addr=0x1000 size=4 value=0x7"});
}

TEST_CASE("a name that is no item gets the nearest one") {
  CHECK(find_log_item("mmio")->item == LogItem::kMmio);
  CHECK(find_log_item("mmoi") == nullptr);
  CHECK(unknown_log_item("mmoi") == "unknown item 'mmoi'; the nearest is 'mmio'");
}

}  // namespace
}  // namespace vireo
