#include "machine/control/file_roles.h"

#include <fmt/format.h>

#include <map>
#include <set>
#include <string>
#include <vector>

#include "machine/control/channels_of.h"

namespace vireo {
namespace {

struct Output {
  std::string words;  // "-D trace.txt": how it was asked for
  std::string path;
};

std::set<std::string> inputs(const Draft& draft) {
  std::set<std::string> read = {draft.config.kernel.kernel_path, draft.config.kernel.initrd_path,
                                draft.ends.serial_expect, draft.config.symbols.path,
                                draft.config.replay.path};
  for (const DriveDraft& d : draft.drives) read.insert(d.drive.path);
  read.insert(draft.config.firmware.path);
  for (const FwCfgFileConfig& file : draft.config.fw_cfg_files) read.insert(file.path);
  read.erase("");
  return read;
}

std::vector<Output> outputs(const Draft& draft) {
  std::vector<Output> all;
  for (const ChannelSpec& channel : channels_of(draft)) {
    if (channel.kind == ChannelSpec::Kind::kFile) {
      all.push_back({"file:" + channel.path, channel.path});
    }
  }
  const auto add = [&all](std::string_view option, const std::string& path) {
    if (!path.empty()) all.push_back({fmt::format("{} {}", option, path), path});
  };
  add("-D", draft.config.log.path);
  add("-trace-insns", draft.config.insn_trace.path);
  add("-trace-json", draft.config.events.path);
  add("-record", draft.config.record.path);
  add("-snapshot-on-exit", draft.config.snapshots.on_exit_path);
  add("-virtio-lint", draft.config.virtio_lint.path);
  add("-exit-report", draft.ends.exit_report);
  add("-pidfile", draft.pidfile);
  return all;
}

}  // namespace

Result<void> check_file_roles(const Draft& draft) {
  const std::set<std::string> read = inputs(draft);
  std::map<std::string, std::string> written;  // path to words
  for (const Output& output : outputs(draft)) {
    if (read.count(output.path) != 0) {
      return Error{fmt::format("{} would overwrite a file that the machine reads; name another",
                               output.words)};
    }
    const auto [other, fresh] = written.emplace(output.path, output.words);
    if (fresh) continue;
    if (other->second == output.words) {
      return Error{fmt::format("{} is given to two outputs; use two files", output.words)};
    }
    return Error{fmt::format("{} and {} are one file; use two", other->second, output.words)};
  }
  return {};
}

}  // namespace vireo
