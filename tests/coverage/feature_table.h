// The features that CPUID may show, and the tests that prove each: a table in
// Markdown, made from what a run of the tests measured.
#pragma once

#include <string>

#include "tests/coverage/row_counts_file.h"

namespace vireo {

std::string feature_table(const RowUses& uses);

}  // namespace vireo
