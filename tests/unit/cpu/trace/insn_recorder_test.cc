// A recorder looks only: code that lives by what the TLB kept runs the same with it.
#include "cpu/trace/insn_recorder.h"

#include <doctest/doctest.h>

#include <functional>

#include "cpu/trace/insn_trace.h"
#include "tests/unit/cpu/exec/system_guest.h"

namespace vireo {
namespace {

// A 2 MiB page and its entry in the directory of the page tables.
constexpr uint64_t kPage = 0x600000, kEntry = TestGuest::kPml4 + 0x2000 + 8 * 3;

struct Dropped : TraceBatchSink {
  void write(TraceBatch) override {}
};

class RecordedGuest : public SystemGuest {
 public:
  explicit RecordedGuest(bool recorded) : recorder_(sink_, {&cpu}) {
    cpu.regs[kRsi] = kEntry;
    cpu.regs[kRdx] = 0;
    cpu.regs[kRdi] = kPage;
    cpu.regs[kRax] = 0x12345678;
    if (!recorded) return;
    InsnTrace::arm(&recorder_);
    recorder_.set_recording(true);
  }

  // Everything that the guest could tell.
  std::vector<std::byte> image() {
    Archive archive = Archive::saver();
    cpu.visit(archive);
    std::vector<std::byte> bytes = archive.bytes(), page(kPageSize);
    memory.read_bytes(GuestAddr{kPage}, page);
    bytes.insert(bytes.end(), page.begin(), page.end());
    return bytes;
  }

 private:
  Dropped sink_;
  InsnRecorder recorder_;
};

// Runs `code`, which ends with INT3, with a recorder and without one.
void compare(const std::function<void(SystemGuest&)>& prepare,
             std::initializer_list<uint8_t> code) {
  std::vector<std::byte> images[2];
  for (const bool recorded : {false, true}) {
    RecordedGuest guest(recorded);
    prepare(guest);
    CHECK(guest.fault_of(code).vector == kVectorBp);
    images[recorded] = guest.image();
  }
  CHECK(images[0] == images[1]);
}

TEST_CASE("stores and frames go on through a stale TLB entry while they are recorded") {
  compare([](SystemGuest& guest) { guest.cpu.regs[kRsp] = kPage + 0x800; },
          {
              0x89, 0x07,              // mov [rdi], eax: fills the entry
              0x48, 0x89, 0x16,        // mov [rsi], rdx: unmaps the page, but for the TLB
              0x89, 0x47, 0x04,        // mov [rdi+4], eax
              0x01, 0x07,              // add [rdi], eax
              0x0f, 0x11, 0x47, 0x10,  // movups [rdi+16], xmm0
              0x50,                    // push rax
              0xcc,                    // int3: the frame goes to the page, too
          });
}

TEST_CASE("so do stores to a segment whose limit is near") {
  const auto prepare = [](SystemGuest& guest) {
    guest.cpu.segs[kCs] = Segment{SystemGuest::kCode32, 0xc9b, 0xffffffff, 0};
    guest.cpu.segs[kDs] = Segment{SystemGuest::kData, 0x493, 0xfff, kPage};
    guest.cpu.regs[kRdi] = 0;
    guest.cpu.mode_changed();
  };
  compare(prepare, {
                       0x89, 0x07,        // mov [edi], eax
                       0x26, 0x89, 0x16,  // mov es:[esi], edx
                       0x89, 0x47, 0x04,  // mov [edi+4], eax
                       0xcc,              // int3
                   });
}

}  // namespace
}  // namespace vireo
