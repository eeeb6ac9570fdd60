#!/bin/bash
# First only look: in dry-run mode the log says what would be done, and the device model gets the original, bit for bit, so this
# guest's dies as it did without Dragoman.

# shellcheck source=systemtests/xen/lib.sh
. /share/lib.sh

configure 'mode: dry-run'
restore_fails old1 40
decided would-translate
says "$(dm_log old1)" "sha256 $(sha256sum <"$stream_of_6_2")"
says "$(dm_log old1)" 'DIED sig=6 in piix4acpi'
configure 'mode: enforce'
