// The file that -D names.
#pragma once

#include <cstdio>
#include <memory>
#include <string>

#include "machine/base/result.h"

namespace vireo {

struct CloseLogFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using LogFile = std::unique_ptr<std::FILE, CloseLogFile>;

// Creates or empties `path` for trace lines, with a buffer that suits many of
// them. Flushed when closed, also by exit().
Result<LogFile> open_log_file(const std::string& path);

// Pushes everything out; an error when any of it, now or before, had no room.
Result<void> flush_log_file(std::FILE* file, const std::string& path);

}  // namespace vireo
