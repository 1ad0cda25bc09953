// The page-directory-pointer registers of PAE paging (SDM 3A 4.4.1).
#pragma once

#include "cpu/cpu.h"

namespace vireo {

// Whether PAE paging is in use with these register values.
bool uses_pae_paging(uint64_t cr0, uint64_t cr4, uint64_t efer);

// Loads the four registers from the table that `cr3` names. #GP(0), with the
// registers as before, when a present entry has a reserved bit.
Status load_pdptes(Cpu& cpu, uint64_t cr3);

}  // namespace vireo
