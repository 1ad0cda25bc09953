// The three descriptors that each process has, or should have.
#pragma once

namespace vireo {

// Gives /dev/null to those of 0, 1 and 2 that the caller closed. Otherwise the
// next file to be opened, a disk image perhaps, would be taken for standard
// output and get what the guest prints. To be called before any file is opened.
void fill_standard_fds();

}  // namespace vireo
