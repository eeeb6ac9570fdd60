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
(cd / && find . -xdev -not -path './root/*') | sort | diff /root/before.files - | grep '^[<>]' >/root/left || true
if grep -v -f /share/purge-ignores /root/left; then
    fail 'purged, and not as it was before'
fi
if grep -r dragoman /etc /var/lib/dpkg/diversions /var/lib/dpkg/status; then
    fail 'something still names dragoman'
fi
