// Writes what the test program executed of the instruction table to the file that
// VIREO_ROW_COUNTS names: the features that the host lacks, then for each test case its name and
// lines for the rows.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "cpu/block/row_counts.h"
#include "cpu/cpu_feature.h"
#include "tests/unit/cpu/native/host_features.h"
#include "tests/unit/cpu/native/native_cases.h"

namespace vireo {
namespace {

class RowCountsListener : public doctest::IReporter {
 public:
  explicit RowCountsListener(const doctest::ContextOptions&) {
    const char* path = std::getenv("VIREO_ROW_COUNTS");
    if (path != nullptr) file_ = std::fopen(path, "w");
    if (file_ == nullptr) return;
    Log::enable(LogItem::kRows);
    for (const CpuFeatureRow& row : cpu_feature_rows()) {
      if (!host_has(row.feature)) std::fprintf(file_, "lacks %s\n", std::string(row.name).c_str());
    }
  }
  ~RowCountsListener() override {
    if (file_ != nullptr) std::fclose(file_);
  }

  void test_case_start(const doctest::TestCaseData& data) override {
    name_ = data.m_name;
    RowCounts::all().clear();
    std::fill(native_cases().begin(), native_cases().end(), 0);
  }
  void test_case_end(const doctest::CurrentTestCaseStats&) override {
    if (file_ == nullptr) return;
    std::fprintf(file_, "case %s\n", name_);
    for (const std::string& line : RowCounts::all().lines()) {
      if (line.starts_with("row 0 ") && line.find(" #") == line.npos) continue;
      std::fprintf(file_, "%s\n", line.c_str());
    }
    for (size_t i = 0; i < native_cases().size(); ++i) {
      if (native_cases()[i] != 0) {
        std::fprintf(file_, "native %zu %llu\n", i,
                     static_cast<unsigned long long>(native_cases()[i]));
      }
    }
  }

  void report_query(const doctest::QueryData&) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats&) override {}
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_exception(const doctest::TestCaseException&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData&) override {}
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}

 private:
  std::FILE* file_ = nullptr;
  const char* name_ = "";
};

REGISTER_LISTENER("row_counts", 1, RowCountsListener);

}  // namespace
}  // namespace vireo
