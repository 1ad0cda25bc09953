// Floating-point arithmetic, SSE to SSE4.1, as a table from OpcodeRow::arg to
// functions on vectors.
#pragma once

#include "cpu/exec/sse.h"
#include "cpu/exec/sse_float_ops.h"
#include "cpu/exec/sse_handler.h"
#include "cpu/exec/sse_soft.h"

namespace vireo {

// --- SSE3 and SSE4.1 on SSE2 hosts, exact in operand order and flags ---

inline __m128i even_singles(__m128i d, __m128i s) {
  return _mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(d), _mm_castsi128_ps(s), 0x88));
}
inline __m128i odd_singles(__m128i d, __m128i s) {
  return _mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(d), _mm_castsi128_ps(s), 0xdd));
}
inline __m128i haddps(__m128i d, __m128i s) {
  return host::addps(even_singles(d, s), odd_singles(d, s));
}
inline __m128i hsubps(__m128i d, __m128i s) {
  return host::subps(even_singles(d, s), odd_singles(d, s));
}
inline __m128i haddpd(__m128i d, __m128i s) {
  return host::addpd(_mm_unpacklo_epi64(d, s), _mm_unpackhi_epi64(d, s));
}
inline __m128i hsubpd(__m128i d, __m128i s) {
  return host::subpd(_mm_unpacklo_epi64(d, s), _mm_unpackhi_epi64(d, s));
}

// Lanes outside the mask compute 0 with 0, which raises nothing.
template <auto f>
__m128i masked(__m128i d, __m128i s, __m128i mask) {
  return _mm_and_si128(f(_mm_and_si128(d, mask), _mm_and_si128(s, mask)), mask);
}
inline __m128i addsubps(__m128i d, __m128i s) {
  const __m128i even = _mm_set_epi32(0, -1, 0, -1), odd = _mm_set_epi32(-1, 0, -1, 0);
  return _mm_or_si128(masked<host::subps>(d, s, even), masked<host::addps>(d, s, odd));
}
inline __m128i addsubpd(__m128i d, __m128i s) {
  const __m128i even = _mm_set_epi64x(0, -1), odd = _mm_set_epi64x(-1, 0);
  return _mm_or_si128(masked<host::subpd>(d, s, even), masked<host::addpd>(d, s, odd));
}

// All ones in lanes whose bit is set.
inline __m128i single_mask(unsigned bits) {
  const auto lane = [bits](unsigned i) { return bits >> i & 1 ? -1 : 0; };
  return _mm_set_epi32(lane(3), lane(2), lane(1), lane(0));
}
inline __m128i double_mask(unsigned bits) {
  return _mm_set_epi64x(bits & 2 ? -1 : 0, bits & 1 ? -1 : 0);
}

// Whether the operation so far raised an exception that the guest has not masked.
inline bool unmasked_arose(const Cpu& cpu) {
  return !all_masked(cpu) && (host_mxcsr() & ~(cpu.mxcsr >> kMxcsrMaskShift) & kMxcsrFlags);
}

// Products of selected lanes, summed pair by pair, broadcast to selected lanes.
// An unmasked exception of the products keeps the sums from being computed, and
// with them their flags from arising: `stop` asks for it in between.
template <typename Stop>
__m128i dpps(__m128i d, __m128i s, unsigned imm, Stop stop) {
  const __m128i products = masked<host::mulps>(d, s, single_mask(imm >> 4));
  if (stop()) return d;
  const __m128i pairs = host::addps(even_singles(products, products),
                                    odd_singles(products, products));
  if (stop()) return d;
  const __m128i sum = host::addss(pairs, _mm_shuffle_epi32(pairs, 0x55));
  return _mm_and_si128(_mm_shuffle_epi32(sum, 0), single_mask(imm));
}
template <typename Stop>
__m128i dppd(__m128i d, __m128i s, unsigned imm, Stop stop) {
  const __m128i products = masked<host::mulpd>(d, s, double_mask(imm >> 4));
  if (stop()) return d;
  const __m128i sum = host::addsd(products, _mm_unpackhi_epi64(products, products));
  return _mm_and_si128(_mm_unpacklo_epi64(sum, sum), double_mask(imm));
}

