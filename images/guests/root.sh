# The root disk: an ext4 image with busybox and an init, the same bytes wherever it is made.
# shellcheck shell=bash disable=SC2154 # variables of the script that sources this

root_size=64M
root_uuid=76697265-6f00-4000-8000-000000000001
# Spelled out, since the defaults are a matter of the host's mke2fs.conf.
root_features=none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg
root_features+=,sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum
root_time=1700000000 # every time stamp in the image

root_folders=(bin dev etc home mnt proc root run sbin sys tmp usr usr/bin usr/sbin var)

busybox_package='busybox-static'
busybox_binary='*/bin/busybox'

# busybox_file: the path of busybox, taken out of its package once per run.
busybox_file() {
  local folder=$work/busybox/$architecture found package
  if [[ ! -x $folder/bin/busybox ]]; then
    package=$(fetch "$busybox_package") || die "no package $busybox_package: is there a network?"
    take "$package" "$folder" "$busybox_binary"
    found=$(find "$folder" -name busybox -type f)
    [[ $found == "$folder/bin/busybox" ]] ||
      { mkdir -p "$folder/bin" && mv -- "$found" "$folder/bin/busybox"; }
  fi
  printf '%s\n' "$folder/bin/busybox"
}

# root_commands BUSYBOX: the debugfs commands which fill the image. mke2fs -d would take owners,
# times and the order of names from the host; debugfs does just what it is told.
root_commands() {
  local folder applet applets
  for folder in "${root_folders[@]}"; do echo "mkdir /$folder"; done
  root_file "$1" /bin/busybox 0100755
  root_file "$recipes/files/init" /sbin/init 0100755
  root_file "$recipes/files/passwd" /etc/passwd 0100644
  root_file "$recipes/files/group" /etc/group 0100644
  root_file "$recipes/files/profile" /etc/profile 0100644
  mapfile -t applets <"$root_stage.applets"
  for applet in "${applets[@]}"; do
    [[ $applet == busybox || $applet == init ]] || echo "symlink /bin/$applet busybox"
  done
  echo 'symlink /linuxrc /sbin/init'
  echo 'sif /tmp mode 041777'
  echo 'sif /root mode 040700'
}

# root_file SOURCE NAME MODE. debugfs knows no quoting that holds for every name, so files are
# staged in the folder where it runs, under plain names.
root_file() {
  local staged=${2//\//_}
  cp -- "$1" "$root_stage/$staged"
  printf 'write %s %s\nsif %s mode %s\nsif %s uid 0\nsif %s gid 0\n' \
    "$staged" "$2" "$2" "$3" "$2" "$2"
}

# make_root FOLDER ARCH: fills the folder with root.ext4.
make_root() {
  local image=$1/root.ext4 busybox
  root_stage=$1/stage
  step "making the root disk"
  mkdir -p "$root_stage"
  # The names are those of the package for amd64, which can be asked; the others' are the same.
  use_architecture amd64
  busybox=$(busybox_file)
  "$busybox" --list >"$root_stage.applets"
  use_architecture "$2"
  busybox=$(busybox_file)
  truncate -s "$root_size" "$image"
  E2FSPROGS_FAKE_TIME=$root_time mke2fs -q -F -t ext4 -b 4096 -I 256 -N 4096 -J size=4 -m 0 \
    -O "$root_features" -U "$root_uuid" -L vireo-root \
    -E "root_owner=0:0,hash_seed=$root_uuid,lazy_itable_init=0,lazy_journal_init=0,nodiscard" \
    "$image"
  root_commands "$busybox" >"$1/commands"
  (cd -- "$root_stage" && E2FSPROGS_FAKE_TIME=$root_time debugfs -w -f ../commands ../root.ext4) \
    >"$1/debugfs.log" 2>&1
  # debugfs ends with 0 whatever happened; its complaints are the lines that are not an echo.
  ! grep -vE '^debugfs|^Allocated inode|^$' "$1/debugfs.log" >&2 ||
    die "the root disk could not be filled"
  e2fsck -fn "$image" >"$1/e2fsck.log" 2>&1 ||
    die "the root disk is not clean: $(<"$1/e2fsck.log")"
  rm -rf -- "$root_stage" "$root_stage.applets" "$1/commands" "$1/debugfs.log" "$1/e2fsck.log"
}
