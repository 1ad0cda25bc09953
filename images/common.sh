# What every script of this project shares: where things are, how they speak, how they end.
# Sourced, never run. Needs nothing but bash and coreutils.
# shellcheck shell=bash
# shellcheck disable=SC2034  # the variables are for the scripts which source this

# The clone; scripts work from any folder, through symbolic links, with spaces in the path.
vireo_top=$(cd -P -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
vireo_build=$vireo_top/build
vireo_guests=$vireo_build/guests

# Debian keeps mke2fs, debugfs and depmod here, which is not in a normal user's PATH.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin

# Progress goes to stderr, so that stdout holds results only.
step() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() {
  printf '%s: error: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# usage: prints the comment block at the head of the running script, without the marks.
usage() { awk 'NR > 1 { if (!/^#/) exit; sub(/^# ?/, ""); print }' "$0"; }

have() { command -v -- "$1" >/dev/null 2>&1; }

# quoted WORD...: the words as a shell would need them, for lines that a person may paste.
quoted() {
  local word line=
  for word in "$@"; do
    [[ $word =~ ^[A-Za-z0-9_./=,:+@%-]+$ ]] || word="'${word//\'/\'\\\'\'}'"
    line+=" $word"
  done
  printf '%s\n' "${line# }"
}
