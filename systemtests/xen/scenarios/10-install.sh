#!/bin/bash
# An administrator installs the package. That alone must change nothing of how guests are started:
# otherwise a host that only has it installed could be broken by it.

# shellcheck source=systemtests/xen/lib.sh
. /share/lib.sh

install -m 755 /share/qemu-dm "$qemu_dm"
device_models >/root/before.device-models
find / -xdev -not -path '/root/*' -not -path '/share/*' | sort >/root/before.files
dpkg -i /share/dragoman.deb
/etc/init.d/dragoman status
device_models | diff /root/before.device-models -
