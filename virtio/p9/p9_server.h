// A file server for one 9P2000.L client: messages in, answers out, files from a FileTree.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "machine/base/archive.h"
#include "machine/base/file_tree.h"
#include "virtio/p9/p9_fid.h"
#include "virtio/p9/p9_nodes.h"
#include "virtio/p9/p9_protocol.h"
#include "virtio/p9/p9_wire.h"

namespace vireo {

// Requests are answered one after another and completely, so Tflush never finds anything to
// cancel. Every error is an Rlerror with a Linux number; no request, however malformed, has
// another effect than its answer. Locks are granted always: the client's kernel arbitrates
// between its own processes, and nobody else shares the session.
//
// Names: a walk element, or the name of something new, is one name. Empty ones and those with
// '/' or NUL do not exist; ".." walks up and stops at the root.
class P9Server {
 public:
  // The largest message: 128 descriptors of a page each, what a legacy driver's ring can hold.
  static constexpr uint32_t kMaxMessage = 512 << 10;
  static constexpr uint32_t kMinMessage = 4096;
  static constexpr uint32_t kMaxPath = 4095;
  // What an answer needs at least: an Rlerror.
  static constexpr uint32_t kMinReply = p9::kErrorBytes;

  // `now` is the guest's clock, for the times of what the guest changes. Both must outlive it.
  P9Server(FileTree& tree, std::function<FileTime()> now);

  // Answers `message` (its size field may lie) into `reply`, of kMinReply bytes or more. Returns
  // the bytes of the answer; 0 for a message without a whole header, which has no tag to answer.
  uint32_t answer(std::span<const std::byte> message, std::span<std::byte> reply);

  // Forgets the session and its fids; the numbering of files stays while the machine lives.
  void end_session();
  void reset();
  // Fids are saved by path and opened again on loading. One whose file has gone meanwhile
  // answers with ESTALE.
  void visit(Archive& archive);

 private:
  using Handler = Errno (P9Server::*)(P9Reader& in, P9Writer& out);
  struct Row {
    p9::Type type;
    Handler handler;
    uint32_t least_room;  // bytes of the answer behind its header, as far as fixed
  };
  static const Row kRows[];
  static const Row* find_row(uint8_t type);
  Errno handle(uint8_t type, P9Reader& in, P9Writer& out);

  // p9_server.cc: the session.
  Errno version(P9Reader& in, P9Writer& out);
  Errno auth(P9Reader& in, P9Writer& out);
  Errno attach(P9Reader& in, P9Writer& out);
  Errno flush(P9Reader& in, P9Writer& out);
  Errno walk(P9Reader& in, P9Writer& out);
  Errno clunk(P9Reader& in, P9Writer& out);

  // p9_files.cc: opened files and folders.
  Errno lopen(P9Reader& in, P9Writer& out);
  Errno lcreate(P9Reader& in, P9Writer& out);
  Errno read(P9Reader& in, P9Writer& out);
  Errno write(P9Reader& in, P9Writer& out);
  Errno readdir(P9Reader& in, P9Writer& out);
  Errno fsync(P9Reader& in, P9Writer& out);
  Errno lock(P9Reader& in, P9Writer& out);
  Errno getlock(P9Reader& in, P9Writer& out);

  // p9_names.cc: what changes folders.
  Errno symlink(P9Reader& in, P9Writer& out);
  Errno mknod(P9Reader& in, P9Writer& out);
  Errno mkdir(P9Reader& in, P9Writer& out);
  Errno link(P9Reader& in, P9Writer& out);
  Errno rename(P9Reader& in, P9Writer& out);
  Errno renameat(P9Reader& in, P9Writer& out);
  Errno unlinkat(P9Reader& in, P9Writer& out);
  Errno remove(P9Reader& in, P9Writer& out);

  // p9_attributes.cc: what is said of files.
  Errno getattr(P9Reader& in, P9Writer& out);
  Errno setattr(P9Reader& in, P9Writer& out);
  Errno statfs(P9Reader& in, P9Writer& out);
  Errno readlink(P9Reader& in, P9Writer& out);
  Errno xattrwalk(P9Reader& in, P9Writer& out);
  Errno xattrcreate(P9Reader& in, P9Writer& out);

  // Steps of the above.
  FileResult<FileInfo> info_of(const P9Fid& fid);
  FileResult<P9Fid*> fid_with_path(uint32_t number);
  FileResult<P9Fid*> open_fid(uint32_t number, P9Fid::Use use);
  // The path of `name` in the folder of fid `number`, for something new or to be removed.
  FileResult<std::string> named_in(uint32_t number, const std::string& name);
  Errno close(P9Fid& fid);
  Errno set_attribute(P9Fid& fid);
  Errno list(P9Fid& fid);
  Errno finish_new(const std::string& path, P9Writer& out);
  Errno move(const std::string& from, const std::string& to);
  Errno take_away(const std::string& path, bool folder);
  void lost_name(const FileInfo& before);
  bool open_somewhere(const FileKey& key);
  Errno resize(P9Fid& fid, uint64_t size);
  void apply_times(const FileKey& key, uint32_t valid, const FileTime& accessed,
                   const FileTime& modified);
  void folder_changed(const std::string& folder);
  void visit_fid(Archive& archive, P9Fid& fid);
  void reopen(P9Fid& fid, const P9Nodes::Node& node);

  FileTree& tree_;
  std::function<FileTime()> now_;
  uint32_t message_limit_ = 0;  // agreed upon; 0: no session
  P9FidTable fids_;
  P9Nodes nodes_;
};

// Whether `name` can be that of a file in a folder.
Errno check_p9_name(const std::string& name);

}  // namespace vireo
