#!/bin/bash
# A guest that came from the traditional device model, and whose configuration says that it keeps its slots: its devices are there
# when it boots, when what is saved of it then is restored, and when it reboots.

# shellcheck source=systemtests/xen/lib.sh
. /share/lib.sh

configure 'mode: enforce'
devices=(d2:11111234 d3:00015853 d4:813910ec d5:100e8086 d6:ffffffff du:70208086)

state_guest kept stdvga tablet rtl8139 e1000
sed -i -e '/^device_model_override/d' -e 's/^device_model_args_hvm = \[/& "-dragoman-topology", "keep",/' /root/kept.cfg
xl create /root/kept.cfg
boots kept
decided kept
shows kept "${devices[@]}"
save kept
restore kept
decided unchanged
shows kept "${devices[@]}"
reboot kept
decided kept
shows kept "${devices[@]}"
power_off kept

# The administrator wants libxl's slots. Its first three are those of the bridge, the platform device and the adapter.
configure 'mode: enforce' 'topology: modern'
xl create /root/kept.cfg
boots kept
shows kept d2:00015853 d3:11111234 d4:813910ec
power_off kept

# On a host without Dragoman.
if "$qemu_xen.real" -dragoman-topology keep 2>/root/without; then
    fail 'qemu-xen takes -dragoman-topology'
fi
says /root/without '-dragoman-topology: invalid option'
configure 'mode: enforce'
