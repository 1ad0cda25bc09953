// Registers and memory.
#include <algorithm>

#include "machine/control/gdb/packets.h"
#include "machine/control/gdb/session.h"

namespace vireo {
namespace {

// Of memory in one packet, written as digits.
constexpr uint64_t kMostMemory = kMaxGdbPacket / 2 - 4;

std::string digits_of(const RegisterValue& value, size_t bytes) {
  return to_hex(std::as_bytes(std::span(value.bytes).first(bytes)));
}

RegisterValue value_of(std::span<const std::byte> bytes) {
  RegisterValue value;
  for (size_t i = 0; i < bytes.size(); ++i) value.bytes[i] = std::to_integer<uint8_t>(bytes[i]);
  return value;
}

}  // namespace

void GdbSession::read_registers(PacketText) {
  std::string all;
  const auto rows = target_.registers();
  for (size_t i = 0; i < rows.size(); ++i) {
    all += digits_of(target_.read_register(cpu_, i), rows[i].bytes);
  }
  send_(all);
}

// All of them, or as many as there are digits for.
void GdbSession::write_registers(PacketText text) {
  const auto bytes = from_hex(text.rest());
  if (!bytes) return send_(kBadPacket);
  bool good = true;
  size_t at = 0;
  const auto rows = target_.registers();
  for (size_t i = 0; i < rows.size() && at + rows[i].bytes <= bytes->size(); ++i) {
    const auto part = std::span(*bytes).subspan(at, rows[i].bytes);
    good &= target_.write_register(cpu_, i, value_of(part));
    at += rows[i].bytes;
  }
  answer(good);
}

void GdbSession::read_one_register(PacketText text) {
  const auto number = text.number();
  const auto rows = target_.registers();
  if (!number || *number >= rows.size()) return send_(kNoSuch);
  send_(digits_of(target_.read_register(cpu_, *number), rows[*number].bytes));
}

void GdbSession::write_one_register(PacketText text) {
  const auto number = text.number();
  const bool equals = text.take('=');
  const auto bytes = from_hex(text.rest());
  const auto rows = target_.registers();
  if (!number || *number >= rows.size()) return send_(kNoSuch);
  if (!equals || !bytes || bytes->size() != rows[*number].bytes) return send_(kBadPacket);
  answer(target_.write_register(cpu_, *number, value_of(*bytes)));
}

// ADDRESS,LENGTH: as much of it as there is.
std::optional<std::vector<std::byte>> GdbSession::memory_at(PacketText& text) {
  const auto address = text.number();
  const bool comma = text.take(',');
  const auto length = text.number();
  if (!address || !comma || !length) {
    send_(kBadPacket);
    return std::nullopt;
  }
  std::vector<std::byte> bytes(std::min(*length, kMostMemory));
  const size_t got = physical_ ? target_.read_physical(*address, bytes)
                               : target_.read_virtual(cpu_, *address, bytes);
  if (got == 0 && !bytes.empty()) {
    send_(kBadAddress);
    return std::nullopt;
  }
  bytes.resize(got);
  return bytes;
}

void GdbSession::read_memory(PacketText text) {
  if (const auto bytes = memory_at(text)) send_(to_hex(*bytes));
}

void GdbSession::read_memory_binary(PacketText text) {
  const auto bytes = memory_at(text);
  if (!bytes) return;
  std::string answer = "b";
  answer.append(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  send_(answer);
}

void GdbSession::store(uint64_t address, uint64_t size, std::span<const std::byte> bytes) {
  if (bytes.size() != size) return send_(kBadPacket);
  const bool good = physical_ ? target_.write_physical(address, bytes)
                              : target_.write_virtual(cpu_, address, bytes);
  send_(good ? std::string_view("OK") : kBadAddress);
}

void GdbSession::write_memory(PacketText text) {
  const auto address = text.number();
  const bool comma = text.take(',');
  const auto size = text.number();
  const bool colon = text.take(':');
  const auto bytes = from_hex(text.rest());
  if (!address || !comma || !size || !colon || !bytes) return send_(kBadPacket);
  store(*address, *size, *bytes);
}

void GdbSession::write_memory_binary(PacketText text) {
  const auto address = text.number();
  const bool comma = text.take(',');
  const auto size = text.number();
  if (!address || !comma || !size || !text.take(':')) return send_(kBadPacket);
  store(*address, *size, std::as_bytes(std::span(text.rest().data(), text.rest().size())));
}

}  // namespace vireo
