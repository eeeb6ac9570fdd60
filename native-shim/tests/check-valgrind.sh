#!/bin/sh
# The tests that are worth the time, with the shim under valgrind. A shim that has become the device
# model has no exit status for its errors, so they are looked for in its logs.
set -eu
tests=$1
stand_ins=$2
shim=$3
logs=$(mktemp -d /tmp/dragoman-valgrind.XXXXXX)
trap 'rm -rf "$logs"' EXIT
chmod 1777 "$logs"
"$tests" "$stand_ins" "$shim" valgrind -q --error-exitcode=99 --track-fds=yes --vgdb=no \
    --log-file="$logs/%p"
if grep -E 'Invalid|ninitialised|overlap|Jump|points to|unaddressable|Process terminating' "$logs"/*; then
    echo "FAIL  valgrind has found something"
    exit 1
fi
echo "ok    valgrind has found nothing in $(find "$logs" -type f | wc -l) processes"