template <class Make>
auto horizontal_float(unsigned arg) {
  switch (arg) {
    case kHaddps: return Make::template packed<haddps, Tiny::kSingles>();
    case kHsubps: return Make::template packed<hsubps, Tiny::kSingles>();
    case kHaddpd: return Make::template packed<haddpd, Tiny::kDoubles>();
    case kHsubpd: return Make::template packed<hsubpd, Tiny::kDoubles>();
    case kAddsubps: return Make::template packed<addsubps, Tiny::kSingles>();
    case kAddsubpd: return Make::template packed<addsubpd, Tiny::kDoubles>();
    default: return Make::none();
  }
}

// Make::packed<f, tiny>() or Make::scalar<f, source, tiny>() for the operation
// `arg`, of which `tiny` says where its result may be; Make::with<f>() and
// Make::low<f, source>() for those that raise nothing; Make::none() for any other.
template <class Make>
auto arithmetic_float(unsigned arg) {
  constexpr VecSource k32 = VecSource::k32, k64 = VecSource::k64;
  switch (arg) {
    case kAddps: return Make::template packed<host::addps, Tiny::kSingles>();
    case kAddpd: return Make::template packed<host::addpd, Tiny::kDoubles>();
    case kAddss: return Make::template scalar<host::addss, k32, Tiny::kSingle>();
    case kAddsd: return Make::template scalar<host::addsd, k64, Tiny::kDouble>();
    case kSubps: return Make::template packed<host::subps, Tiny::kSingles>();
    case kSubpd: return Make::template packed<host::subpd, Tiny::kDoubles>();
    case kSubss: return Make::template scalar<host::subss, k32, Tiny::kSingle>();
    case kSubsd: return Make::template scalar<host::subsd, k64, Tiny::kDouble>();
    case kMulps: return Make::template packed<host::mulps, Tiny::kSingles>();
    case kMulpd: return Make::template packed<host::mulpd, Tiny::kDoubles>();
    case kMulss: return Make::template scalar<host::mulss, k32, Tiny::kSingle>();
    case kMulsd: return Make::template scalar<host::mulsd, k64, Tiny::kDouble>();
    case kDivps: return Make::template packed<host::divps, Tiny::kSingles>();
    case kDivpd: return Make::template packed<host::divpd, Tiny::kDoubles>();
    case kDivss: return Make::template scalar<host::divss, k32, Tiny::kSingle>();
    case kDivsd: return Make::template scalar<host::divsd, k64, Tiny::kDouble>();
    default: return horizontal_float<Make>(arg);
  }
}

template <class Make>
auto float_operation(unsigned arg) {
  constexpr VecSource k32 = VecSource::k32, k64 = VecSource::k64;
  switch (arg) {
    case kMinps: return Make::template packed<host::minps>();
    case kMinpd: return Make::template packed<host::minpd>();
    case kMinss: return Make::template scalar<host::minss, k32>();
    case kMinsd: return Make::template scalar<host::minsd, k64>();
    case kMaxps: return Make::template packed<host::maxps>();
    case kMaxpd: return Make::template packed<host::maxpd>();
    case kMaxss: return Make::template scalar<host::maxss, k32>();
    case kMaxsd: return Make::template scalar<host::maxsd, k64>();
    case kSqrtps: return Make::template packed<host::sqrtps>();
    case kSqrtpd: return Make::template packed<host::sqrtpd>();
    case kSqrtss: return Make::template scalar<host::sqrtss, k32>();
    case kSqrtsd: return Make::template scalar<host::sqrtsd, k64>();
    case kRoundps: return Make::template packed<roundps>();
    case kRoundpd: return Make::template packed<roundpd>();
    case kRoundss: return Make::template scalar<roundss, k32>();
    case kRoundsd: return Make::template scalar<roundsd, k64>();
    case kRcpps: return Make::template with<rcpps>();
    case kRcpss: return Make::template low<rcpss, k32>();
    case kRsqrtps: return Make::template with<rsqrtps>();
    case kRsqrtss: return Make::template low<rsqrtss, k32>();
    default: return arithmetic_float<Make>(arg);
  }
}

}  // namespace vireo
