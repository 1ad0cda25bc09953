// Which instructions make a pair, and what the op of the first one then holds.
#include "cpu/exec/pair.h"

#include <unordered_map>

#include "cpu/exec/load_pair.h"
#include "cpu/exec/pair_table.h"

namespace vireo {
namespace pairs {
namespace {

template <typename T, typename From, Form form>
Handler single(LoadTo<T, From, form>) {
  return &load_op<LoadTo<T, From, form>>;
}
template <typename Body>
Handler single(Body) {
  return &register_op<Body>;
}

using Places = std::unordered_map<Handler, Place>;

template <typename... Body>
void add_places(Places& places, List list, Bodies<Body...>) {
  uint8_t index = 0;
  (places.emplace(single(Body{}), Place{list, index++}), ...);
}

Places all_places() {
  Places places;
  add_places(places, List::kRegisters32, Registers<uint32_t>{});
  add_places(places, List::kRegisters64, Registers<uint64_t>{});
  add_places(places, List::kLoads64, Loads64{});
  add_places(places, List::kLoads32, Loads32{});
  return places;
}

// The second one's operands stand where a memory operand would; neither can fault.
template <typename First, typename Second>
VIREO_HANDLER on_registers(Cpu& cpu, const Op* op) {
  First::run(cpu, op->dst, op->src, op->imm);
  Second::run(cpu, op->base, op->index, op->disp);
  VIREO_NEXT();
}
template <typename First, typename Second>
struct OnRegisters {
  static constexpr Handler kHandler = &on_registers<First, Second>;
};
template <typename T>
using SameSize = Table<OnRegisters, Registers<T>, Registers<T>>;

// Of one operand size, as nearly all neighbours are.
Handler two_registers(const Place& first, const Place& second) {
  if (first.list != second.list) return nullptr;
  return first.list == List::kRegisters64 ? SameSize<uint64_t>::at(first, second)
                                          : SameSize<uint32_t>::at(first, second);
}

bool is_load(const Place& place) {
  return place.list == List::kLoads64 || place.list == List::kLoads32;
}

bool pair_registers(Op& first, const Op& second, const Place& a, const Place& b) {
  const Handler fn = two_registers(a, b);
  if (fn == nullptr || second.imm != static_cast<int32_t>(second.imm)) return false;
  first.fn = fn;
  first.base = second.dst;
  first.index = second.src;
  first.disp = static_cast<int32_t>(second.imm);
  return true;
}

}  // namespace

const Place* place_of(Handler single) {
  static const Places places = all_places();
  const auto found = places.find(single);
  return found != places.end() ? &found->second : nullptr;
}

}  // namespace pairs

bool make_pair(Op& first, const Op& second) {
  using namespace pairs;
  const Place* a = place_of(first.fn);
  const Place* b = a != nullptr ? place_of(second.fn) : nullptr;
  if (b == nullptr) return false;
  const bool made = is_load(*a)   ? is_load(*b) ? pair_loads(first, second, *a, *b)
                                                : pair_load_first(first, second, *a, *b)
                      : is_load(*b) ? pair_load_second(first, second, *a, *b)
                                  : pair_registers(first, second, *a, *b);
  if (made) first.len = static_cast<uint8_t>(first.len + second.len);
  return made;
}

}  // namespace vireo
