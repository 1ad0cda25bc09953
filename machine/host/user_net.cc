#include "machine/host/user_net.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "machine/base/log.h"

namespace vireo {
namespace {

// Router advertisements come at random times within limits (RFC 4861 section 6.2.1); here
// they come evenly, as nothing random may reach a guest.
constexpr int64_t kAdvertisementMs = 400'000;

constexpr short kPollOf[][2] = {{SLIRP_POLL_IN, POLLIN},
                                {SLIRP_POLL_OUT, POLLOUT},
                                {SLIRP_POLL_PRI, POLLPRI},
                                {SLIRP_POLL_ERR, POLLERR},
                                {SLIRP_POLL_HUP, POLLHUP}};

short to_poll(int slirp_events) {
  short events = 0;
  for (const auto& [slirp, host] : kPollOf) events |= (slirp_events & slirp) ? host : 0;
  return events;
}

int from_poll(short host_events) {
  int events = 0;
  for (const auto& [slirp, host] : kPollOf) events |= (host_events & host) ? slirp : 0;
  return events;
}

const char* text_or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

in6_addr ipv6(const char* text) {
  in6_addr address{};
  ::inet_pton(AF_INET6, text, &address);
  return address;
}

}  // namespace

// What slirp calls; `self` is the network.
struct UserNet::Callbacks {
  static UserNet& net(void* self) { return *static_cast<UserNet*>(self); }

  static ssize_t send_packet(const void* bytes, size_t length, void* self) {
    // slirp computed its checksums itself, a moment ago.
    net(self).queue_.push({static_cast<const std::byte*>(bytes), length}, {.checksum_valid = true});
    return static_cast<ssize_t>(length);
  }
  static void guest_error(const char* message, void* self) {
    Log::print(LogItem::kGuestErrors, "{}: {}", net(self).name_, message);
  }
  static int64_t clock_get_ns(void* self) {
    return static_cast<int64_t>(net(self).clock_.now_ns());
  }
  static void* timer_new(SlirpTimerId id, void* argument, void* self) {
    auto& timers = net(self).timers_;
    timers.push_back(std::make_unique<Timer>(Timer{id, argument}));
    return timers.back().get();
  }
  static void timer_free(void* timer, void* self) {
    std::erase_if(net(self).timers_, [&](const auto& other) { return other.get() == timer; });
  }
  static void timer_mod(void* timer, int64_t, void* self) {
    static_cast<Timer*>(timer)->expires_ms = net(self).now_ms() + kAdvertisementMs;
  }
  static int add_poll(int fd, int events, void* self) {
    auto& sockets = net(self).sockets_;
    sockets.push_back({fd, to_poll(events), 0});
    return static_cast<int>(sockets.size() - 1);
  }
  static int events_of(int index, void* self) {
    return from_poll(net(self).sockets_[static_cast<size_t>(index)].revents);
  }
  static void ignore_fd(int, void*) {}
  static void ignore(void*) {}

