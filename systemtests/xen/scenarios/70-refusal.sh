#!/bin/bash
# A stream of which nobody knows what it means. To guess would harm the guest, so the restore fails: fast, with the reason in the
# log that libxl names, and the save file intact. A migration that is refused leaves the guest running where it was.

# shellcheck source=systemtests/xen/lib.sh
. /share/lib.sh

traditional_guest old3 "$stream_of_nobody"
create old3
before=$(tick "$(xl domid old3)")
if migrate old3; then
    fail 'it was migrated'
fi
counts_on old3 "$before"
says "$(dm_log old3--incoming)" 'no product that a policy describes wrote this stream'
save old3
restore_fails old3 15
decided refused
says "$(dm_log old3)" 'no product that a policy describes wrote this stream'
if grep '^qemu-dm: ' "$(dm_log old3)"; then
    fail 'the device model was started'
fi
