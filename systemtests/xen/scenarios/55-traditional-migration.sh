#!/bin/bash
# The same for a migration, where the guest is down while the stream is translated.

# shellcheck source=systemtests/xen/lib.sh
. /share/lib.sh

traditional_guest old2 "$stream_of_6_2"
create old2
before=$(tick "$(xl domid old2)")
migrate old2
counts_on old2 "$before"
says "$(dm_log old2--incoming)" 'ret=0 pm1=0x1c01 pm1a=0x00001f40 left=0'
