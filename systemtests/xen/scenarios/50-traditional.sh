#!/bin/bash
# The reason for all this: the same save file, restored through Dragoman. The device model gets a stream that it reads as XenServer 6.2
# meant it, holds the guest's pm1_control, and the guest counts on. The original stays as it is; of ours only the stream stays open.

# shellcheck source=systemtests/xen/lib.sh
. /share/lib.sh

restore old1
says "$(dm_log old1)" 'ret=0 pm1=0x1c01 pm1a=0x00001f40 left=0'
says "$(dm_log old1)" '^dragoman: '
decided translated
sha256sum --check /root/old1.sha256
[ ! -e "/var/lib/xen/qemu-resume.$(xl domid old1)" ]
count() {
    sed -n 's/^qemu-dm: descriptors //p' "$1" | wc -w
}
[ $(($(count "$(dm_log old1)") - $(count /root/without-dragoman.log))) -eq 1 ]
dragoman log --domain old1
