// Virtio sockets on the host as unix sockets, the way Firecracker and Cloud Hypervisor do it.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "machine/base/result.h"
#include "machine/base/vsock_host.h"
#include "machine/host/host_source.h"
#include "machine/host/unique_fd.h"

namespace vireo {

// A guest that calls port P of the host reaches whoever listens at PATH_P. A program that
// calls the guest connects to PATH, writes "CONNECT P\n", and reads "OK N\n" when the guest
// took the call; it finds the connection closed when nobody listens there. Connections of
// messages use sockets of type SOCK_SEQPACKET, at PATH_P and PATH_seqpacket.
class UnixVsock final : public VsockHost, private HostSource {
 public:
  // Programs that have connected but not yet said which port they want.
  static constexpr size_t kMaxGreetings = 32;
  // The longest greeting.
  static constexpr size_t kMaxGreeting = 32;

  // Listens at PATH; a socket that a former run left there is replaced.
  static Result<std::unique_ptr<UnixVsock>> open(SourceSet& set, const std::string& path);
  ~UnixVsock() override;

  std::unique_ptr<VsockEnd> connect(uint32_t host_port, VsockType type) override;
  std::optional<Call> accept() override;

 private:
  struct Listener {
    UniqueFd fd;
    std::string path;
    VsockType type;
  };
  struct Greeting {
    UniqueFd fd;
    VsockType type;
    std::string text;
  };

  UnixVsock(SourceSet& set, std::string path, std::vector<Listener> listeners);
  static Result<Listener> listen(const std::string& path, VsockType type);
  void admit(const Listener& listener);
  // Reads on; true when the greeting is over, well or not.
  bool read_greeting(Greeting& greeting);
  std::optional<Call> finish(Greeting& greeting);

  void add_waits(std::vector<pollfd>& waits) const override;
  void pump() override;
  bool take_news() override { return std::exchange(news_, false); }
  bool live() const override { return true; }

  SourceSet& set_;
  std::string path_;
  std::vector<Listener> listeners_;
  std::vector<Greeting> greetings_;
  bool starved_ = false;  // the last accept() found nobody
  bool news_ = false;
};

}  // namespace vireo
