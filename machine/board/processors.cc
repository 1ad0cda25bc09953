#include "machine/board/processors.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "machine/base/log.h"

namespace vireo {
namespace {

// Odd, so that no two of them begin with the same seed: 2^64 over the golden ratio.
constexpr uint64_t kSeedStep = 0x9e3779b97f4a7c15;

// MiB of decoded code of one processor, and of all together.
constexpr size_t kMostCode = 24, kAllCode = 256;

}  // namespace

Processors::Processors(const CpuModel& model, const CpuTopology& topology, ProcessorWiring wiring,
                       uint64_t seed)
    : clock_(wiring.clock) {
  wiring.stirred = [this](unsigned index) { stirred(index); };
  for (unsigned i = 0; i < topology.total(); ++i) {
    all_.push_back(std::make_unique<Processor>(model, ProcessorPlace{i, topology}, wiring));
    all_.back()->cpu().set_seed(seed + i * kSeedStep);
    all_.back()->cpu().blocks().set_limit(std::min(kMostCode, kAllCode / topology.total()));
  }
}

void Processors::reset() {
  for (const auto& processor : all_) processor->reset();
  current_ = 0;
  left_ = kTurn;
  stirred_ = 0;
}

void Processors::set_a20(bool open) {
  for (const auto& processor : all_) processor->cpu().set_a20(open);
}

void Processors::ignore_x87_error() {
  for (const auto& processor : all_) processor->cpu().ignore_x87_error();
}

bool Processors::others_awake() const {
  for (size_t i = 0; i < all_.size(); ++i) {
    if (i != current_ && all_[i]->awake()) return true;
  }
  return false;
}

bool Processors::dead() const {
  return std::all_of(all_.begin(), all_.end(), [](const auto& p) { return p->dead(); });
}

void Processors::stirred(unsigned index) {
  if (index == current_ || !all_[index]->awake()) return;
  stirred_ |= uint64_t{1} << index;
  current().cpu().set_company(true);
  stop();
}

// On to the next one in order that is awake, which may be the same again.
bool Processors::next_turn() {
  const auto count = static_cast<uint32_t>(all_.size());
  for (uint32_t step = 1; step <= count; ++step) {
    const uint32_t index = (current_ + step) % count;
    stirred_ &= ~(uint64_t{1} << index);
    if (!all_[index]->awake()) continue;
    current_ = index;
    left_ = kTurn;
    return true;
  }
  return false;
}

CpuExit Processors::run(uint64_t most) {
  if ((left_ == 0 || !current().awake()) && !next_turn()) return CpuExit::kHalted;
  const bool company = others_awake();
  if (stirred_ != 0) left_ = std::min(left_, kShortTurn);
  const CpuExit exit = run_current(most, company);
  if (exit != CpuExit::kHalted && exit != CpuExit::kYield) return exit;
  left_ = 0;
  return exit == CpuExit::kYield || others_awake() ? CpuExit::kRequest : CpuExit::kHalted;
}

CpuExit Processors::run_current(uint64_t most, bool company) {
  Processor& processor = current();
  if (all_.size() > 1 && Log::any()) Log::set_prefix(fmt::format("cpu{} ", current_));
  processor.cpu().set_company(company);
  const uint64_t before = clock_.instructions();
  const CpuExit exit = processor.run(company ? std::min(most, left_) : most);
  if (company) left_ -= std::min(left_, clock_.instructions() - before);
  return exit;
}

void Processors::visit(Archive& archive) {
  archive.io(current_);
  archive.io(left_);
  archive.io(stirred_);
  if (current_ >= all_.size()) {
    archive.fail();
    current_ = 0;
  }
  for (const auto& processor : all_) processor->visit(archive);
}

void Processors::after_load() {
  for (const auto& processor : all_) processor->after_load();
}

}  // namespace vireo
