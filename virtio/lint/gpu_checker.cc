#include "virtio/lint/gpu_checker.h"

#include <algorithm>
#include <cstring>
#include <optional>

#include "virtio/gpu/gpu_format.h"
#include "virtio/gpu/gpu_resource.h"
#include "virtio/lint/chain_bytes.h"

namespace vireo {

using namespace virtio_gpu;

namespace {

constexpr uint32_t kFlagRingIndex = 2;  // of CONTEXT_INIT
constexpr uint64_t kContextInit = feature_bit(4);

}  // namespace

template <typename Fields>
Fields GpuChecker::Request::as() const {
  Fields value;
  std::memcpy(&value, fields.data(), sizeof value);
  return value;
}

void GpuChecker::on_access(const DriverAccess& access) {
  if (access.region != VirtioRegion::kDevice || !access.write) return;
  const bool clears =
      access.offset == offsetof(Config, events_clear) && access.size == sizeof(uint32_t);
  if (clears) return;
  breach(LintRule::kGpuConfigWritten, "{} bytes written at configuration offset {:#x}", access.size,
         access.offset);
}

void GpuChecker::on_reset(DriverReset) {
  resources_.clear();
  too_many_ = display_asked_ = false;
}

void GpuChecker::on_chain(const WatchedChain& chain) {
  if (!chain.failure.empty()) return;
  const ChainLengths lengths = chain_lengths(chain);
  const auto header = chain_header<Header>(subject().memory(), chain);
  if (!header) {
    return breach(LintRule::kGpuRequestShort, "queue {}: {} readable bytes", chain.queue,
                  lengths.readable);
  }
  const GpuCommand* command = find_gpu_command(header->type);
  if (command == nullptr) {
    return breach(LintRule::kGpuNotNegotiated, "queue {}: command {:#x} is not defined",
                  chain.queue, static_cast<uint32_t>(header->type));
  }
  auto bytes = chain_head(subject().memory(), chain, sizeof(Header) + command->fields);
  if (!bytes) {
    return breach(LintRule::kGpuRequestShort, "queue {}: {} of {} bytes, it has {}", chain.queue,
                  command->name, lengths.readable, sizeof(Header) + command->fields);
  }
  bytes->erase(bytes->begin(), bytes->begin() + sizeof(Header));
  const Request request{chain, *header, *command, std::move(*bytes)};
  check_form(request, lengths.writable);
  check_content(request);
}

void GpuChecker::check_form(const Request& request, uint64_t room) {
  const GpuCommand& command = request.command;
  const unsigned queue = request.chain.queue;
  if (is_gpu_cursor_command(command.type) != (queue == kCursorQueue)) {
    breach(LintRule::kGpuQueue, "queue {}: {}", queue, command.name);
  }
  if (queue == kControlQueue && room < command.answer) {
    breach(LintRule::kGpuAnswerRoom, "{}: room for {} bytes, the answer has {}", command.name, room,
           command.answer);
  }
  const bool ring_index = (request.header.flags & kFlagRingIndex) != 0 && !in_force(kContextInit);
  if ((command.feature != 0 && !in_force(command.feature)) || ring_index) {
    breach(LintRule::kGpuNotNegotiated, "queue {}: {}, flags {:#x}, features {:#x}", queue,
           command.name, request.header.flags, subject().features());
  }
}

void GpuChecker::check_content(const Request& request) {
  switch (request.command.type) {
    case Type::kGetDisplayInfo:
      display_asked_ = true;
      return;
    case Type::kGetEdid:
      return check_display(request, request.as<GetEdid>().scanout);
    case Type::kSetScanout:
      return check_scanout(request);
    case Type::kUpdateCursor:
      return check_cursor(request);
    case Type::kMoveCursor:
      return check_display(request, request.as<CursorPlace>().scanout_id);
    default:
      return check_resource_content(request);
  }
}

void GpuChecker::check_resource_content(const Request& request) {
  switch (request.command.type) {
    case Type::kResourceCreate2d:
      return check_create(request);
    case Type::kResourceUnref:
      return check_unref(request);
    case Type::kResourceFlush:
      return check_flush(request);
    case Type::kTransferToHost2d:
      return check_transfer(request);
    case Type::kResourceAttachBacking:
      return check_attach(request);
    case Type::kResourceDetachBacking:
      if (Resource* found = named(request, request.as<ResourceOnly>().resource_id)) {
        found->backing = 0;
      }
      return;
    default:
      return;
  }
}

GpuChecker::Resource* GpuChecker::named(const Request& request, uint32_t id) {
  const auto at = resources_.find(id);
  if (at != resources_.end()) return &at->second;
  if (knows_all()) {
    breach(LintRule::kGpuResourceId, "{}: there is no resource {}", request.command.name, id);
  }
  return nullptr;
}

void GpuChecker::check_display(const Request& request, uint32_t scanout) {
  const uint32_t count = config_head<Config>().num_scanouts;
  if (scanout < count) return;
  breach(LintRule::kGpuScanoutId, "{}: display {}, num_scanouts is {}", request.command.name,
         scanout, count);
}

void GpuChecker::check_rect(const Request& request, uint32_t id, const Resource& resource,
                            const Rect& rect) {
  if (gpu_rect_within(rect, resource.width, resource.height)) return;
  breach(LintRule::kGpuRectangle, "{}: {} x {} at {}, {}; resource {} has {} x {}",
         request.command.name, rect.width, rect.height, rect.x, rect.y, id, resource.width,
         resource.height);
}

void GpuChecker::check_create(const Request& request) {
  const auto wanted = request.as<ResourceCreate2d>();
  if (wanted.resource_id == 0 || resources_.count(wanted.resource_id) != 0) {
    return breach(LintRule::kGpuResourceId, "{}: resource {} {}", request.command.name,
                  wanted.resource_id, wanted.resource_id == 0 ? "means none" : "is there already");
  }
  if (find_gpu_format(wanted.format) == nullptr || wanted.width == 0 || wanted.height == 0) {
    return breach(LintRule::kGpuResourceForm, "{}: format {}, {} x {}", request.command.name,
                  wanted.format, wanted.width, wanted.height);
  }
  if (resources_.size() == kMaxResources) {
    too_many_ = true;
    resources_.clear();
  }
  if (knows_all()) resources_[wanted.resource_id] = {wanted.width, wanted.height};
}

void GpuChecker::check_unref(const Request& request) {
  const uint32_t id = request.as<ResourceOnly>().resource_id;
  if (named(request, id) != nullptr) resources_.erase(id);
}

void GpuChecker::check_scanout(const Request& request) {
  const auto wanted = request.as<SetScanout>();
  check_display(request, wanted.scanout_id);
  if (wanted.resource_id == 0) return;
  if (session().whole && !display_asked_) {
    breach(LintRule::kGpuDisplayNotAsked, "{}: {} x {} for display {}", request.command.name,
           wanted.r.width, wanted.r.height, wanted.scanout_id);
  }
  const Resource* resource = named(request, wanted.resource_id);
  if (resource != nullptr) check_rect(request, wanted.resource_id, *resource, wanted.r);
}

void GpuChecker::check_flush(const Request& request) {
  const auto wanted = request.as<ResourceFlush>();
  const Resource* resource = named(request, wanted.resource_id);
  if (resource != nullptr) check_rect(request, wanted.resource_id, *resource, wanted.r);
}

// Rows of the backing are as long as those of the resource.
void GpuChecker::check_transfer(const Request& request) {
  const auto wanted = request.as<TransferToHost2d>();
  Resource* resource = named(request, wanted.resource_id);
  if (resource == nullptr) return;
  check_rect(request, wanted.resource_id, *resource, wanted.r);
  if ((request.header.flags & kFlagFence) != 0) resource->filled = true;
  if (wanted.r.width == 0 || wanted.r.height == 0) return;
  const uint64_t row = uint64_t{resource->width} * GpuResource::kBytesPerPixel;
  const uint64_t bytes =
      row * (wanted.r.height - 1) + uint64_t{wanted.r.width} * GpuResource::kBytesPerPixel;
  if (bytes <= resource->backing && wanted.offset <= resource->backing - bytes) return;
  breach(LintRule::kGpuTransfer, "{}: {} bytes from {:#x} on, resource {} is backed by {}",
         request.command.name, bytes, wanted.offset, wanted.resource_id, resource->backing);
}

void GpuChecker::check_attach(const Request& request) {
  const auto wanted = request.as<AttachBacking>();
  const GuestMemory& memory = subject().memory();
  const uint64_t head = sizeof(Header) + sizeof(AttachBacking);
  const uint64_t entries = (chain_lengths(request.chain).readable - head) / sizeof(MemEntry);
  if (wanted.nr_entries == 0 || wanted.nr_entries > entries) {
    return breach(LintRule::kGpuBacking, "{}: nr_entries {}, there are {}", request.command.name,
                  wanted.nr_entries, entries);
  }
  Resource* resource = named(request, wanted.resource_id);
  // The device refuses more.
  const size_t count = std::min(wanted.nr_entries, GpuResource::kMaxEntries);
  const auto bytes = chain_head(memory, request.chain, head + count * sizeof(MemEntry));
  uint64_t total = 0;
  for (size_t i = 0; bytes && i < count; ++i) {
    MemEntry entry;
    std::memcpy(&entry, bytes->data() + head + i * sizeof entry, sizeof entry);
    if (!memory.contains(GuestAddr{entry.addr}, entry.length)) {
      return breach(LintRule::kGpuBacking, "{}: {} bytes at {:#x} are no memory",
                    request.command.name, entry.length, entry.addr);
    }
    total += entry.length;
  }
  if (resource != nullptr) resource->backing = total;
}

void GpuChecker::check_cursor(const Request& request) {
  const auto wanted = request.as<UpdateCursor>();
  check_display(request, wanted.place.scanout_id);
  if (wanted.resource_id == 0) return;
  const Resource* resource = named(request, wanted.resource_id);
  if (resource == nullptr) return;
  if (resource->width != kCursorSide || resource->height != kCursorSide) {
    breach(LintRule::kGpuCursorSize, "{}: resource {} has {} x {}", request.command.name,
           wanted.resource_id, resource->width, resource->height);
  }
  if (resource->filled) return;
  breach(LintRule::kGpuCursorNotFilled, "{}: resource {} had no transfer with a fence",
         request.command.name, wanted.resource_id);
}

}  // namespace vireo
