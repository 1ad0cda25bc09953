// Runs a fuzz target without a fuzzer: pseudo-random inputs from a fixed seed, the same on
// every machine and with every compiler, then the files of a folder, if one is named.
// Usage: PROGRAM [ROUNDS [SEED [FOLDER]]]
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/fuzz/fuzz_digest.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr unsigned long kDefaultRounds = 2000;
constexpr uint64_t kDefaultSeed = 1;
constexpr size_t kLongest = 4096;

// SplitMix64.
uint64_t next(uint64_t& state) {
  uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

// Files in the order of their names; how many there were.
unsigned long replay(const char* folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& path : files) {
    std::ifstream file(path, std::ios::binary);
    const std::vector<char> bytes(std::istreambuf_iterator<char>(file), {});
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  }
  return files.size();
}

}  // namespace

int main(int argc, char** argv) {
  const unsigned long rounds = argc > 1 ? std::strtoul(argv[1], nullptr, 0) : kDefaultRounds;
  uint64_t state = argc > 2 ? std::strtoull(argv[2], nullptr, 0) : kDefaultSeed;
  std::vector<uint8_t> input;
  for (unsigned long i = 0; i < rounds; ++i) {
    input.resize(next(state) % kLongest);
    for (uint8_t& byte : input) byte = static_cast<uint8_t>(next(state));
    LLVMFuzzerTestOneInput(input.data(), input.size());
  }
  const unsigned long replayed = argc > 3 ? replay(argv[3]) : 0;
  std::printf("%lu inputs, digest %016llx\n", rounds + replayed,
              static_cast<unsigned long long>(vireo::fuzz::digest().value()));
  return 0;
}
