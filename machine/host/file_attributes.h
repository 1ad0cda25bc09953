// Permissions and extended attributes of files that must not be opened for reading or
// followed: by a descriptor from O_PATH.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "machine/base/file_tree.h"
#include "machine/host/folder_walk.h"

namespace vireo {

// kNotSupported for a symbolic link.
Errno set_permissions(const FolderPlace& at, uint32_t permissions);

// An invalid descriptor stands for the error in errno. Names outside user.* do not exist, and
// are not supported when set: the others belong to the host.
FileResult<std::vector<std::string>> list_file_attributes(const UniqueFd& file);
FileResult<std::vector<std::byte>> file_attribute(const UniqueFd& file, const std::string& name);
Errno set_file_attribute(const UniqueFd& file, const std::string& name,
                         std::span<const std::byte> value, uint32_t flags);
Errno remove_file_attribute(const UniqueFd& file, const std::string& name);

}  // namespace vireo
