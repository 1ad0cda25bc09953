# A whole Debian user space (systemd, apt, python3, perl, gcc, openssl) on an ext4 disk, made from
# packages. It takes some minutes and is made only when it is asked for by name.
# shellcheck shell=bash disable=SC2154 # variables of the script that sources this

debian_suite=bookworm
debian_packages=systemd-sysv,udev,dbus,login,procps,kmod,iproute2,ca-certificates
debian_packages+=,python3,perl,gcc,libc6-dev,openssl
debian_size=1G # sparse: about 430 MiB of it are used
debian_uuid=76697265-6f00-4000-8000-000000000002
debian_time=1700000000

# debian_mode: how mmdebstrap may become root of the tree that it makes.
debian_mode() {
  if [[ $(id -u) == 0 ]]; then
    echo root
  elif unshare --user --map-root-user true 2>/dev/null &&
    grep -q "^$(id -un):" /etc/subuid 2>/dev/null; then
    echo unshare
  else
    die "debian: needs root, or a user with unprivileged user namespaces and a range in /etc/subuid"
  fi
}

# debian_mirror: where this machine gets the suite from; DEBIAN_MIRROR names another place.
debian_mirror() {
  local mirror
  mirror=${DEBIAN_MIRROR:-$(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' \
    'Created-By: Packages' | awk -v suite="$debian_suite" '$2 == suite && !n++ { print $1 }')}
  [[ $mirror ]] || die "debian: no source of $debian_suite here; set DEBIAN_MIRROR=URL"
  printf '%s\n' "$mirror"
}

# debian_tree TAR: the tree as an archive, without manuals and translations. The password of root
# is empty.
debian_tree() {
  local mode mirror
  mode=$(debian_mode)
  mirror=$(debian_mirror)
  SOURCE_DATE_EPOCH=$debian_time mmdebstrap --quiet --mode="$mode" --variant=minbase \
    --architectures=amd64 --include="$debian_packages" \
    --aptopt='APT::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook='chroot "$1" passwd -d root' \
    --customize-hook='echo vireo >"$1/etc/hostname"' \
    --customize-hook='echo "/dev/vda / ext4 defaults 0 1" >"$1/etc/fstab"' \
    "$debian_suite" "$1" "$mirror" >"$1.log" 2>&1 ||
    die "debian: mmdebstrap failed: $(tail -n 5 "$1.log")"
}

# debian_disk TAR IMAGE: run as root, or as its likeness under fakeroot, so that owners are kept.
debian_disk() {
  local tree=$1.tree
  mkdir "$tree"
  tar -x -C "$tree" -f "$1"
  truncate -s "$debian_size" "$2"
  E2FSPROGS_FAKE_TIME=$debian_time mke2fs -q -F -t ext4 -U "$debian_uuid" -L vireo-debian \
    -E "hash_seed=$debian_uuid,lazy_itable_init=0,lazy_journal_init=0" -d "$tree" "$2"
  rm -rf -- "$tree"
}

# make_debian FOLDER: fills the folder with root.ext4.
make_debian() {
  local likeness=()
  have mmdebstrap && have fakeroot || die "debian: run images/setup debian first"
  [[ $(id -u) == 0 ]] || likeness=(fakeroot --)
  step "debian: putting $debian_suite together from packages; this takes some minutes"
  debian_tree "$1/tree.tar"
  step "debian: making the disk"
  export debian_size debian_time debian_uuid
  export -f debian_disk
  "${likeness[@]}" bash -euc 'debian_disk "$@"' bash "$1/tree.tar" "$1/root.ext4"
  rm -f -- "$1/tree.tar" "$1/tree.tar.log"
}
