#!/bin/bash
# A Linux guest that drives the emulated devices with its own drivers, made into one that Xen 4.2 saved. In today's device model it
# still reads its disk, has its network card's interrupts and its clock, and obeys the power button. It notices what is wrong: a
# single field of the old record, put wrong on purpose, and it has no network, or waits for its disk.

# shellcheck source=systemtests/xen/lib.sh
. /share/lib.sh

serial=/share/logs/linux1.serial
last_before=/root/linux1.last

# What it said of itself since a tick, without the end of the last line if that is not there yet.
ticks() { # TICK
    tr -d '\r' <"$serial" | grep -a '^TICK .* \.$' | awk -v tick="$1" '$2 > tick'
}

# In a restored guest the first tick began before it was saved, and a ping that was under way is lost.
ticked() { # TICK
    [ "$(ticks "$1" | wc -l)" -ge 4 ]
}

# It seldom looks: looking takes time from the guest.
await() { # SECONDS COMMAND...
    local until=$((SECONDS + $1))
    shift
    until "$@"; do
        xl domid linux1 >/dev/null || fail 'it is gone'
        [ $SECONDS -lt $until ] || fail "not in time: $*"
        sleep 3
    done
}

# What is wrong with how it went on since its last tick before it was saved; nothing where nothing is.
wrong() {
    local tick sector ata eth ping clock bad was_ata was_eth was_clock
    {
        cat "$last_before"
        ticks "$(cut -d ' ' -f 2 "$last_before")" | sed 1d
    } | {
        read -r _ _ _ was_ata was_eth _ _ was_clock _
        while read -r _ tick sector ata eth ping _ clock _ bad _; do
            [ "${sector#*:}" = "$(checksum "${sector%:*}")" ] || echo "tick $tick: not what is there: $sector"
            [ "${ata#*=}" -gt "${was_ata#*=}" ] || echo "tick $tick: no interrupt of the disk: $ata"
            [ "${eth#*=}" -gt "${was_eth#*=}" ] || echo "tick $tick: no interrupt of the card: $eth"
            [ "${clock%:*}" = clock=acpi_pm ] || echo "tick $tick: another clock: $clock"
            [ "$(hundredths "$clock")" -gt "$(hundredths "$was_clock")" ] || echo "tick $tick: the clock stands: $clock"
            [ "$ping" = ping=1 ] || echo "tick $tick: no answer: $ping"
            [ "$bad" = bad=0 ] || echo "tick $tick: the kernel complains: $bad"
            was_ata=$ata was_eth=$eth was_clock=$clock
        done
    }
}

checksum() { # sector=NUMBER
    dd if=/root/linux.img bs=512 skip="${1#*=}" count=1 status=none | md5sum | cut -c 1-8
}

hundredths() { # clock=NAME:SECONDS.HUNDREDTHS
    local seconds=${1#*:}
    echo "${seconds/./}"
}

goes_on() {
    await 120 ticked "$(cut -d ' ' -f 2 "$last_before")"
    [ -z "$(wrong)" ] || fail "$(wrong)"
}

saved() { # FILE
    ticks 0 | tail -n 1 | tee "${1%.save}.last" >"$last_before"
    xl save linux1 "$1"
}

# The file that Xen 4.2 would have saved, through the hook; with an error of ours.
restored_from_old() { # [SECTION AT REMOVED ADDED]
    cp /root/today.last "$last_before"
    as_old /root/today.save /root/old.save xen-4.2 - - text qemu-xen "$@"
    xl restore /root/old.save
    decided translated
}

cp /share/guest/linux.img /root/
/share/guest/peer 5555 5556 &
trap 'kill %1' EXIT
configure 'mode: enforce' 'target: qemu-xen'
xl create /share/guest/linux.cfg 'device_model_override="/share/old-slots"'
echo 'TICK 0 sector=0: ata=0 eth=0 ping=1 sci=0 clock=acpi_pm:0.00 rtc= bad=0 .' >"$last_before"
await 300 ticked 0
goes_on
saved /root/today.save

restored_from_old
goes_on
saved /root/linux1.save
xl restore /root/linux1.save
goes_on
domid=$(xl domid linux1)
xl trigger linux1 power
gone() {
    ! xl domname "$domid"
}
eventually gone
says "$serial" 'POWER BUTTON'

# The mask of the card's interrupts. The driver begins anew after a while, and the guest goes on.
restored_from_old rtl8139 340 2 0000
await 120 ticked "$(cut -d ' ' -f 2 "$last_before")"
wrong >/root/wrong
says /root/wrong 'no answer'
says /root/wrong 'the kernel complains'
xl destroy linux1

# The command register of the first disk channel: no interrupts.
restored_from_old ide 314 1 0a
complains() {
    ticks 0 | grep 'bad=[1-9]'
}
await 180 complains
xl destroy linux1
configure 'mode: enforce'
