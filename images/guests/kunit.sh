# A kernel with its own unit tests built in, by the kernel's own runner for them: what
# tools/testing/kunit/kunit.py makes for x86_64. Compiling it takes minutes, so it is made only when
# it is asked for by name.
# shellcheck shell=bash disable=SC2154 # variables of the script that sources this

kunit_package='linux-source-6\.1'

# make_kunit PACKAGE-FILE FOLDER: fills the folder with the runner and, in .kunit, what it built; so
# much of the source tree as "kunit.py exec" needs.
make_kunit() {
  local tree=$2/tree
  step "kunit: unpacking $(basename -- "$1")"
  mkdir -- "$tree"
  dpkg-deb --fsys-tarfile "$1" | tar -xO --wildcards -f - './usr/src/linux-source-*.tar.xz' |
    tar -xJ -C "$tree" --strip-components=1
  step "kunit: compiling a kernel with its unit tests; this takes some minutes"
  (
    cd -- "$tree"
    python3 tools/testing/kunit/kunit.py config --arch x86_64 &&
      python3 tools/testing/kunit/kunit.py build --arch x86_64 --jobs "$(nproc)"
  ) >"$work/kunit.log" 2>&1 ||
    { tail -n 20 "$work/kunit.log" >&2 && die "kunit: the build failed"; }
  mkdir -p "$2/tools/testing" "$2/.kunit/arch/x86/boot"
  cp -r -- "$tree/tools/testing/kunit" "$2/tools/testing/"
  cp -- "$tree/.kunit"/{.config,.kunitconfig} "$2/.kunit/"
  cp -- "$tree/.kunit/arch/x86/boot/bzImage" "$2/.kunit/arch/x86/boot/"
  rm -rf -- "$tree"
}
