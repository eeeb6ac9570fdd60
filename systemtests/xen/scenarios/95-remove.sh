#!/bin/bash
# The package is removed while it is enabled. A device model that stayed put aside would be one that no guest can start.

# shellcheck source=systemtests/xen/lib.sh
. /share/lib.sh

dragoman enable
[ -x "$qemu_dm.real" ]
dpkg -r dragoman
device_models | diff /root/before.device-models -
guest web1 'device_model_version = "qemu-xen"'
create web1
dpkg -P dragoman
find / -xdev -not -path '/root/*' -not -path '/share/*' | sort |
    diff /root/before.files - | grep -E '^[<>]' |
    grep -v -E ' /(var/log/xen|var/lib/xen|var/lib/dpkg|var/log/dpkg.log|etc/(passwd|group|shadow|gshadow|subuid|subgid)-$)' &&
    fail 'something was left behind'
if grep -r dragoman /etc /var/lib/dpkg/diversions /var/lib/dpkg/status; then
    fail 'something still names dragoman'
fi
