// The text of a -chardev or of chardev-add, made into a channel's description.
#pragma once

#include <string_view>
#include <vector>

#include "machine/base/result.h"
#include "machine/board/control_panel.h"
#include "machine/board/machine_config.h"

namespace vireo {

// "socket,id=c,path=/tmp/s,server=on,wait=off". `verb` ("chardev-add") begins every error.
Result<ChardevConfig> parse_chardev(std::string_view verb, std::string_view text);
// Opens one beside a machine that runs, which waits for nobody, so a server must not either.
Result<void> add_running_chardev(ControlPanel& panel, const ChardevConfig& chardev);
// The kinds that there are: "null", "socket", ...
std::vector<std::string_view> chardev_kinds();

}  // namespace vireo
