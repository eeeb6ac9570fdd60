#!/bin/bash
# Without the hook: the save file that does not come back is translated into another one, in place, and in a pipe; a migration on
# the sending side. A refusal in the middle of a migration leaves the guest running at the source.

# shellcheck source=systemtests/xen/lib.sh
. /share/lib.sh

comes_back() {
    counts_on old1 "$(cat /root/old1.tick)"
    says "$(dm_log old1)" 'ret=0 pm1=0x1c01 pm1a=0x00001f40 left=0'
    xl destroy old1
}

dragoman inspect /root/old1.save
dragoman rewrite --to xen-4.17 /root/old1.save /root/translated.save
xl restore /root/translated.save
comes_back

dragoman filter --to xen-4.17 </root/old1.save | xl restore /dev/stdin
comes_back

cp /root/old1.save /root/in-place.save
dragoman rewrite --to xen-4.17 --in-place /root/in-place.save
cmp /root/in-place.save /root/translated.save
xl restore /root/in-place.save
comes_back
sha256sum --check /root/old1.sha256

# What ssh would do on the other host.
cat >/root/here <<'END'
#!/bin/sh
shift
exec "$@"
END
chmod +x /root/here
traditional_guest old4 "$stream_of_6_2"
create old4
before=$(tick "$(xl domid old4)")
xl migrate -s 'dragoman ssh --ssh /root/here --to xen-4.17' old4 localhost
counts_on old4 "$before"
says "$(dm_log old4--incoming)" 'ret=0 pm1=0x1c01 pm1a=0x00001f40 left=0'
xl destroy old4

# A guest that runs on while it is saved, and what a migration sends, the go message behind it: read, and passed on, to the byte.
guest new9
create new9
before=$(tick "$(xl domid new9)")
xl save -c new9 /root/new9.save
counts_on new9 "$before"
says <(dragoman inspect /root/new9.save) 'new9'
dragoman filter --to xen-4.17 </root/new9.save | cmp - /root/new9.save
cat >/root/captured-here <<'END'
#!/bin/sh
shift
tee /root/migration | "$@"
END
chmod +x /root/captured-here
before=$(tick "$(xl domid new9)")
xl migrate -s /root/captured-here new9 localhost
counts_on new9 "$before"
tail -c 44 /root/migration | tr -d '\0' | grep -x 'domain is yours, you are cleared to unpause'
says <(dragoman inspect /root/migration) 'new9'
dragoman filter --to xen-4.17 </root/migration | cmp - /root/migration
xl destroy new9

traditional_guest old5 "$stream_of_nobody"
create old5
before=$(tick "$(xl domid old5)")
if xl migrate -s 'dragoman ssh --ssh /root/here --to xen-4.17' old5 localhost; then
    fail 'it was migrated'
fi
counts_on old5 "$before"
[ "$(xl list | grep -c old5)" -eq 1 ]
xl destroy old5
