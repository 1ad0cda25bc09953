// A virtio-vsock with a host made of strings.
#pragma once

#include <deque>
#include <map>

#include "tests/unit/virtio/core_rig.h"
#include "virtio/vsock/vsock_device.h"

namespace vireo::testing {

// What the test sees of one connection's host side; outlives the device's part of it.
struct TestSocket {
  std::deque<std::string> to_guest;  // pieces, or messages
  std::deque<std::string> from_guest;
  bool full = false, ended = false, broken = false, writing_over = false, closed = false;
  uint32_t established = 0;

  std::string received() const {
    std::string all;
    for (const std::string& piece : from_guest) all += piece;
    return all;
  }
};

class TestEnd final : public VsockEnd {
 public:
  TestEnd(TestSocket& socket, VsockType type) : socket_(socket), type_(type) {}
  ~TestEnd() override { socket_.closed = true; }

  std::optional<size_t> read(std::span<std::byte> out) override {
    if (socket_.to_guest.empty() || out.empty()) return std::nullopt;
    std::string& front = socket_.to_guest.front();
    const size_t count = std::min(front.size(), out.size());
    std::memcpy(out.data(), front.data(), count);
    front.erase(0, count);
    if (front.empty() || type_ == VsockType::kSeqpacket) socket_.to_guest.pop_front();
    return count;
  }
  std::optional<size_t> write(std::span<const std::byte> bytes) override {
    if (socket_.full || socket_.broken) return std::nullopt;
    socket_.from_guest.emplace_back(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return bytes.size();
  }
  bool ended() const override { return socket_.ended && socket_.to_guest.empty(); }
  bool broken() const override { return socket_.broken; }
  void end_writing() override { socket_.writing_over = true; }
  void established(uint32_t host_port) override { socket_.established = host_port; }

 private:
  TestSocket& socket_;
  VsockType type_;
};

struct TestVsockHost final : VsockHost {
  // Who listens, by port; who calls, in order, with the guest's port.
  std::map<uint32_t, TestSocket> listeners;
  std::deque<std::pair<uint32_t, TestSocket*>> callers;
  VsockType call_type = VsockType::kStream;

  std::unique_ptr<VsockEnd> connect(uint32_t port, VsockType type) override {
    const auto at = listeners.find(port);
    if (at == listeners.end()) return nullptr;
    return std::make_unique<TestEnd>(at->second, type);
  }
  std::optional<Call> accept() override {
    if (callers.empty()) return std::nullopt;
    const auto [port, socket] = callers.front();
    callers.pop_front();
    return Call{std::make_unique<TestEnd>(*socket, call_type), call_type, port};
  }
};

struct Packet {
  virtio_vsock::Header header;
  std::string data;
};

struct VsockRig : CoreRig<VirtioVsock> {
  using Op = virtio_vsock::Op;
  static constexpr unsigned kRx = 0, kTx = 1, kEvents = 2;
  static constexpr uint64_t kOut = kBuffers;
  static constexpr uint64_t kIn = kBuffers + 0x20000;
  static constexpr uint32_t kRoom = 4096;
  static constexpr uint64_t kCid = 42;

  explicit VsockRig(TestVsockHost& outside)
      : CoreRig([&](RigBase&) {
          return std::make_unique<VirtioVsock>(outside, VirtioVsockOptions{.guest_cid = kCid});
        }) {}

  // A packet from the guest's port 1000 to the host's 80, with much credit.
  static virtio_vsock::Header header(Op op, VsockType type = VsockType::kStream) {
    return {.src_cid = kCid,
            .dst_cid = 2,
            .src_port = 1000,
            .dst_port = 80,
            .type = type,
            .op = op,
            .buf_alloc = 1 << 18};
  }
  void send_packet(virtio_vsock::Header header, const std::string& data = {}) {
    header.length = static_cast<uint32_t>(data.size());
    send_raw(header, data);
  }
  void send_raw(const virtio_vsock::Header& header, const std::string& data) {
    ram.write_bytes(GuestAddr{kOut}, std::as_bytes(std::span(&header, 1)).first(44));
    put(kOut + 44, data);
    send(kTx, {{kOut, 44, false}, {kOut + 44, static_cast<uint32_t>(data.size()), false}});
  }
  void send_op(Op op, uint32_t flags = 0) {
    virtio_vsock::Header packet = header(op);
    packet.flags = flags;
    send_packet(packet);
  }

  // Gives the device one buffer and takes what it put there, if anything.
  std::optional<Packet> receive(uint32_t room = kRoom) {
    if (offered_ == taken_) {
      rings[kRx].offer(rings[kRx].chain({{kIn, room, true}}));
      ++offered_;
    }
    kick(kRx);
    if (used(kRx) == taken_) return std::nullopt;
    const uint32_t length = rings[kRx].used(taken_++).length;
    Packet packet;
    ram.read_bytes(GuestAddr{kIn}, std::as_writable_bytes(std::span(&packet.header, 1)).first(44));
    if (length >= 44) packet.data = text(kIn + 44, length - 44);
    CHECK(packet.header.length == packet.data.size());
    CHECK(packet.header.src_cid == 2);
    CHECK(packet.header.dst_cid == kCid);
    return packet;
  }
  // The operation of the next packet; kInvalid when there is none.
  Op receive_op() {
    const auto packet = receive();
    return packet ? packet->header.op : Op::kInvalid;
  }
  bool poll() {
    const bool came = device->poll_input();
    settle();
    return came;
  }
  // A guest's call to port 80 that the host takes.
  void connect(VsockType type = VsockType::kStream) {
    send_packet(header(Op::kRequest, type));
    REQUIRE(receive_op() == Op::kResponse);
  }

 private:
  uint16_t offered_ = 0;  // buffers, one at a time
  uint16_t taken_ = 0;
};

}  // namespace vireo::testing
