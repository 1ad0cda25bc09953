// The virtio functions of the machine, in the order in which they came.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "machine/base/event_queue.h"
#include "machine/base/result.h"
#include "machine/board/hot_plug.h"
#include "machine/board/pci_placing.h"
#include "machine/board/virtio/make_virtio.h"
#include "virtio/transport/pci_function.h"

namespace vireo {

// One device: how it was described, what stands behind it, and its function.
struct VirtioUnit {
  VirtioDeviceConfig config;
  std::unique_ptr<VirtioBackEnd> back_end;  // may be null
  std::unique_ptr<VirtioPciFunction> function;
};

class VirtioDevices final : public HotPlug {
 public:
  // `material` and `placing` must outlive this.
  VirtioDevices(const VirtioMaterial& material, PciPlacing& placing);

  // Makes every device of the configuration and puts the functions on their buses.
  Result<void> create();

  // HotPlug.
  Result<void> plug(const VirtioDeviceConfig& config) override;
  Result<void> unplug(const std::string& id) override;

  // A network for a card to come, which opens it. Its id must be free.
  Result<void> add_network(NetdevSpec network);
  // Takes back a network that no card has. False: there is none of that id.
  Result<bool> remove_network(const std::string& id);

  // Expansion ROMs that have no base address register (rombar=off), each under the name of its
  // file; for the configuration device.
  const std::map<std::string, std::vector<std::byte>>& loose_roms() const { return loose_roms_; }

  // Called with each function that there is now and with those that come.
  void set_on_new(std::function<void(VirtioPciFunction&)> on_new);

  // Brings what the guest wrote to stable storage. All are tried; the error is the first.
  Result<void> flush();

  // The device with this id, or null.
  VirtioUnit* find(const std::string& id);
  void for_each(const std::function<void(VirtioUnit&)>& visit);

 private:
  Result<void> check_new(const VirtioDeviceConfig& config);
  void choose_mac(NetConfig& card) const;
  std::string rom_path(const VirtioDeviceConfig& config) const;
  Result<void> add_rom(const VirtioDeviceConfig& config, PciFunction& function);
  Result<void> add_loose_rom(const VirtioDeviceConfig& config, const std::string& path,
                             std::vector<std::byte> image);
  void let_go(PciFunction& function);
  void bury();
  Result<std::unique_ptr<VirtioUnit>> make(const VirtioDeviceConfig& config);

  VirtioMaterial material_;
  PciPlacing& placing_;
  std::function<void(VirtioPciFunction&)> on_new_;
  std::map<std::string, unsigned> made_;  // of each type, for their names
  std::map<std::string, std::vector<std::byte>> loose_roms_;
  std::vector<std::unique_ptr<VirtioUnit>> units_;
  // Off their bus, perhaps in the middle of an instruction; destroyed after it.
  std::vector<std::unique_ptr<VirtioUnit>> gone_;
  Event burial_;
};

}  // namespace vireo
