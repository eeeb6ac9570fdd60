#!/bin/bash
# Makes dom0's root disk: the host of IMAGE with the package installed, as an administrator installs it.
#
#     install.sh IMAGE PACKAGE.deb ROOT_DISK      as root
#
# This is done here rather than in dom0 because its class archive takes some seconds of Java, and a
# minute under emulation. What was there before is in /root/before.files of the disk.
set -euo pipefail
image=$1 package=$2 disk=$3
root=$disk.d

# Java needs /proc; it goes when the namespace does.
if [ "${4-}" != in-namespace ]; then
    exec unshare --mount "$0" "$1" "$2" "$3" in-namespace
fi
rm -rf "$root"
cp -a --reflink=auto "$image/root" "$root"
(cd "$root" && find . -not -path './root/*' | sort) >"$root/root/before.files"
cp "$package" "$root/root/dragoman.deb"
mount -t proc proc "$root/proc"
# No service may start here.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
LC_ALL=C.UTF-8 chroot "$root" dpkg -i /root/dragoman.deb
rm "$root/usr/sbin/policy-rc.d"
umount "$root/proc"
mke2fs -q -F -t ext4 -E lazy_itable_init=1 -d "$root" "$disk" 3000M
rm -rf "$root"
