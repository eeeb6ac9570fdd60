#!/bin/bash
# Guests of today have nothing to be translated, and must not notice: create, save, restore and migrate work as before. The
# process that libxl watches is the real device model, with not one descriptor more than without the shim: a shim that stayed, or left a
# descriptor behind, would be there as long as the guest.

# shellcheck source=systemtests/xen/lib.sh
. /share/lib.sh

guest web1 'device_model_version = "qemu-xen"'
create web1
[ "$(readlink "/proc/$(device_model web1)/exe")" = "$qemu_xen.real" ]
descriptors "$(device_model web1)" | diff /root/descriptors -
save web1
restore web1
[ "$(readlink "/proc/$(device_model web1)/exe")" = "$qemu_xen.real" ]
before=$(tick "$(xl domid web1)")
migrate web1
counts_on web1 "$before"
[ "$(readlink "/proc/$(device_model web1)/exe")" = "$qemu_xen.real" ]
