// ACPI resource descriptors, the contents of _CRS and _PRS (ACPI 6.5 section 6.4).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>

#include "firmware/acpi/aml.h"

namespace vireo::aml {

// One descriptor's bytes; several are joined with + and wrapped by
// resource_template.
using Resource = Code;

Resource io(uint16_t base, uint8_t length);            // fixed, 16-bit decode
Resource irq(unsigned line);                           // ISA: edge, active high, not shared
Resource level_irqs(std::span<const uint32_t> lines);  // level, active low, shared; one of them
Resource fixed_memory32(uint32_t base, uint32_t length);

// What a bridge forwards; `first` and `last` are both within the window.
Resource bus_window(uint16_t first, uint16_t last);
Resource io_window(uint16_t first, uint16_t last);
Resource memory_window32(uint32_t first, uint32_t last);
Resource memory_window64(uint64_t first, uint64_t last);

// ResourceTemplate: the descriptors and the end tag, as a buffer.
Code resource_template(const Resource& descriptors);

}  // namespace vireo::aml
