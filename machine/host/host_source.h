// What everything that brings input from the host has in common, so that one wait serves all.
#pragma once

#include <poll.h>

#include <cstdint>
#include <vector>

namespace vireo {

class HostSource;

// The sources that are open now, in the order of opening.
class SourceSet {
 public:
  const std::vector<HostSource*>& sources() const { return sources_; }

 private:
  friend class HostSource;
  std::vector<HostSource*> sources_;
};

// A channel, a network, a monitor's socket: enters itself into the set, which must outlive it.
class HostSource {
 public:
  explicit HostSource(SourceSet& set);
  virtual ~HostSource();
  HostSource(const HostSource&) = delete;
  HostSource& operator=(const HostSource&) = delete;

  // The descriptor whose input should end a wait, or -1: there will be none, or
  // the machine has not yet taken what already came.
  virtual int wait_fd() const { return -1; }
  // The same for a source of several descriptors, or one that waits for room to write.
  virtual void add_waits(std::vector<pollfd>& waits) const;
  // A wait should end after this time even so.
  virtual uint64_t max_wait_ns() const { return UINT64_MAX; }
  // Called often: push output out, look for escape keys and for new connections.
  virtual void pump() {}
  // Whether pump() took input that the machine has not heard of, neither by a
  // read() nor by this. Told once, so that a guest which does not read cannot
  // keep the machine from sleeping.
  virtual bool take_news() { return false; }
  virtual bool wants_quit() const { return false; }
  // Input comes from a person or a program at any moment of host time.
  virtual bool live() const { return false; }

 private:
  SourceSet& set_;
};

}  // namespace vireo
