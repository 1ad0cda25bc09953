// Commands that look at numbers: memory, registers, ports.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "machine/board/inspect/cpu_view.h"
#include "machine/control/monitor/command.h"
#include "machine/control/monitor/expression.h"
#include "machine/control/monitor/number_format.h"
#include "machine/host/replaced_file.h"

namespace vireo {
namespace {

Cpu& chosen(ControlPanel& panel) { return panel.processors.at(panel.cpu).cpu(); }

Result<uint64_t> value_of(ControlPanel& panel, const Arguments& arguments, std::string_view name) {
  Cpu& cpu = chosen(panel);
  return evaluate(arguments.text(name),
                  [&cpu](std::string_view word) { return register_value(cpu, word); });
}

bool read(ControlPanel& panel, bool physical, uint64_t address, std::span<std::byte> out) {
  return physical ? read_physical(panel.core.memory, address, out)
                  : read_linear(chosen(panel), address, out);
}

Error no_memory(bool physical, uint64_t address) {
  return Error{fmt::format("there is no RAM at {} address {:#x}", physical ? "physical" : "linear",
                           address)};
}

Result<std::string> instructions(ControlPanel& panel, bool physical, uint64_t address,
                                 unsigned count) {
  std::string text;
  for (unsigned i = 0; i < count; ++i) {
    const auto one = disassemble_at(chosen(panel), address, physical);
    if (!one && text.empty()) return no_memory(physical, address);
    if (!one) return text + no_memory(physical, address).message + "\n";
    text += fmt::format("{:#018x}:  {}\n", address, one->text);
    address += one->bytes;
  }
  return text;
}

Result<std::string> dump(ControlPanel& panel, const Arguments& arguments, bool physical) {
  const auto format = parse_number_format(arguments.text("fmt"), {});
  if (!format) return format.error();
  const auto start = value_of(panel, arguments, "address");
  if (!start) return start.error();
  if (format->kind == 'i') return instructions(panel, physical, *start, format->count);
  std::string text;
  for (unsigned i = 0; i < format->count; ++i) {
    const uint64_t address = *start + uint64_t{i} * format->size;
    uint64_t value = 0;
    const auto bytes = std::as_writable_bytes(std::span(&value, 1)).first(format->size);
    if (!read(panel, physical, address, bytes)) {
      if (i == 0) return no_memory(physical, address);
      return text + "\n" + no_memory(physical, address).message + "\n";
    }
    if (i % format->per_line() == 0) {
      text += fmt::format("{}{:016x}:", i == 0 ? "" : "\n", address);
    }
    text += fmt::format(" {}", format->text(value));
  }
  return text + "\n";
}

Result<std::string> x(ControlPanel& panel, const Arguments& arguments) {
  return dump(panel, arguments, false);
}

Result<std::string> xp(ControlPanel& panel, const Arguments& arguments) {
  return dump(panel, arguments, true);
}

Result<std::string> print(ControlPanel& panel, const Arguments& arguments) {
  const auto format = parse_number_format(arguments.text("fmt"), {.size = 8});
  if (!format) return format.error();
  if (format->kind == 'i' || format->count != 1) return Error{"p shows one number, as p /x $rip"};
  const auto value = value_of(panel, arguments, "expression");
  if (!value) return value.error();
  if (format->kind == 'x') return fmt::format("{:#x}\n", *value);
  return format->text(*value) + "\n";
}

// BSD's sum, as QEMU's: rotated right before each byte is added.
Result<std::string> sum(ControlPanel& panel, const Arguments& arguments) {
  const auto address = value_of(panel, arguments, "address");
  if (!address) return address.error();
  uint16_t total = 0;
  for (uint64_t i = 0; i < arguments.number("size"); ++i) {
    const auto byte = panel.core.memory.read<uint8_t>(GuestAddr{*address + i});
    if (!byte) return no_memory(true, *address + i);
    total = static_cast<uint16_t>((total >> 1 | total << 15) + *byte);
  }
  return fmt::format("{:05}\n", total);
}

Result<std::string> save(ControlPanel& panel, const Arguments& arguments, bool physical) {
  const auto start = value_of(panel, arguments, "address");
  if (!start) return start.error();
  auto file = ReplacedFile::create(arguments.text("file"), "memory dump");
  if (!file) return file.error();
  std::vector<std::byte> chunk;
  const uint64_t size = arguments.number("size");
  for (uint64_t done = 0; done < size; done += chunk.size()) {
    const uint64_t address = *start + done;
    chunk.resize(std::min<uint64_t>(size - done, kPageSize - address % kPageSize));
    if (!read(panel, physical, address, chunk)) return no_memory(physical, address);
    if (auto written = file->write(chunk); !written) return written.error();
  }
  if (auto done = file->commit(); !done) return done.error();
  return std::string();
}

Result<std::string> memsave(ControlPanel& panel, const Arguments& arguments) {
  return save(panel, arguments, false);
}

Result<std::string> pmemsave(ControlPanel& panel, const Arguments& arguments) {
  return save(panel, arguments, true);
}

// As an instruction would, with all that a read does to the device.
Result<std::string> port_in(ControlPanel& panel, const Arguments& arguments) {
  const auto format = parse_number_format(arguments.text("fmt"), {.size = 1});
  if (!format) return format.error();
  const auto port = value_of(panel, arguments, "port");
  if (!port) return port.error();
  if (*port > 0xffff || format->size == 8) return Error{"ports are 0 to 0xffff, of 1 to 4 bytes"};
  const uint64_t mask = (uint64_t{1} << 8 * format->size) - 1;
  const uint64_t value = panel.core.ports.read(*port, format->size) & mask;
  return fmt::format("port{} {:#06x} = {:#x}\n",
                     format->size == 1   ? 'b'
                     : format->size == 2 ? 'w'
                                         : 'l',
                     *port, value);
}

Result<std::string> port_out(ControlPanel& panel, const Arguments& arguments) {
  const auto format = parse_number_format(arguments.text("fmt"), {.size = 1});
  if (!format) return format.error();
  const auto port = value_of(panel, arguments, "port");
  if (!port) return port.error();
  const auto value = value_of(panel, arguments, "value");
  if (!value) return value.error();
  if (*port > 0xffff || format->size == 8) return Error{"ports are 0 to 0xffff, of 1 to 4 bytes"};
  const uint64_t mask = (uint64_t{1} << 8 * format->size) - 1;
  panel.core.ports.write(*port, format->size, *value & mask);
  return std::string();
}

constexpr CommandParameter kDump[] = {{.name = "fmt", .optional = true, .format = true},
                                      {.name = "address", .rest = true}};
constexpr CommandParameter kPrint[] = {{.name = "fmt", .optional = true, .format = true},
                                       {.name = "expression", .rest = true}};
constexpr CommandParameter kSum[] = {{.name = "address"},
                                     {.name = "size", .type = OptionType::kSize}};
constexpr CommandParameter kSave[] = {{.name = "address"},
                                      {.name = "size", .type = OptionType::kSize},
                                      {.name = "file", .rest = true}};
constexpr CommandParameter kIn[] = {{.name = "fmt", .optional = true, .format = true},
                                    {.name = "port"}};
constexpr CommandParameter kOut[] = {
    {.name = "fmt", .optional = true, .format = true}, {.name = "port"}, {.name = "value"}};

constexpr CommandRow kRows[] = {
    {"x", "", kDump, "memory at a linear address: x /4xw $rsp, x /10i $rip", x},
    {"xp", "", kDump, "the same at a physical address", xp},
    {"p", "print", kPrint, "the value of an expression: p /x $rax+8", print},
    {"sum", "", kSum, "checksum of physical memory", sum},
    {"memsave", "", kSave, "write memory from a linear address on to a file", memsave},
    {"pmemsave", "", kSave, "the same from a physical address on", pmemsave},
    {"i", "", kIn, "read a port: i /b 0x3f8", port_in},
    {"o", "", kOut, "write to a port: o /b 0x3f8 65", port_out},
};

}  // namespace

std::span<const CommandRow> memory_commands() { return kRows; }

}  // namespace vireo
