#!/bin/bash
# The xl that has the filter before the real one: a restore, a migration to it, by the host's configuration and as an
# unprivileged user; a refusal leaves the guest at its source, and so does a receiver that fails after the whole stream came.

# shellcheck source=systemtests/xen/lib.sh
. /share/lib.sh

ln -s /usr/lib/dragoman/xl /usr/local/sbin/xl
# As sshd has it; the rig's own begins with Xen's folder.
PATH=/usr/local/sbin:$PATH
hash -r
[ "$(command -v xl)" = /usr/local/sbin/xl ]

xl restore /root/old1.save
counts_on old1 "$(cat /root/old1.tick)"
says "$(dm_log old1)" 'ret=0 pm1=0x1c01 pm1a=0x00001f40 left=0'
xl destroy old1
says <(dragoman log) 'translated: from xenserver-6.0-6.2'
says <(dragoman log) 'in a pipe'
stat -c %U /var/log/dragoman/audit.log | grep -qx dragoman

traditional_guest old6 "$stream_of_6_2"
create old6
before=$(tick "$(xl domid old6)")
xl migrate -s /root/here old6 localhost
counts_on old6 "$before"
says "$(dm_log old6--incoming)" 'ret=0 pm1=0x1c01 pm1a=0x00001f40 left=0'
xl destroy old6

traditional_guest old7 "$stream_of_nobody"
create old7
before=$(tick "$(xl domid old7)")
if xl migrate -s /root/here old7 localhost; then
    fail 'it was migrated'
fi
counts_on old7 "$before"
[ "$(xl list | grep -c old7)" -eq 1 ]
xl destroy old7

# The receiver has all of the stream and gives up: the sender must not wait for ever.
cat >/root/gives-up <<'END'
#!/bin/sh
printf 'xl migration receiver ready, send binary domain data.\n'
timeout 30 cat >/dev/null
exit 3
END
chmod +x /root/gives-up
traditional_guest old8 "$stream_of_6_2"
create old8
before=$(tick "$(xl domid old8)")
if timeout 120 xl migrate -s 'dragoman ssh --ssh /root/gives-up --to xen-4.17' old8 localhost; then
    fail 'it was migrated'
fi
counts_on old8 "$before"
xl destroy old8
rm /usr/local/sbin/xl
