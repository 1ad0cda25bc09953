// What the host's byte channels have in common, so that one wait serves all.
#pragma once

#include <cstdint>
#include <vector>

#include "machine/base/byte_channel.h"

namespace vireo {

class HostChannel;

// The channels that are open now, in the order of opening.
class ChannelSet {
 public:
  const std::vector<HostChannel*>& channels() const { return channels_; }

 private:
  friend class HostChannel;
  std::vector<HostChannel*> channels_;
};

// Enters itself into the set, which must outlive it.
class HostChannel : public ByteChannel {
 public:
  explicit HostChannel(ChannelSet& set);
  ~HostChannel() override;
  HostChannel(const HostChannel&) = delete;
  HostChannel& operator=(const HostChannel&) = delete;

  // The descriptor whose input should end a wait, or -1: there will be none, or
  // the machine has not yet taken what already came.
  virtual int wait_fd() const { return -1; }
  // A wait should end after this time even so.
  virtual uint64_t max_wait_ns() const { return UINT64_MAX; }
  // Called often: push output out, look for escape keys.
  virtual void pump() { flush(); }
  // Whether pump() took input that the machine has not heard of, neither by a
  // read() nor by this. Told once, so that a guest which does not read cannot
  // keep the machine from sleeping.
  virtual bool take_news() { return false; }
  virtual bool wants_quit() const { return false; }
  // Input comes from a person or a program at any moment of host time.
  virtual bool live() const { return false; }

 private:
  ChannelSet& set_;
};

}  // namespace vireo
