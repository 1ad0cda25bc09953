#include "virtio/lint/gpu_commands.h"

#include "virtio/features.h"

namespace vireo {

using namespace virtio_gpu;

namespace {

constexpr uint64_t kVirgl = feature_bit(0), kUuid = feature_bit(2), kBlob = feature_bit(3);
constexpr uint32_t kHead = sizeof(Header);

constexpr Type number(uint32_t value) { return static_cast<Type>(value); }

constexpr GpuCommand kCommands[] = {
    {Type::kGetDisplayInfo, "GET_DISPLAY_INFO", 0, kHead + sizeof(DisplayInfo), 0},
    {Type::kResourceCreate2d, "RESOURCE_CREATE_2D", sizeof(ResourceCreate2d), kHead, 0},
    {Type::kResourceUnref, "RESOURCE_UNREF", sizeof(ResourceOnly), kHead, 0},
    {Type::kSetScanout, "SET_SCANOUT", sizeof(SetScanout), kHead, 0},
    {Type::kResourceFlush, "RESOURCE_FLUSH", sizeof(ResourceFlush), kHead, 0},
    {Type::kTransferToHost2d, "TRANSFER_TO_HOST_2D", sizeof(TransferToHost2d), kHead, 0},
    {Type::kResourceAttachBacking, "RESOURCE_ATTACH_BACKING", sizeof(AttachBacking), kHead, 0},
    {Type::kResourceDetachBacking, "RESOURCE_DETACH_BACKING", sizeof(ResourceOnly), kHead, 0},
    {Type::kGetCapsetInfo, "GET_CAPSET_INFO", 8, kHead + 16, kVirgl},
    {Type::kGetCapset, "GET_CAPSET", 8, kHead, kVirgl},
    {Type::kGetEdid, "GET_EDID", sizeof(GetEdid), kHead + sizeof(EdidAnswer), kEdid},
    {number(0x10b), "RESOURCE_ASSIGN_UUID", 8, kHead + 16, kUuid},
    {number(0x10c), "RESOURCE_CREATE_BLOB", 32, kHead, kBlob},
    {number(0x10d), "SET_SCANOUT_BLOB", 72, kHead, kBlob},
    {number(0x200), "CTX_CREATE", 72, kHead, kVirgl},
    {number(0x201), "CTX_DESTROY", 0, kHead, kVirgl},
    {number(0x202), "CTX_ATTACH_RESOURCE", 8, kHead, kVirgl},
    {number(0x203), "CTX_DETACH_RESOURCE", 8, kHead, kVirgl},
    {number(0x204), "RESOURCE_CREATE_3D", 48, kHead, kVirgl},
    {number(0x205), "TRANSFER_TO_HOST_3D", 48, kHead, kVirgl},
    {number(0x206), "TRANSFER_FROM_HOST_3D", 48, kHead, kVirgl},
    {number(0x207), "SUBMIT_3D", 8, kHead, kVirgl},
    {number(0x208), "RESOURCE_MAP_BLOB", 16, kHead + 8, kBlob},
    {number(0x209), "RESOURCE_UNMAP_BLOB", 8, kHead, kBlob},
    {Type::kUpdateCursor, "UPDATE_CURSOR", sizeof(UpdateCursor), kHead, 0},
    {Type::kMoveCursor, "MOVE_CURSOR", sizeof(UpdateCursor), kHead, 0},
};

}  // namespace

const GpuCommand* find_gpu_command(Type type) {
  for (const GpuCommand& command : kCommands) {
    if (command.type == type) return &command;
  }
  return nullptr;
}

bool is_gpu_cursor_command(Type type) {
  return type == Type::kUpdateCursor || type == Type::kMoveCursor;
}

}  // namespace vireo
