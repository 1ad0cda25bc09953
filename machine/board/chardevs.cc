#include "machine/board/chardevs.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "machine/base/nearest_name.h"

namespace vireo {

struct Chardevs::Entry {
  ChardevConfig config;
  // One of these; a multiplexer owns the channel that it divides.
  std::unique_ptr<ByteChannel> channel;
  std::unique_ptr<MuxChannel> mux;
  RingChannel* ring = nullptr;  // `channel`, where it is a ring
  std::vector<std::string> users;
};

// One user's hold on a channel that stays with its owner.
class Chardevs::Claim final : public ByteChannel {
 public:
  Claim(Entry& entry, std::string user, ByteChannel& channel)
      : entry_(entry), user_(std::move(user)), channel_(channel) {
    entry_.users.push_back(user_);
  }
  ~Claim() override {
    auto& users = entry_.users;
    users.erase(std::remove(users.begin(), users.end(), user_), users.end());
  }
  void write(std::span<const uint8_t> bytes) override { channel_.write(bytes); }
  std::optional<uint8_t> read() override { return channel_.read(); }
  void flush() override { channel_.flush(); }
  bool connected() const override { return channel_.connected(); }
  std::optional<TerminalSize> terminal_size() const override { return channel_.terminal_size(); }
  bool take_arrival() override { return channel_.take_arrival(); }

 private:
  Entry& entry_;
  std::string user_;
  ByteChannel& channel_;
};

Chardevs::Chardevs(HostServices& host, std::function<void()> quit)
    : host_(host), quit_(std::move(quit)) {}
Chardevs::~Chardevs() = default;

Chardevs::Entry* Chardevs::find(const std::string& id) {
  for (const auto& entry : entries_) {
    if (entry->config.id == id) return entry.get();
  }
  return nullptr;
}

Result<std::unique_ptr<ByteChannel>> Chardevs::make(const ChannelSpec& spec,
                                                    const std::string& label) {
  if (spec.kind == ChannelSpec::Kind::kRing) {
    return std::unique_ptr<ByteChannel>(std::make_unique<RingChannel>(spec.ring_bytes));
  }
  return host_.open_channel(spec, label);
}

Result<void> Chardevs::add(const ChardevConfig& config) {
  if (find(config.id) != nullptr) {
    return Error{fmt::format("-chardev: id={} is given twice; choose another", config.id)};
  }
  auto channel = make(config.spec, config.id);
  if (!channel) return channel.error();
  auto entry = std::make_unique<Entry>();
  entry->config = config;
  entry->ring = dynamic_cast<RingChannel*>(channel->get());
  if (config.spec.mux) {
    entry->mux = std::make_unique<MuxChannel>(std::move(*channel), quit_);
  } else {
    entry->channel = std::move(*channel);
  }
  entries_.push_back(std::move(entry));
  return {};
}

Result<void> Chardevs::remove(const std::string& id) {
  const Entry* entry = find(id);
  if (entry == nullptr) return Error{fmt::format("Chardev '{}' not found", id)};
  if (!entry->users.empty()) {
    return Error{fmt::format("Chardev '{}' is busy: {} uses it", id, entry->users.front())};
  }
  std::erase_if(entries_, [&](const auto& one) { return one.get() == entry; });
  return {};
}

Result<std::unique_ptr<ByteChannel>> Chardevs::open(const ChannelSpec& spec,
                                                    const std::string& user) {
  if (spec.kind != ChannelSpec::Kind::kChardev) {
    if (auto added = add({user, spec}); !added) return added.error();
    return claim(*entries_.back(), user);
  }
  if (Entry* entry = find(spec.path)) return claim(*entry, user);
  std::vector<std::string_view> ids;
  for (const auto& entry : entries_) ids.push_back(entry->config.id);
  if (ids.empty()) {
    return Error{
        fmt::format("{0}: there is no chardev '{1}'; give -chardev KIND,id={1}", user, spec.path)};
  }
  return Error{fmt::format("{}: there is no chardev '{}'; the nearest is '{}'", user, spec.path,
                           nearest_name(spec.path, ids))};
}

Result<std::unique_ptr<ByteChannel>> Chardevs::claim(Entry& entry, const std::string& user) {
  if (entry.mux == nullptr && !entry.users.empty()) {
    return Error{fmt::format("{}: chardev '{}' is used by {}; give it mux=on to share it", user,
                             entry.config.id, entry.users.front())};
  }
  ByteChannel& channel = entry.mux != nullptr ? entry.mux->add_front() : *entry.channel;
  return std::unique_ptr<ByteChannel>(std::make_unique<Claim>(entry, user, channel));
}

Result<RingChannel*> Chardevs::ring(const std::string& id) {
  Entry* entry = find(id);
  if (entry == nullptr) return Error{fmt::format("there is no chardev '{}'", id)};
  if (entry->ring == nullptr) return Error{fmt::format("chardev '{}' is no ringbuf", id)};
  return entry->ring;
}

std::vector<Chardevs::Line> Chardevs::lines() const {
  std::vector<Line> lines;
  for (const auto& entry : entries_) {
    lines.push_back({entry->config.id, describe(entry->config.spec), entry->users});
  }
  return lines;
}

}  // namespace vireo
