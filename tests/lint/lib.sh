# What the lint tests share. Each takes the tree to look at as its argument (default: this clone),
# prints one line per finding, FILE:LINE: WHAT, and fails when there is any.
# shellcheck shell=bash

lint_root=$(cd -P -- "${1:-$(dirname -- "${BASH_SOURCE[0]}")/../..}" && pwd)
cd -- "$lint_root"
lint_rooms=(machine cpu pci virtio firmware images tests)

# sources EXTENSION...: the files of all rooms with one of the extensions, below the current folder.
sources() {
  local extension names=()
  for extension in "$@"; do names+=(-o -name "*.$extension"); done
  { find "${lint_rooms[@]}" -type f \( "${names[@]:1}" \) 2>/dev/null || true; } | sort
}

# verdict: reads findings from stdin, prints them and fails when there is one.
verdict() { ! grep .; }
