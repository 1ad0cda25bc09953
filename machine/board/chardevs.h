// The character devices: named byte channels to the outside, each with its users.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "machine/base/byte_channel.h"
#include "machine/base/result.h"
#include "machine/board/machine_config.h"
#include "machine/board/mux_channel.h"
#include "machine/board/ring_channel.h"
#include "machine/host/host_services.h"

namespace vireo {

// Owns the channels. A -chardev is opened at the start and waits for a user; a port that says
// itself where it goes (-serial stdio) has a channel by its own name. One with mux=on may have
// several users, of which one at a time gets the input.
class Chardevs {
 public:
  // `quit` is called when the user asks for the end of the run by an escape key.
  Chardevs(HostServices& host, std::function<void()> quit);
  ~Chardevs();

  // Opens a -chardev. Fails when the host cannot, or the id is taken.
  Result<void> add(const ChardevConfig& config);

  // Closes one that nobody uses.
  Result<void> remove(const std::string& id);

  // The far end of `user` ("serial0"): what the specification describes, opened now, or the
  // chardev that it names, which must be free. It is given back by destroying it.
  Result<std::unique_ptr<ByteChannel>> open(const ChannelSpec& spec, const std::string& user);

  // The memory of a ring buffer, or an error that names what is wrong with the id.
  Result<RingChannel*> ring(const std::string& id);

  struct Line {
    std::string id;
    std::string what;                // "stdio", "unix:/tmp/a.sock,server=on"
    std::vector<std::string> users;  // empty: nobody
  };
  // In the order of opening, for `info chardev`.
  std::vector<Line> lines() const;

 private:
  class Claim;
  struct Entry;
  Entry* find(const std::string& id);
  Result<std::unique_ptr<ByteChannel>> claim(Entry& entry, const std::string& user);
  Result<std::unique_ptr<ByteChannel>> make(const ChannelSpec& spec, const std::string& label);

  HostServices& host_;
  std::function<void()> quit_;
  std::vector<std::unique_ptr<Entry>> entries_;
};

}  // namespace vireo
