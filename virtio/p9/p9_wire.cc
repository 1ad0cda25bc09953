#include "virtio/p9/p9_wire.h"

namespace vireo {

std::span<const std::byte> P9Reader::bytes(size_t length) {
  if (!ok_ || length > bytes_.size()) {
    ok_ = false;
    return {};
  }
  const auto field = bytes_.first(length);
  bytes_ = bytes_.subspan(length);
  return field;
}

std::string P9Reader::string() {
  const auto field = bytes(take<uint16_t>());
  return std::string(reinterpret_cast<const char*>(field.data()), field.size());
}

void P9Writer::bytes(std::span<const std::byte> in) {
  if (!fits_ || in.size() > left()) {
    fits_ = false;
    return;
  }
  if (!in.empty()) std::memcpy(room_.data() + used_, in.data(), in.size());
  used_ += in.size();
}

void P9Writer::put(const p9::Qid& qid) {
  put(qid.type);
  put(qid.version);
  put(qid.path);
}

void P9Writer::string(std::string_view text) {
  if (text.size() > UINT16_MAX) {
    fits_ = false;
    return;
  }
  put(static_cast<uint16_t>(text.size()));
  bytes(std::as_bytes(std::span(text)));
}

void P9Writer::clear() {
  used_ = 0;
  fits_ = true;
}

}  // namespace vireo
