// The real-time clock and CMOS RAM of a PC: Motorola MC146818 with a century
// byte at 0x32, on virtual time.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "machine/base/device.h"
#include "machine/base/event_queue.h"
#include "machine/base/irq_line.h"
#include "machine/devices/byte_ports.h"
#include "machine/devices/calendar.h"

namespace vireo {

struct CmosRtcConfig {
  // What the clock shows at virtual time 0, in seconds since 1970-01-01 00:00 of
  // whatever zone the guest is to see.
  int64_t start_seconds = 0;
};

// Flags are computed when somebody looks; events exist only while an interrupt
// is enabled, so that an idle clock costs nothing.
class CmosRtc : public Device {
 public:
  static constexpr unsigned kSize = 128;
  static constexpr unsigned kCentury = 0x32;

  // `irq8` is high while register C's IRQF is set.
  CmosRtc(CmosRtcConfig config, EventQueue& events, IrqLine irq8);

  IoHandler& ports() { return ports_; }  // 0x70-0x71

  // CMOS RAM as the firmware finds it (memory sizes, boot order). Indices 0-0x0d
  // and the century belong to the clock and are not reachable here. The RAM
  // survives a reset, as a battery would make it.
  uint8_t nvram(unsigned index) const { return ram_[index % kSize]; }
  void set_nvram(unsigned index, uint8_t value);

  std::string_view name() const override { return "rtc"; }
  void reset() override;
  void reset_outputs() override { update_irq(); }
  void visit(Archive& archive) override;

 private:
  uint8_t read_port(uint64_t offset);
  void write_port(uint64_t offset, uint8_t value);
  uint8_t read_register(uint8_t index);
  void write_register(uint8_t index, uint8_t value);
  void write_a(uint8_t value);
  void write_b(uint8_t value);
  uint8_t read_c();

  static bool is_clock_register(uint8_t index);
  bool divider_held() const;
  bool halted() const;
  void start_clock(const CalendarTime& time);
  uint64_t since_base_ns(uint64_t at_ns) const { return at_ns - base_ns_; }
  int64_t seconds_at(uint64_t ns) const;
  CalendarTime time_now() const;
  void store_time(const CalendarTime& time);
  CalendarTime stored_time() const;
  bool update_in_progress() const;
  uint8_t encode(int value) const;
  int decode(uint8_t value) const;
  uint8_t encode_hour(int hour) const;
  int decode_hour(uint8_t value) const;
  bool alarm_matches(unsigned index, int value) const;

  std::optional<uint64_t> next_periodic_ns(uint64_t after_ns) const;
  std::optional<uint64_t> next_update_ns(uint64_t after_ns) const;
  std::optional<uint64_t> next_alarm_ns(uint64_t after_ns) const;
  void catch_up();
  void update_irq();

  EventQueue& events_;
  IrqLine irq8_;
  BytePorts<CmosRtc> ports_;
  Event event_;

  uint8_t index_ = 0;
  // The time and date bytes count only while the clock is halted; otherwise they
  // are computed from the base.
  std::array<uint8_t, kSize> ram_{};
  int64_t base_seconds_;       // what the clock shows ...
  uint64_t base_ns_ = 0;       // ... at this virtual time (modulo 2^64)
  uint8_t weekday_shift_ = 0;  // the guest may call any day Sunday
  uint64_t flags_ns_ = 0;      // register C is right up to this time
};

}  // namespace vireo
