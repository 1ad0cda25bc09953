// A tree of files in memory, for 9P tests and fuzzing: no host, no permissions.
#pragma once

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "machine/base/file_tree.h"

namespace vireo::testing {

struct MemoryNode {
  FileInfo info;
  std::vector<std::byte> content;  // of a symbolic link: its target
  std::map<std::string, std::shared_ptr<MemoryNode>> children;
  std::map<std::string, std::vector<std::byte>> attributes;
};

class MemoryTreeFile final : public OpenFile {
 public:
  explicit MemoryTreeFile(std::shared_ptr<MemoryNode> node) : node_(std::move(node)) {}

  FileResult<size_t> read(uint64_t offset, std::span<std::byte> out) override {
    if (node_->info.is_directory()) return Errno::kIsDirectory;
    const size_t begin = std::min<uint64_t>(offset, node_->content.size());
    const size_t length = std::min(out.size(), node_->content.size() - begin);
    if (length > 0) std::memcpy(out.data(), node_->content.data() + begin, length);
    return length;
  }
  FileResult<size_t> write(uint64_t offset, std::span<const std::byte> in) override {
    if (offset > kMaxSize || in.size() > kMaxSize - offset) return Errno::kNoSpace;
    if (offset + in.size() > node_->content.size()) node_->content.resize(offset + in.size());
    if (!in.empty()) std::memcpy(node_->content.data() + offset, in.data(), in.size());
    node_->info.size = node_->content.size();
    return in.size();
  }
  Errno sync(bool) override {
    ++syncs;
    return Errno::kNone;
  }
  FileResult<FileInfo> info() override { return node_->info; }
  Errno resize(uint64_t size) override {
    if (size > kMaxSize) return Errno::kNoSpace;
    node_->content.resize(size);
    node_->info.size = size;
    return Errno::kNone;
  }

  static constexpr uint64_t kMaxSize = 1 << 20;
  static inline unsigned syncs = 0;

 private:
  std::shared_ptr<MemoryNode> node_;
};

class MemoryTree final : public FileTree {
 public:
  using NodePtr = std::shared_ptr<MemoryNode>;

  explicit MemoryTree(bool read_only = false) : read_only_(read_only) {
    root_ = make(file_mode::kDirectory | 0755, {});
  }

  // For tests that prepare a tree.
  void folder(const std::string& path) { (void)make_folder(path, {.mode = 0755}); }
  void file(const std::string& path, const std::string& text) {
    auto made = create(path, {.write = true}, true, {.mode = 0644});
    (void)(*made)->write(0, std::as_bytes(std::span(text)));
  }
  NodePtr node(const std::string& path) const {
    const auto found = find(path);
    return found ? *found : nullptr;
  }
  std::string text(const std::string& path) const {
    const auto& bytes = node(path)->content;
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }

  bool read_only() const override { return read_only_; }
  std::string description() const override { return "memory"; }

  FileResult<FileInfo> info(const std::string& path) override {
    const auto found = find(path);
    if (!found) return found.error();
    return (*found)->info;
  }
  FileResult<std::vector<FolderEntry>> list(const std::string& path) override {
    const auto found = find(path);
    if (!found) return found.error();
    std::vector<FolderEntry> entries;
    for (const auto& [name, child] : (*found)->children) {
      entries.push_back({name, child->info.type(), child->info.key});
    }
    return entries;
  }
  FileResult<std::string> read_link(const std::string& path) override {
    const auto found = find(path);
    if (!found) return found.error();
    if ((*found)->info.type() != file_mode::kSymlink) return Errno::kInvalid;
    return text(path);
  }
  FileResult<FileSystemInfo> file_system() override { return FileSystemInfo{.blocks = 100}; }

