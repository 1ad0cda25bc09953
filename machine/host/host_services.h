// All that a machine takes from the outside, behind one interface, so that the
// board can be built and run in a test without a terminal or a file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "machine/base/byte_channel.h"
#include "machine/base/disk_file.h"
#include "machine/base/entropy_source.h"
#include "machine/base/file_tree.h"
#include "machine/base/host_clock.h"
#include "machine/base/net_backend.h"
#include "machine/base/result.h"
#include "machine/base/virtual_clock.h"
#include "machine/base/vsock_host.h"
#include "machine/host/host_specs.h"
#include "machine/host/net_specs.h"

namespace vireo {

// Somebody outside wants the run to end.
struct StopRequest {
  enum class Kind : uint8_t { kNone, kUserQuit, kSignal };
  Kind kind = Kind::kNone;
  int signal = 0;  // for kSignal
  explicit operator bool() const { return kind != Kind::kNone; }
};

class HostServices {
 public:
  virtual ~HostServices() = default;

  virtual const HostClock& clock() const = 0;
  // Offset of local time from UTC now, in seconds, for -rtc base=localtime.
  virtual int64_t local_offset_seconds() const = 0;
  // A number that differs from run to run, for -seed random only.
  virtual uint64_t random_seed() = 0;

  // `label` ("serial0") names the channel in messages. The channel must not
  // outlive the services.
  virtual Result<std::unique_ptr<ByteChannel>> open_channel(const ChannelSpec& spec,
                                                            const std::string& label) = 0;
  // Opens the network of a -netdev. Its timers run on `clock`, which must outlive it, as
  // the services must.
  virtual Result<std::unique_ptr<NetBackend>> open_net(const NetdevSpec& spec,
                                                       const VirtualClock& clock) = 0;
  // Opens and locks an existing image; an error when another process has it.
  virtual Result<std::unique_ptr<DiskFile>> open_disk_file(const DiskFileSpec& spec) = 0;
  // An empty sparse file which grows when written and vanishes with its handle.
  virtual Result<std::unique_ptr<DiskFile>> create_scratch_file() = 0;
  // A whole file (kernel, initrd). `what` names its role in an error.
  virtual Result<std::vector<std::byte>> read_file(const std::string& path,
                                                   const std::string& what) = 0;

  // A folder to share with the guest.
  virtual Result<std::unique_ptr<FileTree>> open_folder(const FolderSpec& spec) = 0;

  // Random bytes of the host, for a guest that is given them (-object rng-random).
  virtual Result<std::unique_ptr<EntropySource>> open_entropy(const std::string& path) = 0;
  // Unix sockets for a guest's virtio sockets (UnixVsock says how they are used).
  virtual Result<std::unique_ptr<VsockHost>> open_vsock(const std::string& path) = 0;

  // Whether input can come at any moment of host time: a terminal or a pty is
  // open. Decides sleep=auto.
  virtual bool has_live_input() const = 0;
  // Ask every few milliseconds of host time: this also looks for the escape keys
  // on the terminal, which must work when the guest no longer reads its port.
  virtual StopRequest stop_request() = 0;
  // Sleeps until a channel whose last read() gave nothing has input, a stop is
  // requested or the time is over. Returns the host nanoseconds that passed, at
  // most `timeout_ns`. May return early.
  virtual uint64_t wait_for_input(uint64_t timeout_ns) = 0;
};

}  // namespace vireo
