// Rules about what drivers ask of a graphics card (VirtIO 1.4 section 5.7).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "virtio/gpu/gpu_protocol.h"
#include "virtio/lint/gpu_commands.h"
#include "virtio/lint/lint_checker.h"

namespace vireo {

// Remembers the resources that the driver made, up to a bound; with more than that, or when it
// did not see the driver's beginning, it judges no resource until the next reset.
class GpuChecker final : public LintChecker {
 public:
  static constexpr size_t kMaxResources = 16384;

  using LintChecker::LintChecker;
  void on_access(const DriverAccess& access) override;
  void on_chain(const WatchedChain& chain) override;
  void on_reset(DriverReset kind) override;
  void on_loaded() override { on_reset(DriverReset::kFunction); }

 private:
  struct Resource {
    uint32_t width = 0, height = 0;
    uint64_t backing = 0;  // bytes
    bool filled = false;   // by a transfer with a fence
  };
  struct Request {
    const WatchedChain& chain;
    virtio_gpu::Header header;
    const GpuCommand& command;
    std::vector<std::byte> fields;

    template <typename Fields>
    Fields as() const;
  };

  void check_form(const Request& request, uint64_t room);
  void check_content(const Request& request);
  void check_resource_content(const Request& request);
  void check_create(const Request& request);
  void check_unref(const Request& request);
  void check_scanout(const Request& request);
  void check_flush(const Request& request);
  void check_transfer(const Request& request);
  void check_attach(const Request& request);
  void check_cursor(const Request& request);
  void check_display(const Request& request, uint32_t scanout);
  void check_rect(const Request& request, uint32_t id, const Resource& resource,
                  const virtio_gpu::Rect& rect);
  // The resource, or null when there is none or it is not known whether there is one; the
  // former is reported.
  Resource* named(const Request& request, uint32_t id);
  bool knows_all() const { return session().whole && !too_many_; }

  std::map<uint32_t, Resource> resources_;
  bool too_many_ = false;
  bool display_asked_ = false;
};

}  // namespace vireo
