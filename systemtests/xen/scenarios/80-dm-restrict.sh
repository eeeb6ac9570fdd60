#!/bin/bash
# With dm_restrict, libxl starts the device model in new namespaces and without the right to write more than 256 KiB to a file. The shim
# is started so, too: it must reach the helper, and the device model must get its restrictions.

# shellcheck source=systemtests/xen/lib.sh
. /share/lib.sh

guest jail1 'device_model_version = "qemu-xen"' 'dm_restrict = 1'
create jail1
save jail1
restore jail1
pid=$(device_model jail1)
[ "$(readlink "/proc/$pid/exe")" = "$qemu_xen.real" ]
[ "$(awk '/^Uid:/ { print $2 }' "/proc/$pid/status")" -ge 131072 ]
says "/proc/$pid/limits" '^Max file size *262144 *262144 '
[ "$(readlink "/proc/$pid/ns/mnt")" != "$(readlink /proc/self/ns/mnt)" ]

# libxl refuses dm_restrict for the traditional device model, so its stream comes by hand.
(
    ulimit -f 256 -c 0 -l 0
    exec unshare -m -i "$qemu_dm" -d 4711 -domain-name jail2 -loadvm "$stream_of_6_2"
) >/root/jail2.log 2>&1 &
eventually grep -e 'left=' /root/jail2.log
kill -HUP $!
says /root/jail2.log 'ret=0 pm1=0x1c01 pm1a=0x00001f40 left=0'
decided translated