  FileResult<std::unique_ptr<OpenFile>> open(const std::string& path, OpenMode mode) override {
    const auto found = find(path);
    if (!found) return found.error();
    if ((*found)->info.is_directory() && mode.write) return Errno::kIsDirectory;
    auto file = std::make_unique<MemoryTreeFile>(*found);
    if (mode.truncate) (void)file->resize(0);
    return std::unique_ptr<OpenFile>(std::move(file));
  }
  FileResult<std::unique_ptr<OpenFile>> create(const std::string& path, OpenMode mode,
                                               bool exclusive, const NewFile& file) override {
    if (find(path) && !exclusive) return open(path, mode);
    const Errno error = add(path, make(file_mode::kRegular | file.mode, file));
    if (error != Errno::kNone) return error;
    return open(path, mode);
  }
  Errno make_folder(const std::string& path, const NewFile& file) override {
    return add(path, make(file_mode::kDirectory | file.mode, file));
  }
  Errno make_link(const std::string& path, const std::string& target,
                  const NewFile& file) override {
    auto link = make(file_mode::kSymlink | 0777, file);
    (void)MemoryTreeFile(link).write(0, std::as_bytes(std::span(target)));
    return add(path, link);
  }
  Errno make_node(const std::string& path, uint32_t device_major, uint32_t device_minor,
                  const NewFile& file) override {
    auto node = make(file.mode, file);
    node->info.device_major = device_major;
    node->info.device_minor = device_minor;
    return add(path, node);
  }
  Errno hard_link(const std::string& from, const std::string& to) override {
    const auto found = find(from);
    if (!found) return found.error();
    if ((*found)->info.is_directory()) return Errno::kNotPermitted;
    const Errno error = add(to, *found);
    if (error == Errno::kNone) ++(*found)->info.links;
    return error;
  }
  Errno rename(const std::string& from, const std::string& to) override {
    const auto moved = find(from);
    if (!moved) return moved.error();
    if (to.starts_with(from + '/')) return Errno::kInvalid;
    const auto folder = find(parent(to));
    if (!folder) return folder.error();
    if (!(*folder)->info.is_directory()) return Errno::kNotDirectory;
    if (const auto old = find(to)) {
      if (*old == *moved) return Errno::kNone;
      const Errno error = remove(to, (*old)->info.is_directory());
      if (error != Errno::kNone) return error;
    }
    (*find(parent(from)))->children.erase(last(from));
    (*folder)->children[last(to)] = *moved;
    return Errno::kNone;
  }
  Errno remove(const std::string& path, bool folder) override {
    const auto found = find(path);
    if (!found) return found.error();
    if (folder != (*found)->info.is_directory()) {
      return folder ? Errno::kNotDirectory : Errno::kIsDirectory;
    }
    if (!(*found)->children.empty()) return Errno::kNotEmpty;
    --(*found)->info.links;
    (*find(parent(path)))->children.erase(last(path));
    return Errno::kNone;
  }
  Errno change(const std::string& path, const FileChange& change) override {
    const auto found = find(path);
    if (!found) return found.error();
    FileInfo& info = (*found)->info;
    if (change.permissions) info.mode = info.type() | *change.permissions;
    info.uid = change.uid.value_or(info.uid);
    info.gid = change.gid.value_or(info.gid);
    if (change.modified && !change.modified->now) info.modified = change.modified->value;
    return Errno::kNone;
  }

  FileResult<std::vector<std::string>> list_attributes(const std::string& path) override {
    const auto found = find(path);
    if (!found) return found.error();
    std::vector<std::string> names;
    for (const auto& [name, value] : (*found)->attributes) names.push_back(name);
    return names;
  }
  FileResult<std::vector<std::byte>> attribute(const std::string& path,
                                               const std::string& name) override {
    const auto found = find(path);
    if (!found) return found.error();
    const auto at = (*found)->attributes.find(name);
    if (at == (*found)->attributes.end()) return Errno::kNoData;
    return at->second;
  }
  Errno set_attribute(const std::string& path, const std::string& name,
                      std::span<const std::byte> value, uint32_t) override {
    const auto found = find(path);
    if (!found) return found.error();
    (*found)->attributes[name].assign(value.begin(), value.end());
    return Errno::kNone;
  }
  Errno remove_attribute(const std::string& path, const std::string& name) override {
    const auto found = find(path);
    if (!found) return found.error();
    return (*found)->attributes.erase(name) != 0 ? Errno::kNone : Errno::kNoData;
  }

 private:
  static std::string parent(const std::string& path) {
    const size_t slash = path.rfind('/');
    return slash == std::string::npos ? "" : path.substr(0, slash);
  }
  static std::string last(const std::string& path) { return path.substr(path.rfind('/') + 1); }

  NodePtr make(uint32_t mode, const NewFile& file) {
    auto node = std::make_shared<MemoryNode>();
    node->info.key = {7, 1000 + ++made_};
    node->info.mode = mode;
    node->info.uid = file.uid;
    node->info.gid = file.gid;
    node->info.modified = {1'000'000 + static_cast<int64_t>(made_), 5};
    return node;
  }
  FileResult<NodePtr> find(const std::string& path) const {
    NodePtr at = root_;
    for (size_t begin = 0; begin < path.size();) {
      const size_t end = std::min(path.find('/', begin), path.size());
      if (!at->info.is_directory()) return Errno::kNotDirectory;
      const auto child = at->children.find(path.substr(begin, end - begin));
      if (child == at->children.end()) return Errno::kNoEntry;
      at = child->second;
      begin = end + 1;
    }
    return at;
  }
  Errno add(const std::string& path, NodePtr node) {
    const auto folder = find(parent(path));
    if (!folder) return folder.error();
    if (!(*folder)->info.is_directory()) return Errno::kNotDirectory;
    if (!(*folder)->children.emplace(last(path), std::move(node)).second) return Errno::kExists;
    return Errno::kNone;
  }

  bool read_only_;
  uint64_t made_ = 0;
  NodePtr root_;
};

}  // namespace vireo::testing
