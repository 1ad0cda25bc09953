// The text modes of a VGA: letters with a font, colours and a cursor.
#pragma once

#include "machine/devices/vga/vga_picture.h"

namespace vireo {

Picture vga_letters(const VgaView& view);

}  // namespace vireo
