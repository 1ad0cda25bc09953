#include "virtio/gpu/gpu_device.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace vireo {

using namespace virtio_gpu;

namespace {

template <typename Body>
std::vector<std::byte> bytes_of(const Body& body) {
  const auto bytes = std::as_bytes(std::span(&body, 1));
  return {bytes.begin(), bytes.end()};
}

uint32_t clamped(unsigned pixels) {
  return std::clamp(pixels, VirtioGpuOptions::kSmallest, VirtioGpuOptions::kLargest);
}

// What a display can show of a resource.
bool can_show(const GpuResource& resource, const Rect& r) {
  constexpr uint32_t kSmallest = 16;
  return gpu_rect_within(r, resource.width(), resource.height()) && r.width >= kSmallest &&
         r.height >= kSmallest;
}

}  // namespace

VirtioGpu::VirtioGpu(const VirtioGpuOptions& options)
    : options_(options),
      size_{clamped(options.xres), clamped(options.yres)},
      resources_(options.max_hostmem),
      scanouts_(std::clamp<uint32_t>(options.max_outputs, 1, kMaxScanouts)) {}

void VirtioGpu::read_config(std::span<std::byte> out) const {
  const Config config{.events_read = events_,
                      .num_scanouts = static_cast<uint32_t>(scanouts_.size())};
  std::memcpy(out.data(), &config, std::min(out.size(), sizeof config));
}

// Only events_clear can be written: ones take events back.
void VirtioGpu::write_config(uint32_t offset, std::span<const std::byte> bytes) {
  std::array<std::byte, sizeof(Config)> written{};
  std::copy(bytes.begin(), bytes.end(), written.begin() + offset);
  Config config;
  std::memcpy(&config, written.data(), sizeof config);
  events_ &= ~config.events_clear;
}

QueueWork VirtioGpu::process_queue(unsigned /*index*/, Virtqueue& queue) {
  for (unsigned taken = 0; taken < kCommandsPerEvent; ++taken) {
    const auto chain = queue.pop();
    if (!chain) return QueueWork::kDrained;
    serve(*chain, queue);
  }
  return QueueWork::kMore;
}

// Section 5.7.6.7. Drivers leave no room for the answers of cursor commands; an answer that is
// longer than its room is cut.
void VirtioGpu::serve(const DescriptorChain& chain, Virtqueue& queue) {
  ChainReader reader(host().memory(), chain);
  const auto header = reader.read<Header>();
  const Answer answer =
      header ? obey(header->type, reader) : Answer{Type::kErrInvalidParameter};
  Header head{.type = answer.type};
  if (header && (header->flags & kFlagFence) != 0) {
    head.flags = kFlagFence;
    head.fence_id = header->fence_id;
    head.ctx_id = header->ctx_id;
  }
  std::vector<std::byte> bytes = bytes_of(head);
  bytes.insert(bytes.end(), answer.body.begin(), answer.body.end());
  ChainWriter writer(host().memory(), chain);
  writer.write(std::span<const std::byte>(bytes).first(
      std::min<size_t>(bytes.size(), writer.remaining())));
  queue.push(chain, writer.written());
}

// Reads the rest of a command; handlers give a whole answer or only its type.
template <typename Body, typename Handler>
VirtioGpu::Answer VirtioGpu::with(ChainReader& reader, Handler handler) {
  const auto body = reader.read<Body>();
  return body ? Answer{handler(*body)} : Answer{Type::kErrInvalidParameter};
}

VirtioGpu::Answer VirtioGpu::obey(Type command, ChainReader& body) {
  switch (command) {
    case Type::kGetDisplayInfo:
      return display_info();
    case Type::kGetEdid:
      return with<GetEdid>(body, [&](const GetEdid& asked) { return edid(asked); });
    case Type::kSetScanout:
      return with<SetScanout>(body, [&](const SetScanout& w) { return set_scanout(w); });
    case Type::kUpdateCursor:
      return with<UpdateCursor>(body, [&](const UpdateCursor& w) { return update_cursor(w); });
    case Type::kMoveCursor:
      return with<CursorPlace>(body, [&](const CursorPlace& w) { return move_cursor(w); });
    default:
      return obey_resource_command(command, body);
  }
}

