// -icount, -rtc and -seed: what makes one run like the other.
#include <fmt/format.h>

#include "machine/base/option_parser.h"
#include "machine/control/calendar_date.h"
#include "machine/control/handlers.h"

namespace vireo {
namespace {

constexpr uint64_t kMaxShift = 10;

constexpr OptionKey kIcountKeys[] = {
    {"shift", OptionType::kText, "an instruction takes 2^shift ns; 0 to 10"},
    {"sleep", OptionType::kChoice, "idle time passes on the host, too", "on|off|auto"},
};

constexpr OptionKey kRtcKeys[] = {
    {"base", OptionType::kText, "utc, localtime or a date"},
    {"clock", OptionType::kChoice, "virtual time, the only one", "vm"},
};

OnOffAuto sleep_mode(std::string_view text) {
  if (text == "auto") return OnOffAuto::kAuto;
  return text == "on" ? OnOffAuto::kOn : OnOffAuto::kOff;
}

}  // namespace

Result<void> take_icount(Draft& draft, std::string_view argument) {
  const auto parsed = parse_options("-icount", argument, kIcountKeys, "shift");
  if (!parsed) return parsed.error();
  if (parsed->has("shift")) {
    const std::string text = parsed->text("shift");
    if (text == "auto") {
      return Error{
          "-icount: shift=auto follows the host's speed, so no two runs would be alike; "
          "give a number from 0 to 10"};
    }
    const auto shift = parse_number(text);
    if (!shift || *shift > kMaxShift) {
      return Error{fmt::format("-icount: shift={} is no number from 0 to {}", text, kMaxShift)};
    }
    draft.config.icount.shift = static_cast<unsigned>(*shift);
  }
  if (parsed->has("sleep")) draft.config.icount.sleep = sleep_mode(parsed->text("sleep"));
  return {};
}

Result<void> take_rtc(Draft& draft, std::string_view argument) {
  const auto parsed = parse_options("-rtc", argument, kRtcKeys);
  if (!parsed) return parsed.error();
  if (!parsed->has("base")) return {};
  RtcConfig& rtc = draft.config.rtc;
  const std::string base = parsed->text("base");
  if (base == "utc" || base == "localtime") {
    rtc.base = base == "utc" ? RtcConfig::Base::kHostUtc : RtcConfig::Base::kHostLocal;
    return {};
  }
  const auto date = parse_date(base);
  if (!date) {
    return Error{
        fmt::format("-rtc: base={} is none of utc, localtime, a date as 2026-01-31, a "
                    "time as 2026-01-31T12:00:00",
                    base)};
  }
  rtc = {RtcConfig::Base::kFixed, *date};
  return {};
}

Result<void> take_seed(Draft& draft, std::string_view argument) {
  if (argument == "random") {
    draft.config.seed.from_host = true;
    return {};
  }
  const auto value = parse_number(argument);
  if (!value) return Error{fmt::format("-seed {}: give a number, or random", argument)};
  draft.config.seed = {*value, false};
  return {};
}

}  // namespace vireo
