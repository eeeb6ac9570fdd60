#!/bin/bash
# Makes the Linux guest's disk: the kernel of IMAGE, and an initramfs of its busybox, the modules and guest/linux/init.
#
#     linux.sh IMAGE DISK
set -euo pipefail
here=$(dirname -- "$(readlink -f -- "$0")")/guest/linux
image=$1 disk=$2
work=$disk.d

memory=128 # MiB, as in linux.cfg
video_memory=8
# Without Xen's own drivers the guest does not notice that it is saved: only what the device model restores can be right. What
# a processor has in its extended registers gets lost in a restore under emulation, so it has none (noxsave).
command_line="console=ttyS0 quiet xen_nopv noxsave clocksource=acpi_pm mitigations=off"

setup_at=16 kernel_at=128 # sectors
per_run=128

runs() { # BYTES
    echo $((($1 + 0xffff) / 0x10000))
}

put() { # FILE SECTOR
    dd if="$1" of="$disk" bs=512 seek="$2" conv=notrunc status=none
}

mkdir -p "$work/initrd/bin"
cp "$image/root/bin/busybox" "$work/initrd/bin/"
ln -s busybox "$work/initrd/bin/sh"
cp -r "$image/modules" "$here/init" "$work/initrd/"
(cd "$work/initrd" && find . | sort | cpio -o -H newc --quiet -R 0:0) | gzip -9n >"$work/initrd.gz"

# A kernel begins with its real-mode part, which has its length, less a sector, at 0x1f1.
setup_sectors=$(($(od -An -tu1 -j 0x1f1 -N 1 "$image/vmlinuz") + 1))
dd if="$image/vmlinuz" of="$work/setup" bs=512 count="$setup_sectors" status=none
dd if="$image/vmlinuz" of="$work/kernel" bs=512 skip="$setup_sectors" status=none
initrd_size=$(stat -c %s "$work/initrd.gz")
kernel_runs=$(runs "$(stat -c %s "$work/kernel")") initrd_runs=$(runs "$initrd_size")
initrd_at=$((kernel_at + kernel_runs * per_run))
# At the end of the memory, below what the firmware keeps for itself.
initrd_to=$(((memory - video_memory << 20) - ((initrd_runs + 1) << 16)))
[ "$setup_sectors" -le $((kernel_at - setup_at)) ]

gcc -m32 -nostdlib -static -Wl,-Ttext=0x7c00,-N,--build-id=none,--oformat=binary,-e,_start \
    -DSETUP_AT=$setup_at -DSETUP_SECTORS="$setup_sectors" -DKERNEL_AT=$kernel_at -DKERNEL_RUNS="$kernel_runs" \
    -DINITRD_AT=$initrd_at -DINITRD_RUNS="$initrd_runs" -DINITRD_SIZE="$initrd_size" -DINITRD_TO=$initrd_to \
    "-DCOMMAND_LINE=\"$command_line\"" -o "$work/boot" "$here/boot.S"
rm -f "$disk"
put "$work/boot" 0
put "$work/setup" $setup_at
put "$work/kernel" $kernel_at
put "$work/initrd.gz" $initrd_at
truncate -s $(((initrd_at + initrd_runs * per_run) * 512)) "$disk"
rm -rf "$work"