VirtioGpu::Answer VirtioGpu::obey_resource_command(Type command, ChainReader& body) {
  switch (command) {
    case Type::kResourceCreate2d:
      return with<ResourceCreate2d>(
          body, [&](const ResourceCreate2d& wanted) { return resources_.create(wanted); });
    case Type::kResourceUnref:
      return with<ResourceOnly>(body, [&](const ResourceOnly& w) { return unref(w.resource_id); });
    case Type::kResourceFlush:
      return with<ResourceFlush>(body, [&](const ResourceFlush& w) { return flush(w); });
    case Type::kTransferToHost2d:
      return with<TransferToHost2d>(body, [&](const TransferToHost2d& w) { return transfer(w); });
    case Type::kResourceAttachBacking:
      return with<AttachBacking>(body, [&](const AttachBacking& w) { return attach(w, body); });
    case Type::kResourceDetachBacking:
      return with<ResourceOnly>(body, [&](const ResourceOnly& w) { return detach(w.resource_id); });
    default:
      return {Type::kErrUnspec};  // 3D, blobs and resources of other devices are not offered
  }
}

VirtioGpu::Answer VirtioGpu::display_info() const {
  DisplayInfo info;
  info.modes[0] = {.r = {0, 0, size_.width, size_.height}, .enabled = 1};
  return {Type::kOkDisplayInfo, bytes_of(info)};
}

VirtioGpu::Answer VirtioGpu::edid(const GetEdid& asked) const {
  if ((host().features() & kEdid) == 0) return {Type::kErrUnspec};
  if (asked.scanout >= scanouts_.size()) return {Type::kErrInvalidParameter};
  EdidAnswer answer;
  if (asked.scanout == 0) {
    const Edid edid = make_edid(size_);
    answer.size = static_cast<uint32_t>(edid.size());
    std::copy(edid.begin(), edid.end(), answer.edid);
  }
  return {Type::kOkEdid, bytes_of(answer)};
}

Type VirtioGpu::unref(uint32_t id) {
  if (resources_.find(id) == nullptr) return Type::kErrInvalidResourceId;
  for (GpuScanout& scanout : scanouts_) {
    if (scanout.resource_id == id) scanout.turn_off();
  }
  changed_ = true;
  resources_.erase(id);
  return Type::kOkNodata;
}

Type VirtioGpu::set_scanout(const SetScanout& wanted) {
  if (wanted.scanout_id >= scanouts_.size()) return Type::kErrInvalidScanoutId;
  GpuScanout& scanout = scanouts_[wanted.scanout_id];
  changed_ = true;
  if (wanted.resource_id == 0) {
    scanout.turn_off();
    return Type::kOkNodata;
  }
  const GpuResource* resource = resources_.find(wanted.resource_id);
  if (resource == nullptr) return Type::kErrInvalidResourceId;
  if (!can_show(*resource, wanted.r)) return Type::kErrInvalidParameter;
  scanout.resource_id = wanted.resource_id;
  scanout.rect = wanted.r;
  return Type::kOkNodata;
}

// What was transferred is there already; this says that it is whole.
Type VirtioGpu::flush(const ResourceFlush& wanted) {
  const GpuResource* resource = resources_.find(wanted.resource_id);
  if (resource == nullptr) return Type::kErrInvalidResourceId;
  if (!gpu_rect_within(wanted.r, resource->width(), resource->height())) {
    return Type::kErrInvalidParameter;
  }
  if (shown(wanted.resource_id)) changed_ = true;
  return Type::kOkNodata;
}

Type VirtioGpu::transfer(const TransferToHost2d& wanted) {
  GpuResource* resource = resources_.find(wanted.resource_id);
  if (resource == nullptr) return Type::kErrInvalidResourceId;
  if (!resource->backed()) return Type::kErrUnspec;
  if (!gpu_rect_within(wanted.r, resource->width(), resource->height())) {
    return Type::kErrInvalidParameter;
  }
  if (shown(wanted.resource_id)) changed_ = true;
  const bool done = resource->transfer(host().memory(), wanted.r, wanted.offset);
  return done ? Type::kOkNodata : Type::kErrInvalidParameter;
}

