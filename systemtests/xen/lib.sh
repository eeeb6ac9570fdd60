# shellcheck shell=bash
# What the scenarios share. They run with `set -eux -o pipefail`: the first command that fails ends one.

# Where libxl 4.17 of Debian looks for its two device models.
qemu_xen=/usr/libexec/xen-qemu-system-i386
qemu_dm=/usr/lib/xen-4.17/bin/qemu-dm
audit_log=/var/log/dragoman/audit.log

# What a real device model of XenServer 6.2 wrote. It says pm1_control 0x1c01, in the short record under the long one's number:
# Xen's own device model takes what follows for an address, and aborts.
stream_of_6_2=/root/streams/xenserver-6.2.minimal.pm1-1c01.qemu-save
# One that no product writes, so nothing is known of what it means.
stream_of_nobody=/root/streams/xen-4.2-with-bug.minimal.qemu-save

fail() {
    { echo "FAILED: $*"; } 2>/dev/null
    exit 1
}

# What a scenario measured; it is in the report, too.
figure() {
    { echo "FIGURE: $*"; } 2>/dev/null
}

# guest NAME LINE...: the configuration of a guest, with further lines, at /root/NAME.cfg.
guest() {
    local name=$1
    shift
    {
        echo "name = \"$name\""
        cat /share/guest/guest.cfg
        printf '%s\n' "$@"
    } >"/root/$name.cfg"
}

# A guest of the stand-in, which saves STREAM.
traditional_guest() { # NAME STREAM
    guest "$1" 'device_model_version = "qemu-xen-traditional"'
    echo "$2" >/root/save-as
}

# The configuration of a guest of state.S with these devices. They come by arguments: for cards that xl knows of, dom0 would need a
# network. Its disk is a copy of its own.
state_guest() { # NAME cirrus|stdvga USB_DEVICE|- CARD...
    local name=$1 vga=$2 usb=$3 card number=0
    shift 3
    cp /share/guest/state.img "/root/$name.img"
    {
        echo "name = \"$name\""
        cat /share/guest/state.cfg
        echo "disk = [\"format=raw,vdev=hda,access=rw,backendtype=qdisk,target=/root/$name.img\"]"
        echo "vga = \"$vga\""
        # The least that libxl takes for qemu-xen.
        case $vga in
        stdvga) echo 'videoram = 16' ;;
        *) echo 'videoram = 8' ;;
        esac
        case $usb in
        -) echo 'usb = 0' ;;
        *) printf 'usb = 1\nusbdevice = ["%s"]\n' "$usb" ;;
        esac
        echo 'device_model_args_hvm = ['
        for card; do
            case $card in
            xen-pvdevice) card=$card,device-id=0xc000,revision=1,size=16777216 ;;
            *) card=$card,id=nic$number,mac=52:54:00:12:34:5$number ;;
            esac
            number=$((number + 1))
            echo "    \"-device\", \"$card\","
        done
        echo ']'
    } >"/root/$name.cfg"
}

# The last that a guest counted to, and its serial port's scratch register: "0007 a5".
tick() { # DOMID
    xl dmesg | sed -n "s/.*(d$1) TICK \([0-9a-f]* [0-9a-f]*\)\$/\1/p" | tail -n 1
}

# Waits until the guest has counted beyond what it had counted to, with the same scratch register.
counts_on() { # NAME TICK
    local domid now until=$((SECONDS + 15))
    domid=$(xl domid "$1")
    while [ $SECONDS -lt $until ]; do
        now=$(tick "$domid")
        if [ -n "$now" ] && [ $((0x${now% *})) -gt $((0x${2% *})) ] && [ "${now#* }" = "${2#* }" ]; then
            return 0
        fi
        sleep 0.2
    done
    fail "$1 does not count on from $2: ${now:-nothing}"
}

# Waits until a guest ticks whose firmware comes first. It seldom looks: looking takes time from the firmware.
boots() { # NAME
    local domid until=$((SECONDS + 400))
    domid=$(xl domid "$1")
    until [ -n "$(tick "$domid")" ]; do
        [ $SECONDS -lt $until ] || fail "$1 does not boot"
        sleep 3
    done
    counts_on "$1" "0000 a5"
}

# The last that a guest of state.S told of its devices: "P0:ffff P1:0001 ...".
seen() { # NAME
    local line
    for line in POWER DEVICES CARDS; do
        xl dmesg | sed -n "s/.*(d$(xl domid "$1")) $line [0-9a-f]* //p" | tail -n 1
    done
}

# All of these have to be in it.
shows() { # NAME FIELD:VALUE...
    local name=$1 devices field
    shift
    devices=$(seen "$name")
    for field; do
        grep -q -w -e "$field" <<<"$devices" || fail "$name does not show $field: $devices"
    done
}

# It shows another value after a while.
changes() { # NAME FIELD
    local first
    first=$(seen "$1" | grep -o -e "$2:[0-9a-f]*")
    eventually shows_other "$1" "$first"
}