  static constexpr SlirpCb kTable = {
      .send_packet = send_packet,
      .guest_error = guest_error,
      .clock_get_ns = clock_get_ns,
      .timer_new = nullptr,
      .timer_free = timer_free,
      .timer_mod = timer_mod,
      .register_poll_fd = ignore_fd,
      .unregister_poll_fd = ignore_fd,
      .notify = ignore,
      .init_completed = nullptr,
      .timer_new_opaque = timer_new,
  };
};

Result<std::unique_ptr<NetBackend>> UserNet::open(SourceSet& set, const std::string& name,
                                                  const UserNetSpec& spec,
                                                  const VirtualClock& clock) {
  const auto plan = plan_user_net(spec);
  if (!plan) return Error{fmt::format("{}: {}", name, plan.error().message)};
  std::unique_ptr<UserNet> net(new UserNet(set, name, clock));
  net->start(spec, *plan);
  if (auto forwarded = net->forward(*plan); !forwarded) return forwarded.error();
  net->list_sockets();
  return std::unique_ptr<NetBackend>(std::move(net));
}

void UserNet::start(const UserNetSpec& spec, const UserNetPlan& plan) {
  std::vector<const char*> search;
  for (const std::string& domain : spec.dns_search) search.push_back(domain.c_str());
  search.push_back(nullptr);
  SlirpConfig config{};
  config.version = SLIRP_CONFIG_VERSION_MAX;
  config.restricted = spec.restricted;
  config.in_enabled = spec.ipv4;
  config.vnetwork = plan.net.address;
  config.vnetmask = plan.net.mask;
  config.vhost = plan.host;
  config.in6_enabled = spec.ipv6;
  config.vprefix_addr6 = ipv6("fec0::");
  config.vprefix_len = 64;
  config.vhost6 = ipv6("fec0::2");
  config.vnameserver6 = ipv6("fec0::3");
  config.vhostname = text_or_null(spec.hostname);
  config.tftp_path = text_or_null(spec.tftp);
  config.bootfile = text_or_null(spec.boot_file);
  config.vdhcp_start = plan.dhcp_start;
  config.vnameserver = plan.dns;
  config.vdnssearch = spec.dns_search.empty() ? nullptr : search.data();
  config.vdomainname = text_or_null(spec.domain_name);
  slirp_ = slirp_new(&config, &Callbacks::kTable, this);
}

UserNet::~UserNet() {
  if (slirp_ != nullptr) slirp_cleanup(slirp_);
}

Result<void> UserNet::forward(const UserNetPlan& plan) {
  for (const HostForward& wanted : plan.host_forwards) {
    const in_addr guest = wanted.guest.address.s_addr != 0 ? wanted.guest.address : plan.dhcp_start;
    if (slirp_add_hostfwd(slirp_, wanted.udp, wanted.host.address, wanted.host.port, guest,
                          wanted.guest.port) == 0) {
      continue;
    }
    return Error{fmt::format("{}: hostfwd={}: cannot listen on that port: {}; choose another",
                             name_, wanted.text, std::strerror(errno))};
  }
  for (const GuestForward& wanted : plan.guest_forwards) {
    in_addr server = wanted.server.address;
    if (slirp_add_exec(slirp_, wanted.command.c_str(), &server, wanted.server.port) == 0) continue;
    return Error{
        fmt::format("{}: guestfwd={}: the address must be in the network, but not the gateway's",
                    name_, wanted.text)};
  }
  return {};
}

void UserNet::send(const NetFrame& frame) {
  slirp_input(slirp_, reinterpret_cast<const uint8_t*>(frame.bytes.data()),
              static_cast<int>(frame.bytes.size()));
}

void UserNet::run_timers() {
  const int64_t now = now_ms();
  for (const auto& timer : timers_) {
    if (timer->expires_ms < 0 || timer->expires_ms > now) continue;
    timer->expires_ms = -1;
    slirp_handle_timer(slirp_, timer->id, timer->argument);
  }
}

void UserNet::list_sockets() {
  sockets_.clear();
  timeout_ms_ = UINT32_MAX;
  slirp_pollfds_fill(slirp_, &timeout_ms_, Callbacks::add_poll, this);
}

// What the machine has not taken keeps slirp from its sockets, and so the far ends from
// sending more.
void UserNet::poll() {
  run_timers();
  if (queue_.has_enough()) return;
  list_sockets();
  int found = 0;
  if (!sockets_.empty()) found = ::poll(sockets_.data(), sockets_.size(), 0);
  slirp_pollfds_poll(slirp_, found < 0, Callbacks::events_of, this);
  // What was just opened or closed counts for the wait that may follow.
  list_sockets();
}

void UserNet::add_waits(std::vector<pollfd>& waits) const {
  if (!queue_.empty()) return;
  waits.insert(waits.end(), sockets_.begin(), sockets_.end());
}

uint64_t UserNet::max_wait_ns() const {
  return timeout_ms_ == UINT32_MAX ? UINT64_MAX : uint64_t{timeout_ms_} * 1'000'000;
}

}  // namespace vireo