Type VirtioGpu::attach(const AttachBacking& wanted, ChainReader& entries) {
  GpuResource* resource = resources_.find(wanted.resource_id);
  if (resource == nullptr) return Type::kErrInvalidResourceId;
  if (resource->backed()) return Type::kErrUnspec;
  if (wanted.nr_entries == 0 || wanted.nr_entries > GpuResource::kMaxEntries ||
      entries.remaining() / sizeof(MemEntry) < wanted.nr_entries) {
    return Type::kErrInvalidParameter;
  }
  std::vector<MemEntry> pieces(wanted.nr_entries);
  const GuestMemory& memory = host().memory();
  for (MemEntry& piece : pieces) {
    const auto entry = entries.read<MemEntry>();
    if (!entry || !memory.contains(GuestAddr{entry->addr}, entry->length)) return Type::kErrUnspec;
    piece = *entry;
  }
  return resources_.attach(*resource, std::move(pieces));
}

Type VirtioGpu::detach(uint32_t id) {
  GpuResource* resource = resources_.find(id);
  if (resource == nullptr) return Type::kErrInvalidResourceId;
  if (!resource->backed()) return Type::kErrUnspec;
  resources_.detach(*resource);
  return Type::kOkNodata;
}

Type VirtioGpu::move_cursor(const CursorPlace& wanted) {
  if (wanted.scanout_id >= scanouts_.size()) return Type::kErrInvalidScanoutId;
  scanouts_[wanted.scanout_id].cursor.move(wanted.x, wanted.y);
  changed_ = true;
  return Type::kOkNodata;
}

Type VirtioGpu::update_cursor(const UpdateCursor& wanted) {
  if (wanted.place.scanout_id >= scanouts_.size()) return Type::kErrInvalidScanoutId;
  GpuCursor& cursor = scanouts_[wanted.place.scanout_id].cursor;
  if (wanted.resource_id == 0) {
    cursor.hide();
    return move_cursor(wanted.place);
  }
  const GpuResource* resource = resources_.find(wanted.resource_id);
  if (resource == nullptr) return Type::kErrInvalidResourceId;
  if (resource->width() != kCursorSide || resource->height() != kCursorSide) {
    return Type::kErrInvalidParameter;
  }
  cursor.define(*resource);
  return move_cursor(wanted.place);
}

// The size is the user's wish, and stands for the next driver.
void VirtioGpu::reset() {
  events_ = 0;
  resources_.clear();
  std::fill(scanouts_.begin(), scanouts_.end(), GpuScanout());
  changed_ = true;
}

void VirtioGpu::visit(Archive& archive) {
  archive.io(size_.width);
  archive.io(size_.height);
  archive.io(events_);
  resources_.visit(archive);
  for (GpuScanout& scanout : scanouts_) scanout.visit(archive);
  if (archive.saving()) return;
  changed_ = true;
  const bool sound =
      size_.width == clamped(size_.width) && size_.height == clamped(size_.height) &&
      std::all_of(scanouts_.begin(), scanouts_.end(), [&](const GpuScanout& scanout) {
        const GpuResource* resource = resources_.find(scanout.resource_id);
        return scanout.resource_id == 0 ||
               (resource != nullptr && can_show(*resource, scanout.rect));
      });
  if (sound && archive.ok()) return;
  archive.fail();
  size_ = {clamped(size_.width), clamped(size_.height)};
  std::fill(scanouts_.begin(), scanouts_.end(), GpuScanout());
}

Picture VirtioGpu::picture() {
  const GpuScanout& scanout = scanouts_[0];
  const GpuResource* resource = resources_.find(scanout.resource_id);
  return resource == nullptr ? Picture(size_.width, size_.height) : scanout.picture(*resource);
}

bool VirtioGpu::changed() { return std::exchange(changed_, false); }

void VirtioGpu::offer_size(PictureSize size) {
  const PictureSize next{clamped(size.width), clamped(size.height)};
  if (next == size_) return;
  size_ = next;
  events_ |= kEventDisplay;
  if (!in_use()) changed_ = true;
  host().config_changed();
}

}  // namespace vireo
