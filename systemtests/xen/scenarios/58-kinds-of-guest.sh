#!/bin/bash
# Guests with other devices, and as other products saved them: each has its devices where it knows them, what they held, the ports
# that its firmware knows, and its video memory, in text mode as in graphics mode.

# shellcheck source=systemtests/xen/lib.sh
. /share/lib.sh

configure 'mode: enforce' 'target: qemu-xen'
old_ports=(P1:ffff T1:ffffffff G0:00000000 PM:00001f41)
new_ports=(P0:ffff T0:ffffffff PM:0000b001)

# A guest that runs, saved; what it showed that has to stay.
saved_guest() { # NAME FIELD:VALUE...
    local name=$1
    shift
    xl create "/root/$name.cfg"
    boots "$name"
    shows "$name" P0:ffff P1:0001 PM:0000b001 d3:00015853 DS:00000050 DD:4b534944 VT:42534752 VL:c0ffee42 "$@"
    seen "$name" | grep -o -w -e '\(d.\|b2\|b3\|DS\|DD\|VT\|VL\):[0-9a-f]*' >"/root/$name.stays"
    save "$name"
    mv "/root/$name.save" "/root/$name.today"
    mv "/root/$name.tick" "/root/$name.saved-at"
}

# As a product saved it, restored by the hook.
restored_as() { # NAME WRITER SCRATCH PM1_CONTROL text|linear
    as_old "/root/$1.today" "/root/$1.save" "$2" "$3" "$4" "$5" qemu-xen
    xl restore "/root/$1.save"
    counts_on "$1" "$(cut -d ' ' -f 1 "/root/$1.saved-at") $3"
    decided translated
}

# Its own devices, and those of its product.
is_as_before() { # NAME FIELD:VALUE...
    local name=$1 stays
    shift
    mapfile -t stays <"/root/$name.stays"
    shows "$name" "${stays[@]}" "$@"
    case " $* " in
    *' P1:ffff '*) changes "$name" T0 ;;
    *) changes "$name" T1 ;;
    esac
}

state_guest kind1 stdvga - e1000
saved_guest kind1 d2:11111234 d4:100e8086 d5:ffffffff du:ffffffff
restored_as kind1 xenserver-6.0 3c 1c05 linear
is_as_before kind1 P0:1c05 "${old_ports[@]}"
# A file of a guest that runs on.
before=$(tick "$(xl domid kind1)")
xl save -c kind1 /root/kind1.save
counts_on kind1 "$before"
is_as_before kind1 P0:1c05 "${old_ports[@]}"
# Not by power_off: the xl that would take the guest away left when it was saved.
xl destroy kind1
xl restore /root/kind1.save
counts_on kind1 "$before"
is_as_before kind1 P0:1c05 "${old_ports[@]}"
power_off kind1

state_guest kind2 cirrus tablet rtl8139 rtl8139 rtl8139 rtl8139 xen-pvdevice
saved_guest kind2 d2:00b81013 d4:813910ec d5:813910ec d6:813910ec d7:813910ec d8:c0005853 du:70208086
restored_as kind2 xenserver-7.0 5d 0805 linear
is_as_before kind2 P1:0805 "${new_ports[@]}"
save kind2
restore kind2
is_as_before kind2 P1:0805 "${new_ports[@]}"
power_off kind2
# XenServer 6.5 has no device for Windows Update.
sed -i 's/d8:.*/d8:ffffffff/' /root/kind2.stays
restored_as kind2 xenserver-6.5-from-6.2 6e 1c05 text
is_as_before kind2 P0:1c05 "${old_ports[@]}"
before=$(tick "$(xl domid kind2)")
migrate kind2
counts_on kind2 "$before"
is_as_before kind2 P0:1c05 "${old_ports[@]}"
power_off kind2

state_guest kind3 stdvga tablet rtl8139 e1000
saved_guest kind3 d2:11111234 d4:813910ec d5:100e8086 d6:ffffffff du:70208086
restored_as kind3 xenserver-6.5 3c 0801 text
is_as_before kind3 P1:0801 "${new_ports[@]}"
power_off kind3
restored_as kind3 xen-4.0 5d 1c05 text
is_as_before kind3 P0:1c05 "${old_ports[@]}"
save kind3
restore kind3
is_as_before kind3 P0:1c05 "${old_ports[@]}"
power_off kind3

# One octet more in the middle of a section: nobody wrote that, and nothing is started.
as_old /root/kind3.today /root/kind3.save xen-4.0 5d 1c05 text qemu-xen ps2kbd 20 0 00
restore_fails kind3 40
decided refused
says "$(dm_log kind3)" 'refused: damaged or not a stream: at 0x'
if grep -v -e '^dragoman: ' -e '^  What to do: ' "$(dm_log kind3)"; then
    fail 'the device model was started'
fi
configure 'mode: enforce'
