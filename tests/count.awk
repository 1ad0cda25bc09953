# Adds up a JUnit file of ctest: prints "P passed F failed S skipped".
# A doctest program tells how many test cases passed and failed; anything else counts as one.
function finish() {
  if (status == "") return
  if (status == "run") passed += cases_told ? cases_passed : 1
  else if (status == "fail") {
    passed += cases_passed
    # A program that died, or that only a sanitizer failed, tells of no failed case.
    failed += cases_failed ? cases_failed : 1
  } else skipped += 1
  status = ""; cases_told = cases_passed = cases_failed = 0
}
/<testcase / {
  finish()
  status = $0; sub(/.* status="/, "", status); sub(/".*/, "", status)
}
/\[doctest\] test cases:/ {
  line = $0; gsub(/[^0-9|]/, "", line); split(line, part, "|")
  cases_told = 1; cases_passed += part[2]; cases_failed += part[3]
}
END { finish(); printf "%d passed %d failed %d skipped\n", passed, failed, skipped }
