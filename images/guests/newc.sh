# Writes a cpio archive ("newc", kernel documentation: early-userspace/buffer-format) without root
# and without any tool: owner, times, order and inode numbers are fixed, so that the same files make
# the same bytes, and device nodes need no privilege.
# shellcheck shell=bash

newc_inode=0

# newc_entry NAME MODE(octal) SIZE [MAJOR MINOR]: a header and the name, padded to 4 bytes.
newc_entry() {
  local name=$1 mode=$((8#$2)) size=$3 major=${4:-0} minor=${5:-0}
  newc_inode=$((newc_inode + 1))
  printf '070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s\0' \
    "$newc_inode" "$mode" 0 0 1 0 "$size" 0 0 "$major" "$minor" $((${#name} + 1)) 0 "$name"
  newc_pad $((110 + ${#name} + 1))
}

newc_pad() {
  local i
  for ((i = $1; i % 4; i++)); do printf '\0'; done
}

newc_dir() { newc_entry "$1" 040755 0; }
newc_node() { newc_entry "$1" 020600 0 "$2" "$3"; }

# newc_file NAME MODE PATH
newc_file() {
  local size
  size=$(stat -L -c %s -- "$3")
  newc_entry "$1" "10$2" "$size"
  cat -- "$3"
  newc_pad "$size"
}

# newc_link NAME TARGET
newc_link() {
  newc_entry "$1" 120777 "${#2}"
  printf '%s' "$2"
  newc_pad "${#2}"
}

newc_end() { newc_entry 'TRAILER!!!' 0 0; }
