#!/bin/bash
# An administrator enables it. From then on libxl starts the shim where it started a device model; both are in their places
# or the host is as it was. Doing it twice is the same as doing it once.

# shellcheck source=systemtests/xen/lib.sh
. /share/lib.sh

configure 'mode: enforce'
for device_model in "$qemu_xen" "$qemu_dm"; do
    cmp "$device_model" /usr/lib/dragoman/dragoman-dm
    [ -x "$device_model.real" ]
    [ "$(stat -c %s "$device_model.dragoman")" -eq 1024 ]
done
device_models >/root/enabled.device-models
dragoman enable
device_models | diff /root/enabled.device-models -
dragoman status
dragoman doctor
