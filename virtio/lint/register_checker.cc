#include "virtio/lint/register_checker.h"

#include "virtio/features.h"
#include "virtio/lint/common_fields.h"

namespace vireo {
namespace {

std::string_view verb(const DriverAccess& access) { return access.write ? "written" : "read"; }

std::string_view interface_name(VirtioInterface via) {
  return via == VirtioInterface::kLegacy ? "legacy" : "modern";
}

}  // namespace

void RegisterChecker::on_access(const DriverAccess& access) {
  if (access.write) check_interface(access);
  switch (access.region) {
    case VirtioRegion::kCommon:
      check_common(access);
      break;
    case VirtioRegion::kIsr:
      check_isr(access);
      break;
    case VirtioRegion::kDevice:
    case VirtioRegion::kNotify:
    case VirtioRegion::kNotifyPort:
    case VirtioRegion::kLegacy:
      break;
  }
}

void RegisterChecker::check_interface(const DriverAccess& access) {
  if (!session().interface) return;
  const auto now =
      access.region == VirtioRegion::kLegacy ? VirtioInterface::kLegacy : VirtioInterface::kModern;
  if (now == *session().interface) return;
  breach(LintRule::kInterfacesMixed, "{} interface written at {:#x}, after the {} one",
         interface_name(now), access.offset, interface_name(*session().interface));
}

void RegisterChecker::check_common(const DriverAccess& access) {
  const CommonField* field = common_field(access.offset);
  if (field == nullptr || field->offset != access.offset || field->width != access.size) {
    breach(LintRule::kAccessWidth, "{} bytes {} at {:#x}{}{}", access.size, verb(access),
           access.offset, field == nullptr ? "" : ", in ", field == nullptr ? "" : field->name);
    return;
  }
  if (access.write && !field->writable) {
    breach(LintRule::kReadOnlyWritten, "{} written {:#x}", field->name, access.value);
  }
  check_vector(access);
}

// The reading back must be the next use of the register that was written.
void RegisterChecker::check_vector(const DriverAccess& access) {
  const auto& vector = session().unverified_vector;
  if (!vector || !access.write) return;
  breach(LintRule::kVectorNotVerified, "{} written, not read before offset {:#x} was written",
         common_field(*vector)->name, access.offset);
}

void RegisterChecker::check_isr(const DriverAccess& access) {
  if (access.write) {
    breach(LintRule::kReadOnlyWritten, "ISR status written {:#x}", access.value);
  } else if (subject().msix_enabled()) {
    breach(LintRule::kIsrWithMsix, "ISR status read while MSI-X is enabled");
  }
}

void RegisterChecker::on_status(VirtioInterface via, uint8_t before, uint8_t written, uint8_t) {
  const bool live = written & ~before & virtio_status::kDriverOk;
  if (!live || via != VirtioInterface::kModern) return;
  if (session().config_read_elsewhere && !session().generation_read) {
    breach(LintRule::kGenerationNotRead,
           "{} reads of the configuration before DRIVER_OK, none of config_generation",
           session().config_reads);
  }
}

}  // namespace vireo
