#!/bin/bash
# Boots the Xen of IMAGE and a dom0 from ROOT under emulation; what is in SHARE is dom0's /share.
#
#     boot.sh IMAGE ROOT SHARE CONSOLE_LOG
#
# Ends when SHARE/run has ended in dom0, with its exit status; 99 if it did not get that far.
set -euo pipefail
image=$1 root=$2 share=$3 console=$4
rm -f "$share/run.status"
xen_options="console=com1 com1=115200,8n1 conring_size=1M loglvl=all guest_loglvl=all"
xen_options+=" dom0_mem=1280M,max:1280M dom0_max_vcpus=1 dom0_vcpus_pin"
# SMAP as QEMU 7.2 emulates it brings dom0's kernel down. Nothing is written to ROOT.
timeout "${RIG_TIMEOUT:-4800}" qemu-system-x86_64 \
    -machine pc -accel tcg,thread=multi -cpu max,-smap -smp 2 -m 1792 \
    -nodefaults -no-reboot -display none -serial "file:$console" \
    -kernel "$image/xen" -append "$xen_options" \
    -initrd "$image/vmlinuz console=hvc0 quiet mitigations=off,$image/initrd" \
    -drive "file=$root,format=raw,if=virtio,snapshot=on,cache=unsafe" \
    -virtfs "local,path=$share,mount_tag=share,security_model=none"
exit "$(cat "$share/run.status" 2>/dev/null || echo 99)"
