#!/bin/bash
# What goes wrong without Dragoman where only today's device model is left: it does not know what the old one saved, and `xl
# restore` fails. No old one runs here, so guests of today's are saved, and their files made into the old products'.

# shellcheck source=systemtests/xen/lib.sh
. /share/lib.sh

cp /share/guest/state.img /root/
old_guest() { # NAME WRITER SCRATCH PM1_CONTROL text|linear qemu-xen|traditional
    local name=$1
    shift
    {
        echo "name = \"$name\""
        cat /share/guest/state.cfg
        echo 'device_model_override = "/share/old-slots"'
    } >"/root/$name.cfg"
    xl create "/root/$name.cfg"
    boots "$name"
    shows "$name" P0:ffff P1:0001 PM:0000b001 d2:00b81013 b2:f0000008 d3:00015853 d4:813910ec DS:00000050 DD:4b534944 \
        VT:42534752 VL:c0ffee42
    save "$name"
    mv "/root/$name.save" "/root/$name.today"
    java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp /root/traditional org.dragoman.systemtests.TraditionalSaveFile \
        "$@" "/root/$name.today" "/root/$name.save"
    sed -i "s/ .*/ $2/" "/root/$name.tick"
    sha256sum "/root/$name.save" >"/root/$name.sha256"
}

# One that XenServer 6.2 saved in text mode, with the configuration that an administrator wrote for it here.
old_guest old10 xenserver-6.2 3c 1c05 text qemu-xen
restore_fails old10 40
says "$(dm_log old10)" 'ram RAM loading not allowed on Xen'

# One that Xen 4.2 saved in graphics mode, with its own configuration: that of a device model that is not there.
old_guest old11 xen-4.2 5d 0805 linear traditional
says /root/old11.save '"device_model_version": "qemu_xen_traditional"'

# It is not the guest: it comes back from the file that it was made of, and powers itself off.
xl restore /root/old11.today
counts_on old11 "$(sed 's/ .*/ a5/' /root/old11.tick)"
power_off old11
