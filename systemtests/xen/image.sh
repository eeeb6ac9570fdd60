#!/bin/bash
# Makes a Xen host with its dom0, from Debian packages alone.
#
#     image.sh FOLDER        as root; leaves xen, vmlinuz, initrd, root/ and modules/ in FOLDER
#
# All that it is made of is in this folder and in Debian's archive; check-xen keeps it until this
# file, dom0-init or initrd-init change.
set -euo pipefail
here=$(dirname -- "$(readlink -f -- "$0")")
image=$1
root=$image/root

packages=(
    # What the host is.
    xen-hypervisor-4.17-amd64 xen-utils-4.17 xenstore-utils qemu-system-xen
    # What the dragoman package depends on.
    openjdk-17-jre-headless adduser
    # What the rig itself uses in dom0.
    mount kmod procps busybox-static
)

# Modules of dom0's kernel: the root disk, the folder shared with the rig, what xl needs.
modules=(
    arch/x86/crypto crypto lib drivers/virtio drivers/block drivers/xen
    fs/ext4 fs/jbd2 fs/mbcache.ko fs/9p fs/netfs fs/fscache net/9p
)
first_modules=(virtio_pci virtio_blk crc32c_generic ext4)

# Those of the Linux guest, which drive what a traditional device model emulates.
guest_modules=(ata_piix sd_mod 8139cp uhci-hcd evdev button)

install_packages() {
    local sources=/etc/apt/sources.list.d/debian.sources
    [ -e "$sources" ] || sources=/etc/apt/sources.list
    # The kernel is taken apart, not installed: a host's boot menu and initramfs are not needed.
    mmdebstrap --quiet --mode=root --variant=essential --format=directory \
        --aptopt='APT::Install-Recommends "false"' \
        --aptopt='Acquire::Retries "3"' \
        --dpkgopt=force-unsafe-io \
        --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        --include="$(IFS=,; echo "${packages[*]}")" \
        --customize-hook="APT_CONFIG=\$MMDEBSTRAP_APT_CONFIG $0 download-kernel '$image/kernel'" \
        bookworm "$root" "$sources"
}

download_kernel() {
    local package
    package=$(apt-cache depends linux-image-amd64 | awk '$1 == "Depends:" { print $2; exit }')
    mkdir -p "$1"
    cd "$1"
    # _apt, who downloads, may not write here; root does.
    apt-get -qq -o APT::Sandbox::User=root download "$package"
}

unpack_kernel() {
    # Below root, since only its kmod is sure to be there.
    kernel=$root/kernel
    dpkg-deb -x "$image"/kernel/linux-image-*.deb "$kernel"
    version=$(ls "$kernel/lib/modules")
    cp "$kernel/boot/vmlinuz-$version" "$image/vmlinuz"
    zcat "$root/boot/xen-4.17-amd64.gz" >"$image/xen"
    local from=$kernel/lib/modules/$version to=$root/lib/modules/$version
    mkdir -p "$to"
    # shellcheck disable=SC2046 # one word for each that is there
    (cd "$from" && tar -c modules.* $(printf 'kernel/%s\n' "${modules[@]}" | while read -r module; do
        [ ! -e "$module" ] || echo "$module"
    done)) | tar -x -C "$to"
    chroot "$root" depmod "$version"
}

# Copies modules, of the kernel below BASE in root, with all that they need, and says in which order they go in.
copy_modules() { # BASE TO MODULE...
    local base=$1 to=$2 module file
    shift 2
    for module; do
        chroot "$root" modprobe -d "$base" -S "$version" --show-depends "$module"
    done | awk '$1 == "insmod" && !seen[$2]++ { print $2 }' | while read -r file; do
        cp "$root$file" "$to/"
        basename "$file" >>"$to/order"
    done
}

make_initrd() {
    local initrd=$image/initrd.d
    mkdir -p "$initrd"/{bin,proc,sys,dev,root,modules}
    cp "$root/bin/busybox" "$initrd/bin/"
    install -m 755 "$here/initrd-init" "$initrd/init"
    copy_modules / "$initrd/modules" "${first_modules[@]}"
    (cd "$initrd" && find . | cpio -o -H newc --quiet) >"$image/initrd"
}

keep_guest_modules() {
    mkdir "$image/modules"
    chroot "$root" depmod -b /kernel "$version"
    copy_modules /kernel "$image/modules" "${guest_modules[@]}"
}

set_up_dom0() {
    install -m 755 "$here/dom0-init" "$root/sbin/init"
    mkdir -p "$root/share" "$root/var/log/xen/console" "$root/var/lib/xenstored"
    # With dm_restrict a device model runs as this uid plus the domid.
    echo 'xen-qemuuser-range-base:x:131072:131072::/:/bin/false' >>"$root/etc/passwd"
    echo 'xen-qemuuser-range-base:x:131072:' >>"$root/etc/group"
    rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "${root:?}"/boot/*
}

if [ "$1" = download-kernel ]; then
    download_kernel "$2"
    exit
fi
rm -rf "$image"
mkdir -p "$image"
install_packages
unpack_kernel
make_initrd
keep_guest_modules
set_up_dom0
rm -rf "$image/kernel" "$kernel" "$image/initrd.d"
