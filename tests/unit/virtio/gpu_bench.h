// A virtio-gpu device with a driver's side: commands by their bodies, and what comes back.
#pragma once

#include <cstring>
#include <utility>

#include "tests/unit/virtio/device_bench.h"
#include "virtio/gpu/gpu_device.h"

namespace vireo::testing {

struct GpuBench {
  using Type = virtio_gpu::Type;
  static constexpr uint64_t kPixels = 0x400000;  // guest memory for backings
  static constexpr uint32_t kBgrx = 2;

  explicit GpuBench(const VirtioGpuOptions& options = {}, const DriverStyle& style = {})
      : device(options), bench(machine, device, style) {
    bench.start();
  }

  // The whole answer to a command with these bytes behind its header.
  Answer send(Type type, const Bytes& body, uint32_t room = 2048, unsigned queue = 0) {
    virtio_gpu::Header header{.type = type};
    return send(header, body, room, queue);
  }
  Answer send(const virtio_gpu::Header& header, const Bytes& body, uint32_t room = 2048,
              unsigned queue = 0) {
    Bytes request = bytes_of(header);
    request.insert(request.end(), body.begin(), body.end());
    return bench.exchange(queue, request, room);
  }
  // The type of the answer.
  template <typename Body>
  Type ask(Type type, const Body& body, unsigned queue = 0) {
    return type_of(send(type, bytes_of(body), 24, queue));
  }

  template <typename Value>
  static Bytes bytes_of(const Value& value) {
    Bytes bytes(sizeof value);
    std::memcpy(bytes.data(), &value, sizeof value);
    return bytes;
  }
  template <typename Value>
  static Value value_of(const Answer& answer, size_t offset = 0) {
    Value value;
    REQUIRE(answer.used_length >= offset + sizeof value);
    std::memcpy(&value, answer.room.data() + offset, sizeof value);
    return value;
  }
  static Type type_of(const Answer& answer) {
    return value_of<virtio_gpu::Header>(answer).type;
  }

  Type create(uint32_t id, uint32_t width, uint32_t height, uint32_t format = kBgrx) {
    return ask(Type::kResourceCreate2d,
               virtio_gpu::ResourceCreate2d{id, format, width, height});
  }
  Type attach(uint32_t id, const std::vector<virtio_gpu::MemEntry>& entries) {
    Bytes body = bytes_of(
        virtio_gpu::AttachBacking{id, static_cast<uint32_t>(entries.size())});
    for (const virtio_gpu::MemEntry& entry : entries) {
      const Bytes more = bytes_of(entry);
      body.insert(body.end(), more.begin(), more.end());
    }
    return type_of(send(Type::kResourceAttachBacking, body, 24));
  }
  Type transfer(uint32_t id, const virtio_gpu::Rect& r, uint64_t offset = 0) {
    return ask(Type::kTransferToHost2d, virtio_gpu::TransferToHost2d{r, offset, id, 0});
  }
  Type flush(uint32_t id, const virtio_gpu::Rect& r) {
    return ask(Type::kResourceFlush, virtio_gpu::ResourceFlush{r, id, 0});
  }
  Type scanout(uint32_t id, const virtio_gpu::Rect& r, uint32_t display = 0) {
    return ask(Type::kSetScanout, virtio_gpu::SetScanout{r, display, id});
  }
  // Resource 1 of 64x32 pixels, backed by kPixels and shown whole.
  void show_one() {
    REQUIRE(create(1, 64, 32) == Type::kOkNodata);
    REQUIRE(attach(1, {{kPixels, 64 * 32 * 4, 0}}) == Type::kOkNodata);
    REQUIRE(scanout(1, {0, 0, 64, 32}) == Type::kOkNodata);
  }
  void put_pixel(uint64_t index, uint32_t value) {
    REQUIRE(machine.ram.write(GuestAddr{kPixels + 4 * index}, value));
  }
  virtio_gpu::Config config() {
    const auto word = [this](uint64_t at) {
      return static_cast<uint32_t>(bench.core.read_config(at, 4));
    };
    return {word(0), word(4), word(8), word(12)};
  }

  BenchMachine machine;
  VirtioGpu device;
  DeviceBench bench;
};

}  // namespace vireo::testing
