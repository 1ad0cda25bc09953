// The options of a disk, after its drive had its say.
#pragma once

#include "machine/board/machine_config.h"

namespace vireo {

// The device's own serial number and write cache, or what the drive gives instead; its own number
// of queues, or one for each of the machine's processors.
VirtioBlkOptions settled_blk_options(const BlkConfig& device, const DriveConfig& drive,
                                     unsigned processors);

}  // namespace vireo
