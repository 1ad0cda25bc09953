#include "virtio/lint/driver_lint.h"

#include "virtio/features.h"
#include "virtio/lint/blk_checker.h"
#include "virtio/lint/chain_checker.h"
#include "virtio/lint/common_fields.h"
#include "virtio/lint/gpu_checker.h"
#include "virtio/lint/init_checker.h"
#include "virtio/lint/input_checker.h"
#include "virtio/lint/kick_checker.h"
#include "virtio/lint/net_checker.h"
#include "virtio/lint/queue_checker.h"
#include "virtio/lint/register_checker.h"
#include "virtio/lint/small_checkers.h"

namespace vireo {

namespace {

// The rules of the subject's type, or null: 9p has none in the specification.
std::unique_ptr<LintChecker> type_checker(const LintContext& context) {
  switch (context.subject.type_id()) {
    case virtio_type::kBlock:
      return std::make_unique<BlkChecker>(context);
    case virtio_type::kNet:
      return std::make_unique<NetChecker>(context);
    case virtio_type::kEntropy:
      return std::make_unique<RngChecker>(context);
    case virtio_type::kConsole:
      return std::make_unique<ConsoleChecker>(context);
    case virtio_type::kBalloon:
      return std::make_unique<BalloonChecker>(context);
    case virtio_type::kVsock:
      return std::make_unique<VsockChecker>(context);
    case virtio_type::kGpu:
      return std::make_unique<GpuChecker>(context);
    case virtio_type::kInput:
      return std::make_unique<InputChecker>(context);
    default:
      return nullptr;
  }
}

}  // namespace

DriverLint::DriverLint(const LintSubject& subject, LintReport& report)
    : subject_(subject), session_(subject.queue_count()) {
  report.add_device(subject.name());
  const LintContext context{subject, session_, report};
  checkers_.push_back(std::make_unique<InitChecker>(context));
  checkers_.push_back(std::make_unique<RegisterChecker>(context));
  checkers_.push_back(std::make_unique<QueueChecker>(context));
  checkers_.push_back(std::make_unique<KickChecker>(context));
  checkers_.push_back(std::make_unique<ChainChecker>(context));
  if (auto checker = type_checker(context)) checkers_.push_back(std::move(checker));
}

void DriverLint::on_access(const DriverAccess& access) {
  for (auto& checker : checkers_) checker->on_access(access);
  if (access.write && !session_.interface) {
    session_.interface = access.region == VirtioRegion::kLegacy ? VirtioInterface::kLegacy
                                                                : VirtioInterface::kModern;
  }
  if (access.region == VirtioRegion::kCommon) remember_common(access);
  if (access.region == VirtioRegion::kDevice && !access.write) remember_config_read(access);
}

void DriverLint::remember_config_read(const DriverAccess& access) {
  if (session_.config_reads++ == 0) session_.first_config_read = access.offset;
  if (access.offset != session_.first_config_read) session_.config_read_elsewhere = true;
}

void DriverLint::remember_common(const DriverAccess& access) {
  using namespace common_offset;
  constexpr uint16_t kNoVector = 0xffff;
  const bool vector = access.offset == kConfigVector || access.offset == kQueueVector;
  if (access.write) {
    session_.unverified_vector.reset();
    if (vector && access.value != kNoVector) session_.unverified_vector = access.offset;
    if (access.offset == kQueueSelect) session_.queue_select = static_cast<uint16_t>(access.value);
    return;
  }
  const auto touches = [&](uint64_t offset) {
    return offset >= access.offset && offset < access.offset + access.size;
  };
  if (session_.unverified_vector && touches(*session_.unverified_vector)) {
    session_.unverified_vector.reset();
  }
  if (touches(kStatus)) {
    session_.status_read_since_reset = session_.status_read_since_features_ok = true;
  }
  if (touches(kGeneration)) session_.generation_read = true;
  if (touches(kQueueReset) && session_.queue_select < session_.queues.size()) {
    session_.queues[session_.queue_select].reset_pending = false;
  }
}

void DriverLint::on_status(VirtioInterface via, uint8_t before, uint8_t written, uint8_t after) {
  for (auto& checker : checkers_) checker->on_status(via, before, written, after);
  session_.status = after;
  if (written & ~before & virtio_status::kFeaturesOk) {
    session_.status_read_since_features_ok = false;
  }
}

void DriverLint::on_features(VirtioInterface via, uint32_t word, uint32_t value) {
  for (auto& checker : checkers_) checker->on_features(via, word, value);
  if (word > 1) return;
  const unsigned shift = 32 * word;
  session_.driver_features &= ~(uint64_t{UINT32_MAX} << shift);
  session_.driver_features |= uint64_t{value} << shift;
}

void DriverLint::on_queue_size(unsigned queue, uint16_t size) {
  for (auto& checker : checkers_) checker->on_queue_size(queue, size);
}

void DriverLint::on_queue_enabled(VirtioInterface via, unsigned queue, const QueueLayout& layout) {
  for (auto& checker : checkers_) checker->on_queue_enabled(via, queue, layout);
  session_.queues[queue] = {true, layout, false, 0};
}

void DriverLint::on_queue_reset(unsigned queue) {
  for (auto& checker : checkers_) checker->on_queue_reset(queue);
  if (queue < session_.queues.size()) session_.queues[queue] = {false, {}, true, {}};
}

void DriverLint::on_kick(VirtioInterface via, unsigned queue, uint32_t data) {
  for (auto& checker : checkers_) checker->on_kick(via, queue, data);
}

void DriverLint::on_chain(const WatchedChain& chain) {
  for (auto& checker : checkers_) checker->on_chain(chain);
  if (!chain.packed) remember_order(chain);
}

void DriverLint::remember_order(const WatchedChain& chain) {
  LintQueue& queue = session_.queues[chain.queue];
  for (const WatchedDescriptor& descriptor : chain.descriptors) {
    if (descriptor.indirect) continue;
    queue.next_in_order = static_cast<uint16_t>(
        descriptor.position + 1 == queue.layout.size ? 0 : descriptor.position + 1);
  }
}

void DriverLint::on_failure(const std::string& why) {
  for (auto& checker : checkers_) checker->on_failure(why);
}

void DriverLint::on_reset(DriverReset kind) {
  for (auto& checker : checkers_) checker->on_reset(kind);
  session_.restart(kind == DriverReset::kStatus);
}

// Goes on with what the device knows of its driver.
void DriverLint::on_loaded() {
  for (auto& checker : checkers_) checker->on_loaded();
  session_.restart(false);
  session_.status = subject_.status();
  if (session_.status == 0) return;
  session_.whole = false;
  session_.reset_seen = true;
  session_.status_read_since_reset = session_.status_read_since_features_ok = true;
  session_.driver_features = subject_.features();
  session_.generation_read = true;
  for (unsigned i = 0; i < session_.queues.size(); ++i) {
    const auto layout = subject_.enabled_queue(i);
    if (layout) session_.queues[i] = {true, *layout, false, {}};
  }
}

}  // namespace vireo
