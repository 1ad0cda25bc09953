// How a virtio PCI function interrupts: ISR status with INTx, or vectors with MSI-X
// (VirtIO 1.4 sections 4.1.4.5 and 4.1.5.1.2); shared by both interfaces.
#pragma once

#include <cstdint>
#include <vector>

#include "machine/base/archive.h"
#include "pci/function.h"

namespace vireo {

class VirtioPciInterrupts {
 public:
  static constexpr uint16_t kNoVector = 0xffff;
  static constexpr uint8_t kIsrQueue = 1;
  static constexpr uint8_t kIsrConfig = 2;

  // The function must outlive it.
  VirtioPciInterrupts(PciFunction& function, unsigned queues)
      : function_(function), queue_vectors_(queues, kNoVector) {}

  bool msix_enabled() const { return function_.msix_enabled(); }

  // With MSI-X on, an event without a vector raises nothing, INTx included.
  void raise_queue(unsigned index);
  void raise_config();

  // Returns and clears the pending bits; the INTx cause goes with them.
  uint8_t read_isr();

  // Mapping events to vectors; one that the table does not have maps to none. A queue
  // that does not exist reads as kNoVector and drops writes.
  uint16_t config_vector() const { return config_vector_; }
  void set_config_vector(uint16_t vector) { config_vector_ = usable(vector); }
  uint16_t queue_vector(unsigned index) const;
  void set_queue_vector(unsigned index, uint16_t vector);

  // Nothing pending, nothing mapped. `reset` also withdraws the INTx cause; `forget`
  // leaves that to the function's own reset.
  void reset();
  void forget();
  void visit(Archive& archive);

 private:
  uint16_t usable(uint16_t vector) const;
  void set_isr(uint8_t isr);

  PciFunction& function_;
  uint8_t isr_ = 0;
  uint16_t config_vector_ = kNoVector;
  std::vector<uint16_t> queue_vectors_;
};

}  // namespace vireo