shows_other() { # NAME FIELD:VALUE
    ! seen "$1" | grep -q -w -e "$2"
}

# Has a guest of state.S go away, by an octet that tells it how. It is told by its serial port, where a device model looks after a
# while only.
leaves() { # NAME OCTET
    local domid
    domid=$(xl domid "$1")
    exec 5<>"$(xenstore-read "/local/domain/$domid/serial/0/tty")"
    eventually is_gone "$domid" "$2"
    exec 5<&-
}

is_gone() { # DOMID OCTET
    ! xl domname "$1" || {
        printf %s "$2" >&5
        sleep 1
        false
    }
}

power_off() { # NAME
    local domid
    domid=$(xl domid "$1")
    leaves "$1" o
    says <(xl dmesg) "(d$domid) OFF"
}

# xl makes another domain of its configuration.
reboot() { # NAME
    leaves "$1" r
    eventually xl domid "$1"
    boots "$1"
}

create() { # NAME
    xl create "/root/$1.cfg"
    counts_on "$1" "0000 $(scratch "$1")"
}

# A device model that emulates the serial port keeps what the guest wrote to it.
scratch() { # NAME
    if grep -q traditional "/root/$1.cfg"; then
        echo ff
    else
        echo a5
    fi
}

# Saves to /root/NAME.save; what it had counted to is in /root/NAME.tick.
save() { # NAME
    local domid
    domid=$(xl domid "$1")
    xl save "$1" "/root/$1.save"
    tick "$domid" >"/root/$1.tick"
    sha256sum "/root/$1.save" >"/root/$1.sha256"
}

restore() { # NAME
    xl restore "/root/$1.save"
    counts_on "$1" "$(cat "/root/$1.tick")"
}

# Restores a guest in text mode, and says how long xl took, and how much of it went into moving its video memory.
restore_timed() { # NAME
    local started=${EPOCHREALTIME/./} moved
    xl restore "/root/$1.save"
    moved=$(grep -o -e 'moved .* ms' "$(dm_log "$1")")
    figure "$1: xl restore took $(((${EPOCHREALTIME/./} - started) / 1000)) ms, in which the shim $moved"
}

# The restore has to fail, within SECONDS, and leave neither a domain nor a changed save file.
restore_fails() { # NAME SECONDS
    local started=$SECONDS
    if xl restore "/root/$1.save"; then
        fail "$1 was restored"
    fi
    [ $((SECONDS - started)) -le "$2" ] || fail "it took $((SECONDS - started)) s to refuse"
    sha256sum --check "/root/$1.sha256"
    if xl domid "$1"; then
        fail "$1 is there although its restore failed"
    fi
}

# Makes a guest's save file into what it would be had an old product saved it: see TraditionalSaveFile.
as_old() { # IN OUT WRITER SCRATCH PM1_CONTROL text|linear qemu-xen|traditional [SECTION AT REMOVED ADDED]
    local in=$1 out=$2
    shift 2
    rm -f "$out"
    java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp /root/traditional org.dragoman.systemtests.TraditionalSaveFile \
        "${@:1:5}" "$in" "$out" "${@:6}"
    sha256sum "$out" >"${out%.save}.sha256"
}

migrate() { # NAME
    xl migrate -s '' "$1" 'xl migrate-receive'
}

# The process that is the guest's device model.
device_model() { # NAME
    xenstore-read "/local/domain/$(xl domid "$1")/image/device-model-pid"
}

# Everything that a process has open, without what differs from one start to the next.
descriptors() { # PID
    local descriptor
    for descriptor in "/proc/$1/fd"/*; do
        echo "${descriptor##*/} $(readlink "$descriptor" | tr -d '0-9')"
    done | sort -n
}

dm_log() { # NAME
    echo "/var/log/xen/qemu-dm-$1.log"
}

# The device model's log has to have a line; its log is a new one with each start.
says() { # FILE PATTERN
    grep -e "$2" "$1" || fail "$1 does not say '$2'"
}

# The newest decision in the audit log has to have an outcome.
decided() { # OUTCOME
    tail -n 1 "$audit_log" | grep "\"outcome\":\"$1\"" || fail "the audit log does not say $1"
}

# Waits, for a while.
eventually() { # COMMAND...
    local until=$((SECONDS + 60))
    until "$@"; do
        [ $SECONDS -lt $until ] || fail "not in 60 s: $*"
        sleep 0.2
    done
}

# Every file where device models are: name, mode, owner, times, content.
device_models() {
    find /usr/libexec /usr/lib/xen-* \( -type f -printf '%p %m %u:%g %s %T@ ' -exec sha256sum {} \; \) \
        -o \( -type l -printf '%p -> %l\n' \) | sort
    dpkg-divert --list | sort
}

configure() { # LINE...
    printf '%s\n' 'deadline-seconds: 45' 'helper: {seconds: 10}' "$@" >/etc/dragoman/dragoman.yaml
    dragoman enable
}
