#!/bin/bash
# The helper is stopped, or hangs. A guest must come back all the same: the program is started once for its stream.

# shellcheck source=systemtests/xen/lib.sh
. /share/lib.sh

/etc/init.d/dragoman stop
restore old1
says "$(dm_log old1)" 'ret=0 pm1=0x1c01 pm1a=0x00001f40 left=0'
decided translated
tail -n 1 "$audit_log" | grep '"helper":"fallback"'
xl destroy old1

/etc/init.d/dragoman start
kill -STOP "$(cat /run/dragoman.pid)"
restore old1
says "$(dm_log old1)" 'ret=0 pm1=0x1c01 pm1a=0x00001f40 left=0'
kill -CONT "$(cat /run/dragoman.pid)"
