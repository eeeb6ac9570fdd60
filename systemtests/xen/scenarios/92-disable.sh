#!/bin/bash
# Whoever tries Dragoman must be able to get rid of it: afterwards each device model is what it was, to the byte.

# shellcheck source=systemtests/xen/lib.sh
. /share/lib.sh

dragoman disable
device_models | diff /root/before.device-models -
guest web1 'device_model_version = "qemu-xen"'
create web1
[ "$(readlink "/proc/$(device_model web1)/exe")" = "$qemu_xen" ]
