#include "machine/control/img/img_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "machine/base/nearest_name.h"
#include "machine/base/option_parser.h"
#include "machine/board/run_result.h"
#include "machine/control/img/img_text.h"
#include "machine/control/img/img_words.h"
#include "machine/host/signals.h"

namespace vireo {
namespace {

constexpr int kExitCorrupt = 2;
constexpr int kExitLeaks = 3;
constexpr int kExitNothingToCheck = 63;
constexpr int kExitSignal = 128;

constexpr std::string_view kHelp =
    "usage: vireo img info [-f FORMAT] [--output=json] FILE\n"
    "       vireo img check [-f FORMAT] [--output=json] [-r leaks|all] [-p] [-q] FILE\n"
    "       vireo img create [-f FORMAT] [-b FILE -F FORMAT] [-o OPTIONS] [-q] FILE [SIZE]\n"
    "       vireo img convert [-f FORMAT] [-O FORMAT] [-c] [-l SNAPSHOT] [-o OPTIONS] [-p] [-q]\n"
    "                         FILE FILE\n"
    "\n"
    "Disk images, with the names and options of qemu-img. Formats: raw, qcow2.\n"
    "  info     what an image is, with its internal snapshots\n"
    "  check    whether its tables agree; exit code 2 for corruptions, 3 for leaked clusters\n"
    "  create   an empty image (raw without -f), or one above a backing file\n"
    "  convert  a copy of what an image's disk shows (raw without -O)\n"
    "\n"
    "  -f F          the image's format; without it, what its file looks like\n"
    "  -O F          the new image's format\n"
    "  -b F, -F F    the backing file and its format\n"
    "  -c            compress what is written\n"
    "  -l S          take the internal snapshot with this id or name\n"
    "  -r WHAT       repair: leaks, or all counts\n"
    "  -p            show how far it is\n"
    "  -q            say nothing\n"
    "  -o KEY=VALUE,...   for qcow2: cluster_size, compat=0.10|1.1, compression_type=zlib|zstd,\n"
    "                     lazy_refcounts, refcount_bits, backing_file, backing_fmt, size\n";

int fail(const std::string& message) {
  fmt::print(stderr, "vireo img: {}\n", message);
  return kExitUsage;
}

// As qemu-img shows it; a line of its own at the end.
TellProgress progress_of(const ImgWords& words) {
  if (!words.has("-p")) return [](double) {};
  return [shown = -1.0](double part) mutable {
    if (part - shown < 0.01 && part < 1) return;
    shown = part;
    fmt::print("    ({:.2f}/100%)\r{}", part * 100, part < 1 ? "" : "\n");
    std::fflush(stdout);
  };
}

// The files that a sub-command takes.
Result<void> count_files(const ImgWords& words, size_t least, size_t most) {
  if (words.files.size() >= least && words.files.size() <= most) return {};
  return Error{words.files.size() < least
                   ? "a file is missing (see vireo img --help)"
                   : fmt::format("what is {}? (see vireo img --help)", words.files[most])};
}

int info(std::span<const std::string_view> rest) {
  constexpr std::string_view kValues[] = {"-f", "--output"};
  const auto words = parse_img_words(rest, {}, kValues);
  if (!words) return fail(words.error().message);
  if (auto good = count_files(*words, 1, 1); !good) return fail(good.error().message);
  const auto format = format_option(*words, "-f");
  if (!format) return fail(format.error().message);
  const std::string& path = words->files[0];
  const auto found = image_info(path, *format);
  if (!found) return fail(found.error().message);
  fmt::print("{}", words->json() ? json_text(info_json(path, *found), true) + "\n"
                                 : info_text(path, *found));
  return kExitOk;
}

int check_result(const Qcow2CheckReport& report) {
  if (report.errors != 0) return kExitUsage;
  if (report.corruptions != 0) return kExitCorrupt;
  return report.leaks != 0 ? kExitLeaks : kExitOk;
}

int check(std::span<const std::string_view> rest) {
  constexpr std::string_view kFlags[] = {"-p", "-q"};
  constexpr std::string_view kValues[] = {"-f", "--output", "-r"};
  const auto words = parse_img_words(rest, kFlags, kValues);
  if (!words) return fail(words.error().message);
  if (auto good = count_files(*words, 1, 1); !good) return fail(good.error().message);
  const auto format = format_option(*words, "-f");
  if (!format) return fail(format.error().message);
  const std::string repair = words->text("-r");
  if (words->has("-r") && repair != "leaks" && repair != "all") {
    return fail(fmt::format("-r {}: choose leaks or all", repair));
  }
  const std::string& path = words->files[0];
  const auto known = image_info(path, *format);
  if (!known) return fail(known.error().message);
  if (known->format != DiskFormat::kQcow2) {
    fail(fmt::format("{}: a {} image has nothing to check", path, format_name(known->format)));
    return kExitNothingToCheck;
  }
  const auto report = check_image(
      path, known->format, {!repair.empty(), repair == "all"},
      [&](const std::string& line) {
        if (!words->has("-q")) fmt::print(stderr, "{}\n", line);
      },
      progress_of(*words));
  if (!report) return fail(report.error().message);
  if (words->json()) {
    fmt::print("{}\n", json_text(check_json(path, *report), true));
  } else if (!words->has("-q")) {
    fmt::print("{}", check_text(*report));
  }
  return check_result(*report);
}

Result<void> create(const ImgWords& words) {
  if (auto good = count_files(words, 1, 2); !good) return good;
  const auto format = format_option(words, "-f");
  if (!format) return format.error();
  NewImage image;
  image.path = words.files[0];
  image.format = format->value_or(DiskFormat::kRaw);
  auto layout = layout_option(words, image.format);
  if (!layout) return layout.error();
  image.layout = std::move(*layout);
  if (words.files.size() == 2) {
    const auto size = parse_size(words.files[1]);
    if (!size) return Error{fmt::format("{} is no size, like 20G", words.files[1])};
    image.layout.size = *size;
  }
  return create_image(std::move(image));
}

Result<void> convert(const ImgWords& words) {
  if (auto good = count_files(words, 2, 2); !good) return good;
  const auto from = format_option(words, "-f");
  if (!from) return from.error();
  const auto to = format_option(words, "-O");
  if (!to) return to.error();
  Conversion conversion;
  conversion.from = words.files[0];
  conversion.format = *from;
  conversion.snapshot = words.text("-l");
  conversion.compress = words.has("-c");
  conversion.to.path = words.files[1];
  conversion.to.format = to->value_or(DiskFormat::kRaw);
  auto layout = layout_option(words, conversion.to.format);
  if (!layout) return layout.error();
  conversion.to.layout = std::move(*layout);
  if (!conversion.to.layout.backing_file.empty()) {
    return Error{"convert copies all; use create for an image with a backing file"};
  }
  if (conversion.compress && conversion.to.format == DiskFormat::kRaw) {
    return Error{"-c: a raw image is not compressed; give -O qcow2"};
  }
  return convert_image(std::move(conversion), progress_of(words));
}

int make(std::string_view command, std::span<const std::string_view> rest) {
  constexpr std::string_view kFlags[] = {"-p", "-q", "-c"};
  constexpr std::string_view kCreateFlags[] = {"-q"};
  constexpr std::string_view kCreateValues[] = {"-f", "-b", "-F", "-o"};
  constexpr std::string_view kConvertValues[] = {"-f", "-O", "-l", "-o"};
  const bool creates = command == "create";
  const auto words = creates ? parse_img_words(rest, kCreateFlags, kCreateValues)
                             : parse_img_words(rest, kFlags, kConvertValues);
  if (!words) return fail(words.error().message);
  const SignalWatch watch;  // whoever is interrupted leaves no half of a file
  const auto done = creates ? create(*words) : convert(*words);
  if (done) return kExitOk;
  const int signal = SignalWatch::stop_signal();
  const int failed = fail(done.error().message);
  return signal == 0 ? failed : kExitSignal + signal;
}

}  // namespace

int run_img_command(std::span<const std::string_view> words) {
  if (words.empty() || words[0] == "--help" || words[0] == "-help" || words[0] == "help") {
    fmt::print("{}", kHelp);
    return words.empty() ? kExitUsage : kExitOk;
  }
  const auto rest = words.subspan(1);
  if (words[0] == "info") return info(rest);
  if (words[0] == "check") return check(rest);
  if (words[0] == "create" || words[0] == "convert") return make(words[0], rest);
  return fail(fmt::format("there is no '{}'; the nearest is {}", words[0],
                          nearest_name(words[0], {"info", "check", "create", "convert"})));
}

}  // namespace vireo
