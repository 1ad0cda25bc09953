#include "virtio/p9/p9_server.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace vireo {

using p9::Type;

const P9Server::Row P9Server::kRows[] = {
    {Type::kStatfs, &P9Server::statfs, 60},
    {Type::kLopen, &P9Server::lopen, 17},
    {Type::kLcreate, &P9Server::lcreate, 17},
    {Type::kSymlink, &P9Server::symlink, 13},
    {Type::kMknod, &P9Server::mknod, 13},
    {Type::kRename, &P9Server::rename, 0},
    {Type::kReadlink, &P9Server::readlink, 2},
    {Type::kGetattr, &P9Server::getattr, 153},
    {Type::kSetattr, &P9Server::setattr, 0},
    {Type::kXattrwalk, &P9Server::xattrwalk, 8},
    {Type::kXattrcreate, &P9Server::xattrcreate, 0},
    {Type::kReaddir, &P9Server::readdir, 4},
    {Type::kFsync, &P9Server::fsync, 0},
    {Type::kLock, &P9Server::lock, 1},
    {Type::kGetlock, &P9Server::getlock, 23},
    {Type::kLink, &P9Server::link, 0},
    {Type::kMkdir, &P9Server::mkdir, 13},
    {Type::kRenameat, &P9Server::renameat, 0},
    {Type::kUnlinkat, &P9Server::unlinkat, 0},
    {Type::kVersion, &P9Server::version, 6},
    {Type::kAuth, &P9Server::auth, 13},
    {Type::kAttach, &P9Server::attach, 13},
    {Type::kFlush, &P9Server::flush, 0},
    {Type::kWalk, &P9Server::walk, 2},
    {Type::kRead, &P9Server::read, 4},
    {Type::kWrite, &P9Server::write, 4},
    {Type::kClunk, &P9Server::clunk, 0},
    {Type::kRemove, &P9Server::remove, 0},
};

namespace {

constexpr std::string_view kDialect = "9P2000.L";
constexpr std::string_view kNoDialect = "unknown";

struct Header {
  uint32_t size = 0;
  uint8_t type = 0;
  uint16_t tag = 0;
};

Header read_header(std::span<const std::byte> message) {
  P9Reader in(message.first(p9::kHeaderBytes));
  Header header;
  header.size = in.take<uint32_t>();
  header.type = in.take<uint8_t>();
  header.tag = in.take<uint16_t>();
  return header;
}

void write_header(std::span<std::byte> reply, const Header& header) {
  P9Writer out(reply.first(p9::kHeaderBytes));
  out.put(header.size);
  out.put(header.type);
  out.put(header.tag);
}

}  // namespace

Errno check_p9_name(const std::string& name) {
  if (name.empty() || name.find('/') != std::string::npos || name.find('\0') != std::string::npos) {
    return Errno::kNoEntry;
  }
  return name.size() > p9::kMaxName ? Errno::kNameTooLong : Errno::kNone;
}

P9Server::P9Server(FileTree& tree, std::function<FileTime()> now)
    : tree_(tree), now_(std::move(now)) {}

void P9Server::end_session() {
  fids_.clear();
  message_limit_ = 0;
}

void P9Server::reset() {
  end_session();
  nodes_.clear();
}

// --- messages ---

const P9Server::Row* P9Server::find_row(uint8_t type) {
  for (const Row& row : kRows) {
    if (static_cast<uint8_t>(row.type) == type) return &row;
  }
  return nullptr;
}

uint32_t P9Server::answer(std::span<const std::byte> message, std::span<std::byte> reply) {
  if (message.size() < p9::kHeaderBytes) return 0;
  const Header header = read_header(message);
  const uint32_t limit = message_limit_ != 0 ? message_limit_ : kMaxMessage;
  reply = reply.first(std::min<size_t>(reply.size(), limit));

  P9Writer out(reply.subspan(p9::kHeaderBytes));
  Errno error = Errno::kNone;
  if (header.size < p9::kHeaderBytes || header.size > message.size()) {
    error = Errno::kProtocol;
  } else if (header.size > limit) {
    error = Errno::kMessageSize;
  } else {
    // Linux before 5.x leaves the data of a zero-copy write out of the size; all that the
    // client sent is there to read, and the fields' own lengths bound it.
    P9Reader in(message.subspan(p9::kHeaderBytes));
    error = handle(header.type, in, out);
    if (error == Errno::kNone && !out.fits()) error = Errno::kMessageSize;
  }
  Header answered{0, static_cast<uint8_t>(header.type + 1), header.tag};
  if (error != Errno::kNone) {
    answered.type = static_cast<uint8_t>(Type::kLerror) + 1;
    out.clear();
    out.put(static_cast<uint32_t>(error));
  }
  answered.size = static_cast<uint32_t>(p9::kHeaderBytes + out.used());
  write_header(reply, answered);
  return answered.size;
}

Errno P9Server::handle(uint8_t type, P9Reader& in, P9Writer& out) {
  const Row* row = find_row(type);
  if (row == nullptr) return Errno::kNotSupported;
  if (message_limit_ == 0 && row->type != Type::kVersion) return Errno::kProtocol;
  // Looked at first: a request must not take effect and then have no room for its answer.
  if (out.left() < row->least_room) return Errno::kMessageSize;
  return (this->*row->handler)(in, out);
}

// --- the session ---

Errno P9Server::version(P9Reader& in, P9Writer& out) {
  const auto size = in.take<uint32_t>();
  const std::string dialect = in.string();
  if (!in.ok()) return Errno::kProtocol;
  end_session();
  if (size < kMinMessage) return Errno::kMessageSize;
  const bool known = dialect == kDialect;
  const uint32_t agreed = std::min(size, kMaxMessage);
  if (known) message_limit_ = agreed;
  out.put(agreed);
  out.string(known ? kDialect : kNoDialect);
  return Errno::kNone;
}

