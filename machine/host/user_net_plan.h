// A user-mode network as libslirp wants it described: addresses worked out, texts checked.
#pragma once

#include <netinet/in.h>

#include <string>
#include <vector>

#include "machine/base/result.h"
#include "machine/host/inet_text.h"
#include "machine/host/net_specs.h"

namespace vireo {

struct HostForward {
  bool udp = false;
  Endpoint host;
  Endpoint guest;    // address 0: the first that DHCP gives away
  std::string text;  // as the user gave it
};

struct GuestForward {
  Endpoint server;      // inside the network
  std::string command;  // run for each connection
  std::string text;
};

struct UserNetPlan {
  Ipv4Network net;
  in_addr host;
  in_addr dns;
  in_addr dhcp_start;
  std::vector<HostForward> host_forwards;
  std::vector<GuestForward> guest_forwards;
};

// An Error names the property and how it is written.
Result<UserNetPlan> plan_user_net(const UserNetSpec& spec);

}  // namespace vireo
