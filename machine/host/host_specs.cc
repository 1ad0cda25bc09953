#include "machine/host/host_specs.h"

#include <fmt/format.h>

namespace vireo {

std::string describe(const ChannelSpec& spec) {
  const std::string server = spec.server ? ",server=on" : "";
  switch (spec.kind) {
    case ChannelSpec::Kind::kNone:
      return "none";
    case ChannelSpec::Kind::kNull:
      return "null";
    case ChannelSpec::Kind::kStdio:
      return "stdio";
    case ChannelSpec::Kind::kFile:
      return fmt::format("file:{}", spec.path);
    case ChannelSpec::Kind::kPty:
      return "pty";
    case ChannelSpec::Kind::kPipe:
      return fmt::format("pipe:{}", spec.path);
    case ChannelSpec::Kind::kUnix:
      return fmt::format("unix:{}{}", spec.path, server);
    case ChannelSpec::Kind::kTcp:
      return fmt::format("tcp:{}:{}{}", spec.host, spec.port, server);
    case ChannelSpec::Kind::kRing:
      return fmt::format("ringbuf,size={}", spec.ring_bytes);
    case ChannelSpec::Kind::kWindow:
      return "window";
    case ChannelSpec::Kind::kChardev:
      break;
  }
  return fmt::format("chardev:{}", spec.path);
}

}  // namespace vireo
