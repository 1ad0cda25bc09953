# Debian packages without root: finds the newest version, fetches it, takes files out of it.
# Fetched packages stay in the cache, so that a guest can be made again without a network.
# shellcheck shell=bash disable=SC2154 # variables of the script that sources this

packages_dir=$vireo_guests/packages
refresh=${refresh:-no} # yes: look for newer packages even where a fetched one would do

# apt with the machine's own package lists, or with lists in the cache where those are missing,
# older than the archive, or for another architecture; either way no privilege is needed.
architecture=
apt_options=()
own_lists_in_use=no

# use_architecture ARCH: what the functions below fetch for, until it is called again.
use_architecture() {
  [[ $architecture != "$1" ]] || return 0
  architecture=$1
  apt_options=(-q -o "APT::Sandbox::User=$(id -un)" -o Acquire::Retries=3)
  own_lists_in_use=no
  # Whatever the machine itself is, its packages are none of those.
  [[ $1 == "$(dpkg --print-architecture)" ]] || {
    apt_options+=(-o "APT::Architecture=$1" -o "APT::Architectures::=$1"
      -o Dir::State::Status=/dev/null)
    take_own_lists
  }
}

lists_dir() { printf '%s/apt/%s' "$vireo_guests" "$architecture"; }

take_own_lists() {
  local folder
  folder=$(lists_dir)
  own_lists_in_use=yes
  apt_options+=(-o "Dir::State::Lists=$folder/lists" -o "Dir::Cache=$folder/cache"
    -o Debug::NoLocking=1)
}

# Fetched once a day at most, unless newer packages are asked for. A part of the lists that is not
# to be had (a mirror in the middle of its update) does not take the rest away.
fetch_own_lists() {
  local folder
  folder=$(lists_dir)
  [[ $own_lists_in_use == yes ]] || take_own_lists
  [[ $refresh == no && $(find "$folder/fetched" -mmin -1440 2>/dev/null) ]] && return
  step "fetching the package lists for $architecture"
  mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
  apt-get "${apt_options[@]}" update >"$folder/log" 2>&1 ||
    { grep '^E:' "$folder/log" >&2 && return 1; }
  touch "$folder/fetched"
}

# newest_name REGEX: the newest package on offer whose whole name matches.
newest_name() {
  apt-cache "${apt_options[@]}" search --names-only "^$1\$" | awk '{print $1}' | sort -V | tail -n 1
}

# fetched_package REGEX: the newest fetched package file whose package name matches, or nothing.
fetched_package() {
  local file
  for file in "$packages_dir"/*_"$architecture".deb "$packages_dir"/*_all.deb; do
    file=${file##*/}
    [[ ${file%%_*} =~ ^$1$ ]] && printf '%s\n' "$file"
  done | sort -V | tail -n 1
}

# download NAME: into a folder of its own first, so that an interrupted one leaves nothing behind.
download() {
  local into
  into=$(mktemp -d "$vireo_guests/tmp.XXXXXX")
  (cd -- "$into" && apt-get "${apt_options[@]}" download "$1" >apt.log 2>&1) || {
    tail -n 3 "$into/apt.log" >&2
    rm -rf -- "$into"
    return 1
  }
  mkdir -p "$packages_dir"
  mv -- "$into"/*.deb "$packages_dir/"
  rm -rf -- "$into"
}

# fetch REGEX: prints the path of the package file, fetching it first where needed.
# Fails, with a reason on stderr, when no such package is on offer or the network is away.
fetch() {
  local name file
  file=$(fetched_package "$1")
  if [[ $file && $refresh == no ]]; then
    printf '%s\n' "$packages_dir/$file"
    return
  fi
  name=$(newest_name "$1")
  if [[ ! $name || $refresh == yes ]]; then
    fetch_own_lists || step "not all package lists could be fetched"
    name=$(newest_name "$1")
  fi
  if [[ $name ]]; then
    step "fetching package $name"
    download "$name" || { fetch_own_lists && name=$(newest_name "$1") && download "$name"; } ||
      step "package $name could not be fetched"
  fi
  file=$(fetched_package "$1")
  [[ $file ]] || return 1
  printf '%s\n' "$packages_dir/$file"
}

# take PACKAGE-FILE FOLDER PATTERN...: extracts what matches (tar wildcards, leading "./").
take() {
  local package=$1 into=$2
  shift 2
  mkdir -p "$into"
  dpkg-deb --fsys-tarfile "$package" | tar -x -C "$into" --no-same-owner --wildcards -f - "$@"
}

# version_of PACKAGE-FILE: e.g. 6.1.192-2
version_of() {
  local name=${1##*/}
  name=${name#*_}
  name=${name#*%3a} # without the epoch
  printf '%s\n' "${name%_*}"
}
