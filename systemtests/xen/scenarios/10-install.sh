#!/bin/bash
# An administrator installed the package. That alone must change nothing of how guests are started:
# otherwise a host that only has it installed could be broken by it.

# shellcheck source=systemtests/xen/lib.sh
. /share/lib.sh

install -m 755 /share/qemu-dm "$qemu_dm"
device_models >/root/before.device-models
/etc/init.d/dragoman status
guest web1 'device_model_version = "qemu-xen"'
create web1
[ "$(readlink "/proc/$(device_model web1)/exe")" = "$qemu_xen" ]
descriptors "$(device_model web1)" >/root/descriptors
[ -z "$(dpkg-divert --list '*' | grep dragoman)" ]
