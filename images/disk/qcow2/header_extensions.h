// What follows a qcow2 header: the backing file's format, names of features, bitmaps.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "images/disk/qcow2/header.h"

namespace vireo::qcow2 {

// Reads the extensions between the header and `end`, which is within the file, into `header`.
// Those that are not known are skipped, as the format wants.
Result<void> read_extensions(RandomFile& file, Header& header, uint64_t end);

// Appends the extensions of `header` and their end.
void add_extensions(std::vector<std::byte>& bytes, const Header& header);

// Says which incompatible features `bits` are, by the names that the image itself gives where we
// have none.
std::string unknown_features(RandomFile& file, const Header& header, uint64_t bits);

}  // namespace vireo::qcow2
