#include "machine/devices/cmos_rtc.h"

#include <algorithm>

#include "machine/devices/tick_rate.h"

namespace vireo {
namespace {

enum Index : uint8_t {
  kSecond = 0x00,
  kSecondAlarm = 0x01,
  kMinute = 0x02,
  kMinuteAlarm = 0x03,
  kHour = 0x04,
  kHourAlarm = 0x05,
  kWeekday = 0x06,
  kDay = 0x07,
  kMonth = 0x08,
  kYear = 0x09,
  kA = 0x0a,
  kB = 0x0b,
  kC = 0x0c,
  kD = 0x0d,
};

// Register A: divider (normal: 32.768 kHz crystal) and rate.
constexpr uint8_t kUpdateInProgress = 0x80;
constexpr uint8_t kDividerReset = 0x60;
constexpr uint8_t kRate = 0x0f;
constexpr uint8_t kDefaultA = 0x26;  // as firmware leaves it: 1024 Hz

// Register B; bits 6:4 enable what register C's bits 6:4 report.
constexpr uint8_t kSet = 0x80;
constexpr uint8_t kPeriodic = 0x40;
constexpr uint8_t kAlarm = 0x20;
constexpr uint8_t kUpdate = 0x10;
constexpr uint8_t kSources = kPeriodic | kAlarm | kUpdate;
constexpr uint8_t kBinary = 0x04;
constexpr uint8_t kHours24 = 0x02;

constexpr uint8_t kIrqFlag = 0x80;    // C
constexpr uint8_t kValidRam = 0x80;   // D
constexpr uint8_t kAfternoon = 0x80;  // of an hour in 12-hour mode
constexpr uint8_t kAnyValue = 0xc0;   // of an alarm byte
constexpr uint8_t kIndexMask = 0x7f;  // bit 7 of port 0x70 masks NMIs

constexpr uint64_t kSecondNs = 1'000'000'000;
// UIP rises this long before the registers change.
constexpr uint64_t kUpdateWarningNs = 244'000;
// The first update after the divider is released comes half a second later.
constexpr uint64_t kDividerPhaseNs = kSecondNs / 2;
constexpr TickRate kCrystal{32768};

}  // namespace

CmosRtc::CmosRtc(CmosRtcConfig config, EventQueue& events, IrqLine irq8)
    : events_(events),
      irq8_(irq8),
      ports_(*this, &CmosRtc::read_port, &CmosRtc::write_port),
      event_(events, "rtc interrupt",
             [this] {
               catch_up();
               update_irq();
             }),
      base_seconds_(config.start_seconds) {
  reset();
}

// The battery keeps time and RAM; the control registers are left as firmware
// programs them before it starts a system.
void CmosRtc::reset() {
  const bool was_halted = halted();
  const CalendarTime stored = stored_time();
  ram_[kA] = kDefaultA;
  ram_[kB] = kHours24;
  ram_[kC] = 0;
  ram_[kD] = kValidRam;
  if (was_halted) start_clock(stored);
  index_ = 0;
  flags_ns_ = events_.now_ns();
  event_.cancel();
}

void CmosRtc::visit(Archive& archive) {
  archive.io(index_);
  archive.io(ram_);
  archive.io(base_seconds_);
  archive.io(base_ns_);
  archive.io(weekday_shift_);
  archive.io(flags_ns_);
  event_.visit(archive);
  irq8_.visit(archive);
  // Bounded so that no arithmetic on it overflows (a million years either way).
  constexpr int64_t kFarAway = int64_t{1} << 45;
  if (index_ > kIndexMask || base_seconds_ > kFarAway || base_seconds_ < -kFarAway) {
    archive.fail();
    index_ = 0;
    base_seconds_ = 0;
  }
}

void CmosRtc::set_nvram(unsigned index, uint8_t value) {
  index %= kSize;
  if (index > kD && index != kCentury) ram_[index] = value;
}

// --- Ports --------------------------------------------------------------------

uint8_t CmosRtc::read_port(uint64_t offset) {
  // The index port is write-only.
  return (offset & 1) == 0 ? 0xff : read_register(index_);
}

void CmosRtc::write_port(uint64_t offset, uint8_t value) {
  if ((offset & 1) == 0) {
    index_ = value & kIndexMask;
  } else {
    write_register(index_, value);
  }
}

bool CmosRtc::is_clock_register(uint8_t index) {
  return index == kCentury || index == kSecond || index == kMinute ||
         (index >= kHour && index <= kYear && index != kHourAlarm);
}

uint8_t CmosRtc::read_register(uint8_t index) {
  if (index == kA) return ram_[kA] | (update_in_progress() ? kUpdateInProgress : 0);
  if (index == kC) return read_c();
  if (is_clock_register(index) && !halted()) store_time(time_now());
  return ram_[index];
}

void CmosRtc::write_register(uint8_t index, uint8_t value) {
  catch_up();
  if (index == kA) {
    write_a(value);
  } else if (index == kB) {
    write_b(value);
  } else if (is_clock_register(index) && !halted()) {
    store_time(time_now());
    ram_[index] = value;
    start_clock(stored_time());
  } else if (index != kC && index != kD) {
    ram_[index] = value;
  }
  update_irq();
}

void CmosRtc::write_a(uint8_t value) {
  const bool was_halted = halted();
  const bool was_held = divider_held();
  if (!was_halted) store_time(time_now());
  ram_[kA] = value & static_cast<uint8_t>(~kUpdateInProgress);
  if (was_held && !divider_held()) base_ns_ = events_.now_ns() - kDividerPhaseNs;
  if (was_halted && !halted()) start_clock(stored_time());
}

void CmosRtc::write_b(uint8_t value) {
  const bool was_halted = halted();
  const CalendarTime now = time_now();
  // SET clears UIE.
  if ((value & kSet) != 0) value &= static_cast<uint8_t>(~kUpdate);
  ram_[kB] = value;
  if (!was_halted) store_time(now);
  if (was_halted && !halted()) start_clock(stored_time());
}

uint8_t CmosRtc::read_c() {
  catch_up();
  const uint8_t flags = ram_[kC];
  const bool irq = (flags & ram_[kB] & kSources) != 0;
  ram_[kC] = 0;
  update_irq();
  return flags | (irq ? kIrqFlag : 0);
}

// --- Time -----------------------------------------------------------------------

bool CmosRtc::divider_held() const { return (ram_[kA] & kDividerReset) == kDividerReset; }

bool CmosRtc::halted() const { return (ram_[kB] & kSet) != 0 || divider_held(); }

// Counts on from `time`, with the phase of the divider chain.
void CmosRtc::start_clock(const CalendarTime& time) {
  const int64_t seconds = to_seconds(time);
  weekday_shift_ =
      static_cast<uint8_t>((ram_[kWeekday] % 8 + 6 + 7 - from_seconds(seconds).weekday) % 7);
  base_seconds_ = seconds - static_cast<int64_t>(since_base_ns(events_.now_ns()) / kSecondNs);
}

int64_t CmosRtc::seconds_at(uint64_t ns) const {
  return base_seconds_ + static_cast<int64_t>(since_base_ns(ns) / kSecondNs);
}

CalendarTime CmosRtc::time_now() const { return from_seconds(seconds_at(events_.now_ns())); }

bool CmosRtc::update_in_progress() const {
  return !halted() && since_base_ns(events_.now_ns()) % kSecondNs >= kSecondNs - kUpdateWarningNs;
}

void CmosRtc::store_time(const CalendarTime& time) {
  ram_[kSecond] = encode(time.second);
  ram_[kMinute] = encode(time.minute);
  ram_[kHour] = encode_hour(time.hour);
  ram_[kWeekday] = encode((time.weekday + weekday_shift_) % 7 + 1);
  ram_[kDay] = encode(time.day);
  ram_[kMonth] = encode(time.month);
  ram_[kYear] = encode((time.year % 100 + 100) % 100);
  ram_[kCentury] = encode(std::max(time.year, 0) / 100 % 100);
}

CalendarTime CmosRtc::stored_time() const {
  CalendarTime time;
  time.second = decode(ram_[kSecond]);
  time.minute = decode(ram_[kMinute]);
  time.hour = decode_hour(ram_[kHour]);
  time.day = decode(ram_[kDay]);
  time.month = decode(ram_[kMonth]);
  time.year = decode(ram_[kCentury]) * 100 + decode(ram_[kYear]);
  return time;
}

uint8_t CmosRtc::encode(int value) const {
  if ((ram_[kB] & kBinary) != 0) return static_cast<uint8_t>(value);
  return static_cast<uint8_t>(value / 10 << 4 | value % 10);
}

int CmosRtc::decode(uint8_t value) const {
  return (ram_[kB] & kBinary) != 0 ? value : (value >> 4) * 10 + (value & 15);
}

uint8_t CmosRtc::encode_hour(int hour) const {
  if ((ram_[kB] & kHours24) != 0) return encode(hour);
  return encode((hour + 11) % 12 + 1) | (hour >= 12 ? kAfternoon : 0);
}

int CmosRtc::decode_hour(uint8_t value) const {
  if ((ram_[kB] & kHours24) != 0) return decode(value);
  const int hour = decode(value & static_cast<uint8_t>(~kAfternoon)) % 12;
  return hour + ((value & kAfternoon) != 0 ? 12 : 0);
}

// --- Interrupts -------------------------------------------------------------------

std::optional<uint64_t> CmosRtc::next_periodic_ns(uint64_t after_ns) const {
  const unsigned rate = ram_[kA] & kRate;
  if (rate == 0 || divider_held()) return std::nullopt;
  // Rates 1 and 2 repeat 8 and 9 (256 and 128 Hz).
  const uint64_t ticks = uint64_t{1} << ((rate <= 2 ? rate + 7 : rate) - 1);
  const uint64_t passed = kCrystal.ticks_at(since_base_ns(after_ns)) / ticks;
  return base_ns_ + kCrystal.ns_at((passed + 1) * ticks);
}

std::optional<uint64_t> CmosRtc::next_update_ns(uint64_t after_ns) const {
  if (halted()) return std::nullopt;
  return base_ns_ + (since_base_ns(after_ns) / kSecondNs + 1) * kSecondNs;
}

bool CmosRtc::alarm_matches(unsigned index, int value) const {
  const uint8_t alarm = ram_[index];
  if ((alarm & kAnyValue) == kAnyValue) return true;
  return value == (index == kHourAlarm ? decode_hour(alarm) : decode(alarm));
}

// The first second after `after_ns` that the alarm bytes describe, within a day.
std::optional<uint64_t> CmosRtc::next_alarm_ns(uint64_t after_ns) const {
  const auto first = next_update_ns(after_ns);
  if (!first) return std::nullopt;
  constexpr int kDay = 86400;
  const CalendarTime start = from_seconds(seconds_at(*first));
  const int from = start.hour * 3600 + start.minute * 60 + start.second;
  for (int ahead = 0; ahead < kDay;) {
    const int second = (from + ahead) % kDay;
    if (!alarm_matches(kHourAlarm, second / 3600)) {
      ahead += 3600 - second % 3600;
    } else if (!alarm_matches(kMinuteAlarm, second / 60 % 60)) {
      ahead += 60 - second % 60;
    } else if (!alarm_matches(kSecondAlarm, second % 60)) {
      ++ahead;
    } else {
      return *first + static_cast<uint64_t>(ahead) * kSecondNs;
    }
  }
  return std::nullopt;
}

// Sets the flags of everything that happened since they were last right.
void CmosRtc::catch_up() {
  const uint64_t now = events_.now_ns();
  const auto passed = [now](std::optional<uint64_t> at) { return at && *at <= now; };
  if (passed(next_periodic_ns(flags_ns_))) ram_[kC] |= kPeriodic;
  if (passed(next_update_ns(flags_ns_))) ram_[kC] |= kUpdate;
  if (passed(next_alarm_ns(flags_ns_))) ram_[kC] |= kAlarm;
  flags_ns_ = now;
}

// Once IRQF is set nothing more can happen to the line until register C is read.
void CmosRtc::update_irq() {
  const bool irq = (ram_[kC] & ram_[kB] & kSources) != 0;
  irq8_.set(irq);
  event_.cancel();
  if (irq) return;
  const uint64_t now = events_.now_ns();
  std::optional<uint64_t> next;
  const auto consider = [&](uint8_t source, std::optional<uint64_t> at) {
    if ((ram_[kB] & source) != 0 && at && (!next || *at < *next)) next = at;
  };
  consider(kPeriodic, next_periodic_ns(now));
  consider(kUpdate, next_update_ns(now));
  consider(kAlarm, next_alarm_ns(now));
  if (next) event_.schedule_at(*next);
}

}  // namespace vireo
