#!/bin/bash
# What goes wrong without Dragoman: a guest that XenServer 6.2 saved does not come back on Xen 4.17. Its device model dies in
# the ACPI record, and `xl restore` fails.

# shellcheck source=systemtests/xen/lib.sh
. /share/lib.sh

traditional_guest old1 "$stream_of_6_2"
create old1
save old1
restore_fails old1 30
says "$(dm_log old1)" "sha256 $(sha256sum <"$stream_of_6_2")"
says "$(dm_log old1)" 'DIED sig=6 in piix4acpi'
cp "$(dm_log old1)" /root/without-dragoman.log
