#include "tests/unit/cpu/exec/fp_native.h"

#include <signal.h>
#include <sys/mman.h>
#include <ucontext.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "cpu/cpu_feature.h"

namespace vireo {
namespace {

constexpr size_t kCodeBytes = 4096, kPageBytes = 8192;
constexpr unsigned kRsp = 4;

// Code and the state that it loads, in one writable and executable mapping: code
// reaches the state relative to RIP, so that no register is taken.
struct Page {
  uint8_t code[kCodeBytes];
  FpMachine state;
  uint64_t host_rsp;
  uint32_t host_mxcsr;
};
static_assert(sizeof(Page) <= kPageBytes);

Page* map_page() {
  void* at = mmap(nullptr, kPageBytes, PROT_READ | PROT_WRITE | PROT_EXEC,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (at == MAP_FAILED) std::abort();
  return static_cast<Page*>(at);
}
Page& page() {
  static Page* const mapped = map_page();
  return *mapped;
}

const uint8_t* trap_from = nullptr;
const uint8_t* trap_to = nullptr;
bool trapped = false;

// Skips the instruction under test; anything else is our own mistake.
void on_sigfpe(int, siginfo_t*, void* context) {
  auto& rip = static_cast<ucontext_t*>(context)->uc_mcontext.gregs[REG_RIP];
  if (reinterpret_cast<const uint8_t*>(rip) != trap_from) std::abort();
  rip = reinterpret_cast<greg_t>(trap_to);
  trapped = true;
}

// The test framework has handlers of its own: ours stand for one run only.
class TrapHandler {
 public:
  TrapHandler() {
    struct sigaction action {};
    action.sa_sigaction = on_sigfpe;
    action.sa_flags = SA_SIGINFO;
    sigaction(SIGFPE, &action, &before_);
  }
  ~TrapHandler() { sigaction(SIGFPE, &before_, nullptr); }
  TrapHandler(const TrapHandler&) = delete;
  TrapHandler& operator=(const TrapHandler&) = delete;

 private:
  struct sigaction before_ {};
};

// ModRM of register n and [rip + disp32].
uint8_t modrm(unsigned n) { return static_cast<uint8_t>((n & 7) << 3 | 5); }

class Assembler {
 public:
  explicit Assembler(Page& page) : page_(page), at_(page.code) {}
  uint8_t* here() const { return at_; }
  void bytes(std::span<const uint8_t> code) {
    at_ = std::copy(code.begin(), code.end(), at_);
  }
  // An instruction whose operand is [rip + distance to `target`].
  void rip_relative(std::initializer_list<uint8_t> opcode, const void* target,
                    std::initializer_list<uint8_t> immediate = {}) {
    bytes({opcode.begin(), opcode.size()});
    const auto* next = at_ + 4 + immediate.size();
    const auto distance = static_cast<int32_t>(static_cast<const uint8_t*>(target) - next);
    std::memcpy(at_, &distance, 4);
    at_ += 4;
    bytes({immediate.begin(), immediate.size()});
  }
  void load_gpr(unsigned n) {
    const auto rex = static_cast<uint8_t>(0x48 | (n >> 3) << 2);
    rip_relative({rex, 0x8b, modrm(n)}, &page_.state.gpr[n]);
  }
  void store_gpr(unsigned n) {
    const auto rex = static_cast<uint8_t>(0x48 | (n >> 3) << 2);
    rip_relative({rex, 0x89, modrm(n)}, &page_.state.gpr[n]);
  }

 private:
  Page& page_;
  uint8_t* at_;
};

// VINSERTF128 and VEXTRACTF128 of the upper half of register n.
void load_high(Assembler& a, Page& p, unsigned n) {
  const auto rxb = static_cast<uint8_t>(n < 8 ? 0xe3 : 0x63);
  const auto wvl = static_cast<uint8_t>((~n & 15) << 3 | 5);
  a.rip_relative({0xc4, rxb, wvl, 0x18, modrm(n)}, p.state.high.data() + 16 * n, {1});
}
void store_high(Assembler& a, Page& p, unsigned n) {
  const auto rxb = static_cast<uint8_t>(n < 8 ? 0xe3 : 0x63);
  a.rip_relative({0xc4, rxb, 0x7d, 0x19, modrm(n)}, p.state.high.data() + 16 * n, {1});
}

constexpr uint8_t kVzeroupper[] = {0xc5, 0xf8, 0x77};
constexpr uint8_t kPushes[] = {0x53, 0x55, 0x41, 0x54, 0x41, 0x55, 0x41, 0x56, 0x41, 0x57};
constexpr uint8_t kPops[] = {0x41, 0x5f, 0x41, 0x5e, 0x41, 0x5d, 0x41, 0x5c, 0x5d, 0x5b};

void assemble(Page& p, std::span<const uint8_t> code) {
  p.host_mxcsr = 0x1f80;
  Assembler a(p);
  a.bytes(kPushes);
  a.rip_relative({0x48, 0x89, 0x25}, &p.host_rsp);           // mov [host_rsp], rsp
  a.rip_relative({0x48, 0x0f, 0xae, 0x0d}, p.state.fx.data());  // fxrstor64
  const bool avx = host_has(kFeatAvx);
  for (unsigned n = 0; avx && n < 16; ++n) load_high(a, p, n);
  a.rip_relative({0xff, 0x35}, &p.state.rflags);             // push [rflags]
  a.bytes(std::array<uint8_t, 1>{0x9d});                     // popfq
  for (unsigned n = 0; n < 16; ++n) if (n != kRsp) a.load_gpr(n);
  trap_from = a.here();
  a.bytes(code);
  trap_to = a.here();
  for (unsigned n = 0; n < 16; ++n) if (n != kRsp) a.store_gpr(n);
  a.bytes(std::array<uint8_t, 1>{0x9c});                     // pushfq
  a.rip_relative({0x8f, 0x05}, &p.state.rflags);             // pop [rflags]
  a.rip_relative({0x48, 0x0f, 0xae, 0x05}, p.state.fx.data());  // fxsave64
  for (unsigned n = 0; avx && n < 16; ++n) store_high(a, p, n);
  if (avx) a.bytes(kVzeroupper);
  a.bytes(std::array<uint8_t, 3>{0xfc, 0xdb, 0xe3});         // cld; fninit
  a.rip_relative({0x0f, 0xae, 0x15}, &p.host_mxcsr);         // ldmxcsr
  a.bytes(kPops);
  a.bytes(std::array<uint8_t, 1>{0xc3});                     // ret
}

}  // namespace

// The code assembled here has no type signature in front of it for UBSan to check.
__attribute__((no_sanitize("undefined"))) bool run_natively(std::span<const uint8_t> code,
                                                            FpMachine& state,
                                                            uint64_t rdi_offset) {
  const TrapHandler handler;
  Page& p = page();
  const uint64_t guest_memory = state.gpr[3];
  p.state = state;
  const auto host_memory = reinterpret_cast<uint64_t>(p.state.memory.data());
  p.state.gpr[3] = host_memory;
  p.state.gpr[7] = host_memory + rdi_offset;
  assemble(p, code);
  trapped = false;
  reinterpret_cast<void (*)()>(p.code)();
  state = p.state;
  state.gpr[3] = guest_memory + (state.gpr[3] - host_memory);
  if (state.gpr[7] == host_memory + rdi_offset) state.gpr[7] = guest_memory + rdi_offset;
  return trapped;
}

}  // namespace vireo