Errno P9Server::auth(P9Reader&, P9Writer&) { return Errno::kNotSupported; }

Errno P9Server::attach(P9Reader& in, P9Writer& out) {
  const auto number = in.take<uint32_t>();
  in.take<uint32_t>();  // afid: there is no authentication
  in.string();          // the user's name; the number counts
  in.string();          // which tree: there is one
  P9Fid fid;
  fid.uid = in.take<uint32_t>();
  if (!in.ok()) return Errno::kProtocol;
  if (number == p9::kNoFid || fids_.find(number) != nullptr) return Errno::kInvalid;
  if (fids_.full()) return Errno::kTooManyFiles;
  const auto info = tree_.info(fid.path);
  if (!info) return info.error();
  fid.key = info->key;
  fids_.put(number, std::move(fid));
  out.put(nodes_.qid(*info));
  return Errno::kNone;
}

Errno P9Server::flush(P9Reader& in, P9Writer&) {
  in.take<uint16_t>();
  return in.ok() ? Errno::kNone : Errno::kProtocol;
}

// The answer tells how far the walk came; only a whole one makes the new fid.
Errno P9Server::walk(P9Reader& in, P9Writer& out) {
  const auto from = in.take<uint32_t>();
  const auto to = in.take<uint32_t>();
  const auto count = in.take<uint16_t>();
  if (!in.ok()) return Errno::kProtocol;
  if (count > p9::kMaxWalk) return Errno::kInvalid;
  const auto start = fid_with_path(from);
  if (!start) return start.error();
  if (to == p9::kNoFid || (to != from && fids_.find(to) != nullptr)) return Errno::kInvalid;
  if (to != from && fids_.full()) return Errno::kTooManyFiles;
  if (out.left() < 2 + size_t{count} * p9::kQidBytes) return Errno::kMessageSize;

  P9Fid fid;
  fid.path = (*start)->path;
  fid.uid = (*start)->uid;
  fid.key = (*start)->key;
  std::array<p9::Qid, p9::kMaxWalk> qids;
  uint16_t walked = 0;
  for (; walked < count; ++walked) {
    const std::string name = in.string();
    if (!in.ok()) return Errno::kProtocol;
    Errno error = check_p9_name(name);
    std::string path = name == ".." ? path_parent(fid.path) : path_join(fid.path, name);
    if (path.size() > kMaxPath) error = Errno::kNameTooLong;
    if (name == ".") error = Errno::kNoEntry;
    FileResult<FileInfo> info = error;
    if (error == Errno::kNone) info = tree_.info(path);
    if (!info && walked == 0) return info.error();
    if (!info) break;
    fid.path = std::move(path);
    fid.key = info->key;
    qids[walked] = nodes_.qid(*info);
  }
  if (walked == count) {
    if (P9Fid* old = fids_.find(to)) close(*old);
    fids_.put(to, std::move(fid));
  }
  out.put(walked);
  for (uint16_t i = 0; i < walked; ++i) out.put(qids[i]);
  return Errno::kNone;
}

Errno P9Server::clunk(P9Reader& in, P9Writer&) {
  const auto number = in.take<uint32_t>();
  if (!in.ok()) return Errno::kProtocol;
  P9Fid* fid = fids_.find(number);
  if (fid == nullptr) return Errno::kBadHandle;
  const Errno error = close(*fid);
  fids_.erase(number);
  return error;
}

// --- fids ---

FileResult<P9Fid*> P9Server::fid_with_path(uint32_t number) {
  P9Fid* fid = fids_.find(number);
  if (fid == nullptr || fid->use == P9Fid::Use::kAttributeRead ||
      fid->use == P9Fid::Use::kAttributeWrite) {
    return Errno::kBadHandle;
  }
  if (fid->gone) return Errno::kNoEntry;
  return fid;
}

FileResult<P9Fid*> P9Server::open_fid(uint32_t number, P9Fid::Use use) {
  P9Fid* fid = fids_.find(number);
  if (fid == nullptr || fid->use != use) return Errno::kBadHandle;
  if (fid->open() && fid->file == nullptr) return Errno::kStale;
  return fid;
}

// An open file is asked itself: its name may be gone.
FileResult<FileInfo> P9Server::info_of(const P9Fid& fid) {
  if (fid.file != nullptr) return fid.file->info();
  if (fid.gone) return Errno::kNoEntry;
  return tree_.info(fid.path);
}

Errno P9Server::close(P9Fid& fid) {
  if (fid.use == P9Fid::Use::kAttributeWrite) return set_attribute(fid);
  if (fid.file == nullptr) return Errno::kNone;
  const auto info = fid.file->info();
  fid.file.reset();
  if (fid.gone && info && info->links == 0 && !open_somewhere(info->key)) {
    nodes_.forget(info->key);
  }
  return Errno::kNone;
}

// What was written to an attribute's fid takes effect (Txattrcreate): no value removes it.
Errno P9Server::set_attribute(P9Fid& fid) {
  if (fid.value.size() != fid.attribute_size) return Errno::kInvalid;
  if (fid.gone) return Errno::kNoEntry;
  const Errno error = fid.value.empty() ? tree_.remove_attribute(fid.path, fid.attribute)
                                        : tree_.set_attribute(fid.path, fid.attribute, fid.value,
                                                              fid.attribute_flags);
  if (error == Errno::kNone) nodes_.changed(fid.key, now_());
  return error;
}

}  // namespace vireo
