#!/bin/bash
# What goes wrong without Dragoman where only today's device model is left: it does not know what the old one saved, and `xl
# restore` fails. No old one runs here, so guests of today's are saved, and their files made into the old products'.

# shellcheck source=systemtests/xen/lib.sh
. /share/lib.sh

state_guest old10 cirrus tablet rtl8139
xl create /root/old10.cfg
boots old10
shows old10 P0:ffff P1:0001 PM:0000b001 d2:00b81013 b2:f0000008 d3:00015853 d4:813910ec DS:00000050 DD:4b534944 VT:42534752 VL:c0ffee42
save old10
mv /root/old10.save /root/today.save

# One that XenServer 6.2 saved in text mode, with the configuration that an administrator wrote for it here.
as_old /root/today.save /root/old10.save xenserver-6.2 3c 1c05 text qemu-xen
restore_fails old10 40
says "$(dm_log old10)" 'ram RAM loading not allowed on Xen'

# One that Xen 4.2 saved in graphics mode, with its own configuration: that of a device model that is not there.
as_old /root/today.save /root/of-4.2.save xen-4.2 5d 0805 linear traditional
says /root/of-4.2.save '"device_model_version": "qemu_xen_traditional"'

# It is not the guest: it comes back from the file that these were made of, and powers itself off.
xl restore /root/today.save
counts_on old10 "$(cat /root/old10.tick)"
power_off old10
