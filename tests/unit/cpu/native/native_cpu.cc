#include "tests/unit/cpu/native/native_cpu.h"

#if defined(__x86_64__) && defined(__linux__)

#include <sys/mman.h>
#include <ucontext.h>

#include <cstring>
#include <initializer_list>

// What the entry and exit code below load and store.
extern "C" {
struct VireoNativeState {
  uint64_t gpr[16];
  uint64_t rflags;    // at 128
  uint64_t host_rsp;  // at 136
  uint64_t entry;     // at 144
  uint32_t far_entry[2];  // at 152: offset and selector of 32-bit code
};
// Not static: the code below names it.
__attribute__((visibility("hidden"), used)) VireoNativeState vireo_native_state;
void vireo_native_enter();
void vireo_native_enter32();
void vireo_native_exit();
}

// MOV, PUSH and JMP leave the flags alone, and RIP-relative operands need no
// register: so everything else can be the guest's. The 32-bit entry loads DS and
// ES, which are null in 64-bit programs, with the selector of SS.
asm(R"(
  .text
  .globl vireo_native_enter, vireo_native_enter32, vireo_native_exit
  .hidden vireo_native_enter, vireo_native_enter32, vireo_native_exit
  .macro vireo_native_save
  push %rbx
  push %rbp
  push %r12
  push %r13
  push %r14
  push %r15
  mov %rsp, vireo_native_state+136(%rip)
  .endm
  .macro vireo_native_load
  pushq vireo_native_state+128(%rip)
  popfq
  mov vireo_native_state+0(%rip), %rax
  mov vireo_native_state+8(%rip), %rcx
  mov vireo_native_state+16(%rip), %rdx
  mov vireo_native_state+24(%rip), %rbx
  mov vireo_native_state+32(%rip), %rsp
  mov vireo_native_state+40(%rip), %rbp
  mov vireo_native_state+48(%rip), %rsi
  mov vireo_native_state+56(%rip), %rdi
  mov vireo_native_state+64(%rip), %r8
  mov vireo_native_state+72(%rip), %r9
  mov vireo_native_state+80(%rip), %r10
  mov vireo_native_state+88(%rip), %r11
  mov vireo_native_state+96(%rip), %r12
  mov vireo_native_state+104(%rip), %r13
  mov vireo_native_state+112(%rip), %r14
  mov vireo_native_state+120(%rip), %r15
  .endm
vireo_native_enter:
  vireo_native_save
  vireo_native_load
  jmp *vireo_native_state+144(%rip)
vireo_native_enter32:
  vireo_native_save
  mov %ss, %eax
  mov %eax, %ds
  mov %eax, %es
  vireo_native_load
  ljmp *vireo_native_state+152(%rip)
vireo_native_exit:
  mov %rax, vireo_native_state+0(%rip)
  mov %rcx, vireo_native_state+8(%rip)
  mov %rdx, vireo_native_state+16(%rip)
  mov %rbx, vireo_native_state+24(%rip)
  mov %rsp, vireo_native_state+32(%rip)
  mov %rbp, vireo_native_state+40(%rip)
  mov %rsi, vireo_native_state+48(%rip)
  mov %rdi, vireo_native_state+56(%rip)
  mov %r8, vireo_native_state+64(%rip)
  mov %r9, vireo_native_state+72(%rip)
  mov %r10, vireo_native_state+80(%rip)
  mov %r11, vireo_native_state+88(%rip)
  mov %r12, vireo_native_state+96(%rip)
  mov %r13, vireo_native_state+104(%rip)
  mov %r14, vireo_native_state+112(%rip)
  mov %r15, vireo_native_state+120(%rip)
  mov vireo_native_state+136(%rip), %rsp
  pushfq
  popq vireo_native_state+128(%rip)
  pushq $0x202
  popfq
  pop %r15
  pop %r14
  pop %r13
  pop %r12
  pop %rbp
  pop %rbx
  ret
)");

