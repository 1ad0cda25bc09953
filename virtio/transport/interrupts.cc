#include "virtio/transport/interrupts.h"

namespace vireo {

void VirtioPciInterrupts::raise_queue(unsigned index) {
  if (!msix_enabled()) {
    set_isr(isr_ | kIsrQueue);
  } else if (queue_vectors_[index] != kNoVector) {
    function_.msix()->notify(queue_vectors_[index]);
  }
}

void VirtioPciInterrupts::raise_config() {
  set_isr(isr_ | kIsrConfig);
  if (msix_enabled() && config_vector_ != kNoVector) function_.msix()->notify(config_vector_);
}

uint8_t VirtioPciInterrupts::read_isr() {
  const uint8_t isr = isr_;
  set_isr(0);
  return isr;
}

// The function keeps the wire low while MSI-X is on.
void VirtioPciInterrupts::set_isr(uint8_t isr) {
  isr_ = isr;
  function_.set_interrupt(isr != 0);
}

uint16_t VirtioPciInterrupts::usable(uint16_t vector) const {
  const unsigned vectors = function_.msix() != nullptr ? function_.msix()->vectors() : 0;
  return vector < vectors ? vector : kNoVector;
}

uint16_t VirtioPciInterrupts::queue_vector(unsigned index) const {
  return index < queue_vectors_.size() ? queue_vectors_[index] : kNoVector;
}

void VirtioPciInterrupts::set_queue_vector(unsigned index, uint16_t vector) {
  if (index < queue_vectors_.size()) queue_vectors_[index] = usable(vector);
}

void VirtioPciInterrupts::reset() {
  forget();
  set_isr(0);
}

void VirtioPciInterrupts::forget() {
  isr_ = 0;
  config_vector_ = kNoVector;
  queue_vectors_.assign(queue_vectors_.size(), kNoVector);
}

void VirtioPciInterrupts::visit(Archive& archive) {
  archive.io(isr_);
  archive.io(config_vector_);
  for (uint16_t& vector : queue_vectors_) archive.io(vector);
  if (archive.saving()) return;
  config_vector_ = usable(config_vector_);
  for (uint16_t& vector : queue_vectors_) vector = usable(vector);
}

}  // namespace vireo
