#include "virtio/lint/input_checker.h"

#include <cstddef>

#include "virtio/input/input_protocol.h"
#include "virtio/lint/chain_bytes.h"

namespace vireo {

using namespace virtio_input;

namespace {

bool touches(const DriverAccess& access, uint64_t offset) {
  return access.offset <= offset && offset < access.offset + access.size;
}

uint64_t end_of(const DriverAccess& access) { return access.offset + access.size; }

}  // namespace

void InputChecker::on_access(const DriverAccess& access) {
  if (access.region != VirtioRegion::kDevice) return;
  if (access.write) {
    note_write(access);
  } else if (end_of(access) > offsetof(Config, size) && session().whole) {
    check_read(access);
  }
}

void InputChecker::on_reset(DriverReset) { question_ = {}; }

// The first write after an answer begins another question.
void InputChecker::note_write(const DriverAccess& access) {
  if (end_of(access) > offsetof(Config, size)) {
    breach(LintRule::kInputConfigWritten, "{} bytes written at configuration offset {:#x}",
           access.size, access.offset);
  }
  if (question_.size || question_.answer) question_ = {};
  if (touches(access, offsetof(Config, select))) question_.select = true;
  if (touches(access, offsetof(Config, subsel))) question_.subsel = true;
}

void InputChecker::check_read(const DriverAccess& access) {
  if (!question_.select || !question_.subsel) {
    breach(LintRule::kInputSelect, "configuration offset {:#x} read, {} was not written",
           access.offset, question_.select ? "subsel" : "select");
  }
  if (touches(access, offsetof(Config, size))) question_.size = true;
  if (end_of(access) <= offsetof(Config, bytes)) return;
  question_.answer = true;
  if (question_.size) return;
  breach(LintRule::kInputSizeNotRead, "configuration offset {:#x} read, size was not",
         access.offset);
}

void InputChecker::on_chain(const WatchedChain& chain) {
  if (!chain.failure.empty()) return;
  const ChainLengths lengths = chain_lengths(chain);
  const bool events = chain.queue == kEventQueue;
  const bool good = events ? lengths.readable == 0 && lengths.writable >= sizeof(Event)
                           : lengths.readable >= sizeof(Event);
  if (good) return;
  breach(events ? LintRule::kInputEventBuffer : LintRule::kInputStatusBuffer,
         "queue {}: {} readable bytes, {} writable ones", chain.queue, lengths.readable,
         lengths.writable);
}

}  // namespace vireo
