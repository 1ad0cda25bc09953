#include "images/disk/qcow2/table_cache.h"

#include <algorithm>
#include <span>
#include <utility>

namespace vireo::qcow2 {

std::byte* Table::change(uint64_t at, uint64_t length) {
  dirty_begin_ = std::min(dirty_begin_, at);
  dirty_end_ = std::max(dirty_end_, at + length);
  return bytes_.data() + at;
}

Result<Table*> TableCache::load(uint64_t offset) {
  if (const auto found = tables_.find(offset); found != tables_.end()) {
    found->second.used_ = ++clock_;
    return &found->second;
  }
  if (auto room = make_room(); !room) return room.error();
  std::vector<std::byte> bytes(static_cast<size_t>(table_bytes_));
  if (auto done = file_.read(offset, bytes); !done) return done.error();
  return &put(offset, std::move(bytes));
}

Result<Table*> TableCache::add(uint64_t offset, std::vector<std::byte> content) {
  drop(offset);
  if (auto room = make_room(); !room) return room.error();
  content.resize(static_cast<size_t>(table_bytes_));
  Table& table = put(offset, std::move(content));
  table.change(0, table_bytes_);
  return &table;
}

Table& TableCache::put(uint64_t offset, std::vector<std::byte> bytes) {
  Table& table = tables_.emplace(offset, Table(offset, std::move(bytes))).first->second;
  table.used_ = ++clock_;
  return table;
}

Result<void> TableCache::make_room() {
  if (tables_.size() < limit_) return {};
  const auto oldest = std::min_element(
      tables_.begin(), tables_.end(),
      [](const auto& a, const auto& b) { return a.second.used_ < b.second.used_; });
  if (oldest->second.dirty_end_ != 0) {
    if (auto ready = before_write_(); !ready) return ready;
    if (auto done = write(oldest->second); !done) return done;
  }
  tables_.erase(oldest);
  return {};
}

Result<void> TableCache::write(Table& table) {
  if (table.dirty_end_ == 0) return {};
  const std::span<const std::byte> changed =
      std::span<const std::byte>(table.bytes_)
          .subspan(table.dirty_begin_, table.dirty_end_ - table.dirty_begin_);
  if (auto done = file_.write(table.offset_ + table.dirty_begin_, changed); !done) return done;
  table.dirty_begin_ = UINT64_MAX;
  table.dirty_end_ = 0;
  return {};
}

bool TableCache::dirty() const {
  return std::any_of(tables_.begin(), tables_.end(),
                     [](const auto& item) { return item.second.dirty_end_ != 0; });
}

Result<void> TableCache::write_changes() {
  for (auto& [offset, table] : tables_) {
    if (auto done = write(table); !done) return done;
  }
  return {};
}

}  // namespace vireo::qcow2
