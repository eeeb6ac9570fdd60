#!/bin/bash
# The package is upgraded while the shim is in its place: it stays there, and works.

# shellcheck source=systemtests/xen/lib.sh
. /share/lib.sh

dpkg -i /root/dragoman.deb
cmp "$qemu_dm" /usr/lib/dragoman/dragoman-dm
[ -x "$qemu_dm.real" ]
/etc/init.d/dragoman status
restore old1
says "$(dm_log old1)" 'ret=0 pm1=0x1c01 pm1a=0x00001f40 left=0'
tail -n 1 "$audit_log" | grep '"helper":"resident"'