namespace vireo {
namespace {

// Flags that a test sets and sees: CF PF AF ZF SF DF OF. IF is on in programs.
constexpr uint64_t kLoadedFlags = 0xcd5, kProgramFlags = 0x202;
constexpr uint32_t kCode64Selector = 0x33, kCode32Selector = 0x23;

volatile int fault_vector;
volatile uint64_t fault_rip;

// The registers of the fault go out as those of an ordinary end do.
void on_fault(int, siginfo_t*, void* raw) {
  auto* context = static_cast<ucontext_t*>(raw);
  auto& regs = context->uc_mcontext.gregs;
  fault_vector = static_cast<int>(regs[REG_TRAPNO]);
  fault_rip = static_cast<uint64_t>(regs[REG_RIP]);
  regs[REG_RIP] = reinterpret_cast<greg_t>(&vireo_native_exit);
  // CSGSFS: CS is in the low 16 bits; a fault of 32-bit code ends in 64-bit code.
  regs[REG_CSGSFS] = (regs[REG_CSGSFS] & ~0xffff) | kCode64Selector;
}

bool map_at(uint64_t base, uint64_t size, int protection) {
  void* const want = reinterpret_cast<void*>(base);
  void* const at = mmap(want, size, protection,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (at == want) return true;
  if (at != MAP_FAILED) munmap(at, size);
  return false;
}

bool map_areas() {
  return map_at(NativeCpu::kCode, NativeCpu::kCodeSize, PROT_READ | PROT_WRITE | PROT_EXEC) &&
         map_at(NativeCpu::kStackBase, NativeCpu::kStackSize, PROT_READ | PROT_WRITE) &&
         map_at(NativeCpu::kData, NativeCpu::kDataSize, PROT_READ | PROT_WRITE);
}

uint8_t* put(uint8_t* at, std::initializer_list<uint8_t> bytes) {
  std::memcpy(at, bytes.begin(), bytes.size());
  return at + bytes.size();
}
template <typename T>
uint8_t* put_value(uint8_t* at, T value) {
  std::memcpy(at, &value, sizeof value);
  return at + sizeof value;
}

// jmp [rip+0]; the address of the exit.
uint8_t* put_exit(uint8_t* at) {
  at = put(at, {0xff, 0x25, 0, 0, 0, 0});
  return put_value(at, reinterpret_cast<uint64_t>(&vireo_native_exit));
}

// 32-bit code: a far jump to 64-bit code right behind it, then as above.
void put_exit32(uint8_t* at) {
  const auto next = static_cast<uint32_t>(reinterpret_cast<uint64_t>(at) + 7);
  at = put(at, {0xea});
  at = put_value(at, next);
  at = put_value(at, static_cast<uint16_t>(kCode64Selector));
  put_exit(at);
}

}  // namespace

bool NativeCpu::available() {
  static const bool mapped = map_areas();
  return mapped;
}

NativeCpu::NativeCpu() {
  stack_t stack{};
  stack.ss_sp = signal_stack_.data();
  stack.ss_size = signal_stack_.size();
  sigaltstack(&stack, &stack_before_);
  struct sigaction action {};
  action.sa_sigaction = on_fault;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &action, &before_[i]);
}

NativeCpu::~NativeCpu() {
  for (size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &before_[i], nullptr);
  sigaltstack(&stack_before_, nullptr);
}

NativeEnd NativeCpu::run(std::span<const uint8_t> code, NativeRegs& regs, uint64_t at,
                         Width width) {
  auto* const where = reinterpret_cast<uint8_t*>(at);
  std::memcpy(where, code.data(), code.size());
  VireoNativeState& state = vireo_native_state;
  std::memcpy(state.gpr, regs.gpr.data(), sizeof state.gpr);
  state.rflags = (regs.rflags & kLoadedFlags) | kProgramFlags;
  fault_vector = NativeEnd::kNoFault;
  fault_rip = 0;
  if (width == Width::k64) {
    put_exit(where + code.size());
    state.entry = at;
    vireo_native_enter();
  } else {
    put_exit32(where + code.size());
    state.far_entry[0] = static_cast<uint32_t>(at);
    state.far_entry[1] = kCode32Selector;
    vireo_native_enter32();
  }
  std::memcpy(regs.gpr.data(), state.gpr, sizeof state.gpr);
  regs.rflags = (state.rflags & kLoadedFlags) | 2;
  return {fault_vector, fault_rip};
}

}  // namespace vireo

#else  // another host: nothing to compare with

namespace vireo {

bool NativeCpu::available() { return false; }
NativeCpu::NativeCpu() = default;
NativeCpu::~NativeCpu() = default;
NativeEnd NativeCpu::run(std::span<const uint8_t>, NativeRegs&, uint64_t, Width) { return {}; }

}  // namespace vireo

#endif
