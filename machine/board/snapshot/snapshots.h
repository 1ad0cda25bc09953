// Saves the whole state of a machine, to a file or in this process, and brings it back.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "machine/base/result.h"
#include "machine/board/core.h"
#include "machine/board/snapshot/disk_state.h"
#include "machine/board/snapshot/ram_image.h"
#include "machine/board/snapshot/state_part.h"
#include "machine/host/stored_file.h"

namespace vireo {

// What of a machine is saved; all of it outlives the user. Parts and disks are asked for each
// time, as devices come and go.
struct SnapshotWiring {
  MachineCore& core;
  std::function<std::vector<StatePart>()> parts;
  std::function<std::vector<DiskForSnapshot>()> disks;
  std::function<std::string()> description;
  std::function<void()> after_load;  // what no part can restore alone
  std::function<void()> from_file;   // another state has come, of another run
};

// A state in this process, without the disks. Copies share the memory's content.
struct MachineState {
  std::vector<StateSection> sections;
  RamImage ram;
  std::string description;
  uint64_t instructions = 0;
  uint64_t virtual_ns = 0;
};

// Everything is called between two instructions: from an event, an alarm, or an input source at
// its poll, or while the machine does not run.
class Snapshots {
 public:
  struct SaveOptions {
    // A smaller file, which takes longer to write and cannot be mapped to start from it.
    bool compress = false;
  };
  struct LoadOptions {
    // Checks all of the memory's content first. Otherwise that is read when it is touched.
    bool verify = false;
  };

  explicit Snapshots(SnapshotWiring wiring);

  // What belongs to the run but not to the machine (a schedule, say) and is saved with it.
  void add_part(StatePart part) { more_parts_.push_back(std::move(part)); }

  // Writes a file, which is there whole or not at all. Images that the guest writes to are
  // flushed first.
  Result<void> save(const std::string& path, const SaveOptions& options);

  // Makes this machine the one that was saved. Memory is a private view of the file, so that
  // nothing is read before it is needed; the file must not be changed in place meanwhile (a new
  // one under its name is no change). After an error the machine is as it was.
  Result<void> load(const std::string& path, const LoadOptions& options);

  // The same within this process. `before`, an earlier state, shares what has not changed.
  MachineState capture(const MachineState* before);
  // An error when devices came or went since. The disks are the caller's business.
  Result<void> restore(const MachineState& state);

 private:
  std::vector<StatePart> all_parts() const;
  Result<void> write(DiskFile& file, const SaveOptions& options);
  Result<StateSection> write_ram(ChunkWriter& writer);
  struct Loading;
  Result<void> check(Loading& loading, const LoadOptions& options);
  Result<void> check_ram(Loading& loading, const LoadOptions& options);
  Result<void> check_disks(Loading& loading);
  Result<void> load_ram(Loading& loading);
  Result<void> load_all(std::span<const StatePart> parts, std::span<const StateSection> sections,
                        const std::string& source);

  SnapshotWiring wiring_;
  std::vector<StatePart> more_parts_;
};

}  // namespace vireo
