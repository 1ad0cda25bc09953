// virtio-net: a network card and the network that its cable leads to.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "machine/base/log.h"
#include "machine/board/net/net_dump.h"
#include "machine/board/virtio/make_virtio.h"
#include "virtio/net/net_device.h"

namespace vireo {
namespace {

// A card without a cable.
class NoNetwork final : public NetBackend {
 public:
  void send(const NetFrame&) override {}
  std::optional<NetFrame> receive() override { return std::nullopt; }
  std::string description() const override { return "no network"; }
};

class NetPort final : public VirtioBackEnd, public InputSource {
 public:
  NetPort(std::unique_ptr<NetBackend> network, std::string netdev, InputGate& gate)
      : network_(std::move(network)), netdev_(std::move(netdev)), gate_(gate) {}
  ~NetPort() override {
    if (card_ != nullptr) gate_.leave(*this);
  }

  NetBackend& network() { return *network_; }
  // The card is destroyed before the port.
  void connect(VirtioNet& card) {
    card_ = &card;
    gate_.enter(*this);
  }

  bool poll_input() override { return card_->poll_input(); }
  void flush_output() override { network_->flush(); }
  Result<void> flush() override {
    network_->flush();
    Log::print(LogItem::kVirtio, "{}", network_info());
    return {};
  }
  bool set_link(bool up) override {
    card_->set_link(up);
    return true;
  }
  bool announce() override {
    card_->announce();
    return true;
  }
  std::string netdev() const override { return netdev_; }
  std::string network_info() const override {
    return fmt::format("{}: link {}; {}", network_->description(), card_->link_up() ? "up" : "down",
                       card_->statistics().text());
  }

 private:
  std::unique_ptr<NetBackend> network_;
  std::string netdev_;
  InputGate& gate_;
  VirtioNet* card_ = nullptr;
};

const NetdevSpec* find_netdev(const std::vector<NetdevSpec>& netdevs, const std::string& id) {
  const auto at = std::find_if(netdevs.begin(), netdevs.end(),
                               [&](const NetdevSpec& spec) { return spec.id == id; });
  return at == netdevs.end() ? nullptr : &*at;
}

Result<std::unique_ptr<NetBackend>> add_dumps(std::unique_ptr<NetBackend> network,
                                              const NetdevSpec& spec,
                                              const VirtioMaterial& material) {
  for (const NetDumpConfig& dump : material.config.net_dumps) {
    if (dump.netdev != spec.id) continue;
    auto file = material.host.open_channel({ChannelSpec::Kind::kFile, dump.path, false},
                                           fmt::format("the dump of {}", spec.id));
    if (!file) return file.error();
    network = std::make_unique<NetDump>(std::move(network), std::move(*file), material.core.clock,
                                        dump.max_bytes);
  }
  return network;
}

Result<std::unique_ptr<NetBackend>> open_network(const NetdevSpec* spec,
                                                 const VirtioMaterial& material) {
  if (spec == nullptr) return std::unique_ptr<NetBackend>(std::make_unique<NoNetwork>());
  auto network = material.host.open_net(*spec, material.core.clock);
  if (!network) return network;
  return add_dumps(std::move(*network), *spec, material);
}

}  // namespace

Result<MadeVirtio> make_virtio(const NetConfig& type, const VirtioDeviceConfig& device,
                               const VirtioMaterial& material) {
  const NetdevSpec* spec = find_netdev(material.netdevs, type.netdev);
  if (spec == nullptr && !type.netdev.empty()) {
    return Error{fmt::format("-device {0}: there is no network '{1}'; give -netdev user,id={1}",
                             device.model, type.netdev)};
  }
  auto network = open_network(spec, material);
  if (!network) return network.error();
  auto port = std::make_unique<NetPort>(std::move(*network), type.netdev, material.input);
  VirtioNetOptions options = type.options;
  if (spec != nullptr) options.queues = spec->queues;
  auto card = VirtioNet::create(port->network(), options);
  if (!card) {
    return Error{fmt::format("-device {}: {}", device.model, card.error().message)};
  }
  port->connect(**card);
  return MadeVirtio{std::move(port), std::move(*card)};
}

}  // namespace vireo
