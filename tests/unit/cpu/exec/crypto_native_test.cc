// AES-NI, PCLMULQDQ and SHA against the host's processor; AES and the product in
// our own code as well, which hosts without them use.
#include "cpu/exec/crypto.h"

#include <cstring>

#include "cpu/exec/crypto_ops.h"
#include "tests/unit/cpu/exec/fp_row_test.h"

namespace vireo {
namespace {

bool is_crypto(const OpcodeRow& row) {
  return row.feature == kFeatAes || row.feature == kFeatPclmul || row.feature == kFeatSha;
}

TEST_CASE("AES, PCLMULQDQ and SHA rows give the host's results") {
  for_rows([](const OpcodeRow& row) { return is_crypto(row); },
           [](const OpcodeRow& row, TestGuest& guest) {
             check_row(guest, row, Masks::kAll, 200, 7);
           });
}

template <typename F, typename G>
void check_same(uint64_t seed, F ours, G theirs) {
  CaseRandom random(seed);
  for (unsigned i = 0; i < 500; ++i) {
    const __m128i d = from_lanes<uint64_t>({random.next(), random.next()});
    const __m128i s = from_lanes<uint64_t>({random.next(), random.next()});
    CHECK(to_lanes<uint64_t>(ours(d, s)) == to_lanes<uint64_t>(theirs(d, s)));
  }
}

TEST_CASE("the portable rounds of AES are the host's") {
  if (!crypto::host_has_aes()) return;
  check_same(1, aes::enc, crypto::host_aesenc);
  check_same(2, aes::enclast, crypto::host_aesenclast);
  check_same(3, aes::dec, crypto::host_aesdec);
  check_same(4, aes::declast, crypto::host_aesdeclast);
}

TEST_CASE("the portable carry-less product is the host's") {
  if (!crypto::host_has_pclmul()) return;
  for (const unsigned imm : {0x00u, 0x01u, 0x10u, 0x11u}) {
    check_same(5 + imm, [imm](__m128i d, __m128i s) { return crypto::pclmulqdq(d, s, imm); },
               [imm](__m128i d, __m128i s) { return crypto::host_pclmulqdq(d, s, imm); });
  }
}

// FIPS 197, appendix B: the first round of the example.
TEST_CASE("a round of AES is the standard's example") {
  const uint8_t state[16] = {0x19, 0x3d, 0xe3, 0xbe, 0xa0, 0xf4, 0xe2, 0x2b,
                             0x9a, 0xc6, 0x8d, 0x2a, 0xe9, 0xf8, 0x48, 0x08};
  const uint8_t key[16] = {0xa0, 0xfa, 0xfe, 0x17, 0x88, 0x54, 0x2c, 0xb1,
                           0x23, 0xa3, 0x39, 0x39, 0x2a, 0x6c, 0x76, 0x05};
  const uint8_t after[16] = {0xa4, 0x9c, 0x7f, 0xf2, 0x68, 0x9f, 0x35, 0x2b,
                             0x6b, 0x5b, 0xea, 0x43, 0x02, 0x6a, 0x50, 0x49};
  __m128i s, k;
  std::memcpy(&s, state, 16);
  std::memcpy(&k, key, 16);
  const __m128i result = aes::enc(s, k);
  CHECK(std::memcmp(&result, after, 16) == 0);
}

}  // namespace
}  // namespace vireo
