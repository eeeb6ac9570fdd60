#!/bin/bash
# The same guest through Dragoman: today's device model has what the old one saved, with the devices and the ports where the
# guest knows them, and its video memory. That holds for each later save, restore and migration, and the guest can power itself off.

# shellcheck source=systemtests/xen/lib.sh
. /share/lib.sh

configure 'mode: enforce' 'target: qemu-xen'
saved_at=$(cut -d ' ' -f 1 /root/old10.tick)
devices=(d2:00b81013 b2:f0000008 d3:00015853 d4:813910ec DS:00000050 DD:4b534944 VT:42534752 VL:c0ffee42)

# By the hook. In text mode the old device model had the video memory elsewhere.
as_saved_by_6_2() {
    shows old10 P0:1c05 P1:ffff T1:ffffffff G0:00000000 PM:00001f41 "${devices[@]}"
    changes old10 T0
}
restore_timed old10
counts_on old10 "$saved_at 3c"
decided translated
as_saved_by_6_2
save old10
restore old10
as_saved_by_6_2
before=$(tick "$(xl domid old10)")
migrate old10
counts_on old10 "$before"
as_saved_by_6_2
power_off old10

# Without it: a file for qemu-xen, configuration and all. What is started of it needs the hook's arguments.
as_saved_by_4_2() {
    shows old10 P0:ffff P1:0805 T0:ffffffff PM:0000b001 "${devices[@]}"
    changes old10 T1
}
dragoman rewrite --to qemu-xen --in-place /root/of-4.2.save
xl restore /root/of-4.2.save
counts_on old10 "$saved_at 5d"
as_saved_by_4_2
save old10
restore old10
as_saved_by_4_2
power_off old10
configure 'mode: enforce'
