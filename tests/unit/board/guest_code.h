// Tiny guests: machine code written by hand, wrapped into an ELF kernel that
// the machine boots like any other, at 1 MiB in 64-bit mode.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <vector>

namespace vireo::testing {

class GuestCode {
 public:
  static constexpr uint64_t kBase = 0x100000;
  static constexpr uint8_t kCodeSelector = 0x10;

  GuestCode& bytes(std::initializer_list<unsigned> values) {
    for (const unsigned value : values) code_.push_back(static_cast<std::byte>(value));
    return *this;
  }
  // The address of what comes next.
  uint64_t here() const { return kBase + code_.size(); }

  // mov dx, port; mov al, value; out dx, al
  GuestCode& out8(uint16_t port, uint8_t value) { return dx(port).bytes({0xB0, value, 0xEE}); }
  // mov dx, port; mov ax, value; out dx, ax
  GuestCode& out16(uint16_t port, uint16_t value) {
    return dx(port).bytes({0x66, 0xB8}).le16(value).bytes({0x66, 0xEF});
  }
  // mov dx, port; mov eax, value; out dx, eax
  GuestCode& out32(uint16_t port, uint32_t value) {
    return dx(port).bytes({0xB8}).le32(value).bytes({0xEF});
  }
  // al or eax from a port; and al back to another one.
  GuestCode& in8(uint16_t port) { return dx(port).bytes({0xEC}); }
  GuestCode& in32(uint16_t port) { return dx(port).bytes({0xED}); }
  GuestCode& out_al(uint16_t port) { return dx(port).bytes({0xEE}); }
  // mov rbx, address; mov eax, [rbx]
  GuestCode& load32(uint64_t address) { return rbx(address).bytes({0x8B, 0x03}); }
  // mov rbx, address; mov dword [rbx], value
  GuestCode& store32(uint64_t address, uint32_t value) {
    return rbx(address).bytes({0xC7, 0x03}).le32(value);
  }
  GuestCode& mov_ecx_eax() { return bytes({0x89, 0xC1}); }
  GuestCode& cmp_eax_ecx() { return bytes({0x39, 0xC8}); }
  // sete al
  GuestCode& al_if_equal() { return bytes({0x0F, 0x94, 0xC0}); }
  // cmp al, value; je over what `then` emits
  template <typename Then>
  GuestCode& unless_al(uint8_t value, Then then) {
    GuestCode body;
    then(body);
    return bytes({0x3C, value, 0x74, static_cast<unsigned>(body.code_.size())}).append(body);
  }
  GuestCode& append(const GuestCode& other) {
    code_.insert(code_.end(), other.code_.begin(), other.code_.end());
    return *this;
  }
  GuestCode& sti() { return bytes({0xFB}); }
  GuestCode& hlt() { return bytes({0xF4}); }
  GuestCode& ud2() { return bytes({0x0F, 0x0B}); }
  GuestCode& jump_here() { return bytes({0xEB, 0xFE}); }
  // hlt; jmp back to it
  GuestCode& halt_for_ever() { return bytes({0xF4, 0xEB, 0xFD}); }
  GuestCode& text(uint16_t port, const char* characters) {
    for (; *characters != '\0'; ++characters) out8(port, static_cast<uint8_t>(*characters));
    return *this;
  }

  // lidt of a table whose gate `vector` leads to `handler`. Table and pointer
  // stand behind a jump, in the code itself.
  GuestCode& interrupt_gate(unsigned vector, const GuestCode& handler);

  // An ELF64 executable with one segment, and the same as ELF32, which is entered
  // in 32-bit protected mode.
  std::vector<std::byte> elf() const;
  std::vector<std::byte> elf32() const;

 private:
  GuestCode& dx(uint16_t port) { return bytes({0x66, 0xBA}).le16(port); }
  GuestCode& rbx(uint64_t address) { return bytes({0x48, 0xBB}).le64(address); }
  GuestCode& le32(uint32_t value) {
    for (unsigned i = 0; i < 4; ++i) bytes({value >> (8 * i) & 0xff});
    return *this;
  }
  GuestCode& le64(uint64_t value) {
    return le32(static_cast<uint32_t>(value)).le32(static_cast<uint32_t>(value >> 32));
  }
  GuestCode& le16(uint64_t value) {
    return bytes({static_cast<unsigned>(value & 0xff), static_cast<unsigned>(value >> 8 & 0xff)});
  }

  std::vector<std::byte> code_;
};

inline GuestCode& GuestCode::interrupt_gate(unsigned vector, const GuestCode& handler) {
  constexpr unsigned kGateBytes = 16;
  const auto handler_size = static_cast<uint32_t>(handler.code_.size());
  const uint32_t table_size = (vector + 1) * kGateBytes;
  bytes({0xE9}).le32(handler_size + table_size + 10);  // jmp over all this
  const uint64_t entry = here();
  append(handler);
  const uint64_t table = here();
  code_.resize(code_.size() + vector * kGateBytes);
  le16(entry).le16(kCodeSelector).le16(0x8E00).le16(entry >> 16).le64(entry >> 32);
  const uint64_t pointer = here();
  le16(table_size - 1).le64(table);
  return bytes({0x0F, 0x01, 0x1C, 0x25}).le32(static_cast<uint32_t>(pointer));  // lidt
}

inline std::vector<std::byte> GuestCode::elf() const {
  constexpr uint64_t kHeaders = 0x1000;
  GuestCode file;
  file.bytes({0x7f, 'E', 'L', 'F', 2, 1, 1, 0}).le64(0);
  file.le16(2).le16(62).le32(1).le64(kBase);  // executable, x86-64, entry
  file.le64(64).le64(0).le32(0).le16(64).le16(56).le16(1).le16(64).le16(0).le16(0);
  file.le32(1).le32(7).le64(kHeaders).le64(kBase).le64(kBase);  // one segment
  file.le64(code_.size()).le64(code_.size()).le64(0x1000);
  file.code_.resize(kHeaders);
  return file.append(*this).code_;
}

inline std::vector<std::byte> GuestCode::elf32() const {
  constexpr uint32_t kHeaders = 0x1000;
  const auto size = static_cast<uint32_t>(code_.size());
  GuestCode file;
  file.bytes({0x7f, 'E', 'L', 'F', 1, 1, 1, 0}).le64(0);
  file.le16(2).le16(3).le32(1).le32(kBase);  // executable, i386, entry
  file.le32(52).le32(0).le32(0).le16(52).le16(32).le16(1).le16(40).le16(0).le16(0);
  file.le32(1).le32(kHeaders).le32(kBase).le32(kBase).le32(size).le32(size);  // one segment
  file.le32(7).le32(0x1000);
  file.code_.resize(kHeaders);
  return file.append(*this).code_;
}

}  // namespace vireo::testing
