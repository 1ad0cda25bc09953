// Serial port ends that are plain streams: a pipe or a file on standard input
// and output, `file:PATH`, and nothing at all.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "machine/base/result.h"
#include "machine/host/host_channel.h"
#include "machine/host/input_buffer.h"
#include "machine/host/output_buffer.h"
#include "machine/host/unique_fd.h"

namespace vireo {

// Reads `in_fd`, writes `out_fd`, owns neither. Input is taken no faster than
// the port asks for it, so a piped script waits in the pipe.
class StreamChannel final : public HostChannel {
 public:
  StreamChannel(SourceSet& set, int in_fd, int out_fd)
      : HostChannel(set), in_fd_(in_fd), input_(in_fd), output_(out_fd) {}

  void write(std::span<const uint8_t> bytes) override { output_.put(bytes); }
  std::optional<uint8_t> read() override { return input_.take(); }
  void flush() override { output_.flush(); }
  bool take_arrival() override { return std::exchange(arrived_, false); }
  int wait_fd() const override { return input_.starved() && !input_.ended() ? in_fd_ : -1; }

 private:
  int in_fd_;
  bool arrived_ = true;
  InputBuffer input_;
  OutputBuffer output_;
};

// Output to a file that is created or emptied, or with `append` goes on; input never comes. A file
// that is there loses its content with the first write or flush, not before: a start that fails
// after the file was opened must leave the log of the last run alone, and no file where none was.
class FileChannel final : public HostChannel {
 public:
  // `label` names the port in an error.
  static Result<std::unique_ptr<ByteChannel>> open(SourceSet& set, const std::string& path,
                                                   const std::string& label, bool append = false);

  ~FileChannel() override;

  void write(std::span<const uint8_t> bytes) override {
    begin();
    output_.put(bytes);
  }
  std::optional<uint8_t> read() override { return std::nullopt; }
  void flush() override {
    begin();
    output_.flush();
  }

 private:
  FileChannel(SourceSet& set, UniqueFd fd, std::string path, bool created, bool append)
      : HostChannel(set),
        fd_(std::move(fd)),
        path_(std::move(path)),
        created_(created),
        append_(append),
        output_(fd_.get()) {}
  void begin();

  UniqueFd fd_;
  std::string path_;
  bool created_;  // by us: the file was not there
  bool append_;
  bool begun_ = false;
  OutputBuffer output_;
};

class NullChannel final : public ByteChannel {
 public:
  void write(std::span<const uint8_t>) override {}
  std::optional<uint8_t> read() override { return std::nullopt; }
};

}  // namespace vireo
