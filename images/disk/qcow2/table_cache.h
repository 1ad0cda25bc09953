// Tables of an image file that are held in memory: the last ones used, with what was changed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "images/disk/big_endian.h"
#include "images/disk/image_bytes.h"
#include "machine/base/result.h"

namespace vireo::qcow2 {

// One cluster of numbers, as they stand in the file.
class Table {
 public:
  Table(uint64_t offset, std::vector<std::byte> bytes)
      : offset_(offset), bytes_(std::move(bytes)) {}

  uint64_t offset() const { return offset_; }
  const std::byte* bytes() const { return bytes_.data(); }
  uint64_t entry(uint64_t index) const { return load_big<uint64_t>(bytes_.data() + index * 8); }
  void set_entry(uint64_t index, uint64_t value) { store_big(change(index * 8, 8), value); }
  // Where `length` bytes at `at` are going to be changed.
  std::byte* change(uint64_t at, uint64_t length);

 private:
  friend class TableCache;
  uint64_t offset_;
  std::vector<std::byte> bytes_;
  uint64_t dirty_begin_ = UINT64_MAX;  // what is not in the file yet
  uint64_t dirty_end_ = 0;
  uint64_t used_ = 0;  // when, in calls of the cache
};

// Holds up to `limit` tables. A table stays where it is until the next call of load() or add().
class TableCache {
 public:
  // `before_write` is called before a changed table goes to the file to make room for another:
  // what must be there first.
  TableCache(ImageBytes& file, uint64_t table_bytes, size_t limit,
             std::function<Result<void>()> before_write)
      : file_(file),
        table_bytes_(table_bytes),
        limit_(limit),
        before_write_(std::move(before_write)) {}

  Result<Table*> load(uint64_t offset);
  // A new table, all of it changed: zeros, or `content`.
  Result<Table*> add(uint64_t offset, std::vector<std::byte> content = {});
  bool has(uint64_t offset) const { return tables_.count(offset) != 0; }
  // The table's place is used otherwise from now on.
  void drop(uint64_t offset) { tables_.erase(offset); }

  // Whether some table has changes that are not in the file.
  bool dirty() const;
  Result<void> write_changes();

 private:
  Result<void> make_room();
  Result<void> write(Table& table);
  Table& put(uint64_t offset, std::vector<std::byte> bytes);

  ImageBytes& file_;
  uint64_t table_bytes_;
  size_t limit_;
  std::function<Result<void>()> before_write_;
  std::map<uint64_t, Table> tables_;
  uint64_t clock_ = 0;
};

}  // namespace vireo::qcow2
