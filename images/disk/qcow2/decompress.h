// Compressed clusters of qcow2: raw deflate with a window of 4 KiB, or a Zstandard frame.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "images/disk/qcow2/header.h"

namespace vireo::qcow2 {

// Fills all of `out` from `in`, which may be longer than what was packed. False when `in` is
// damaged or gives too little.
bool decompress_cluster(Compression how, std::span<const std::byte> in, std::span<std::byte> out);

// Packs `in`; empty when it does not get smaller.
std::vector<std::byte> compress_cluster(Compression how, std::span<const std::byte> in);

}  // namespace vireo::qcow2
