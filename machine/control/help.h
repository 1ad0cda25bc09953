// What --help and --version print.
#pragma once

#include <string>

namespace vireo {

// Every option by group, made from the table; then the keys and the exit codes.
std::string help_text();
std::string version_text();

}  // namespace vireo
