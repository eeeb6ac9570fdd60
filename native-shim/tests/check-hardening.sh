#!/bin/sh
# check-hardening.sh FILE static|dynamic PROTECTED FORTIFIED: is the built program hardened as the
# Makefile wants it? Of the file, not of the flags. The last two are functions with arrays on the
# stack, and such that print.
set -eu
file=$1
kind=$2
protected=$3
fortified=$4
failed=0

expect() {
    if ! printf '%s\n' "$2" | grep -Eq -- "$3"; then
        echo "FAIL  $1: no '$3' in $file"
        failed=$((failed + 1))
    fi
}
expect_not() {
    if printf '%s\n' "$2" | grep -Eq -- "$3"; then
        echo "FAIL  $1: '$3' in $file"
        failed=$((failed + 1))
    fi
}
code() {
    objdump -d --disassemble="$1" "$file"
}

headers=$(readelf -hlW "$file")
dynamic=$(readelf -dW "$file")
expect "position-independent" "$headers" 'Type: +DYN'
expect "position-independent" "$dynamic" 'FLAGS_1.*PIE'
if [ "$kind" = static ]; then
    expect_not "static" "$headers" 'INTERP'
    expect_not "static" "$dynamic" 'NEEDED'
    expect "the marker that dragoman enable looks for" "$(strings -n 12 "$file")" '^dragoman-dm shim [0-9]'
else
    # What the libraries of the host are is found out when it runs.
    expect_not "the C library alone" "$(printf '%s\n' "$dynamic" | grep NEEDED | grep -v 'libc\.so')" NEEDED
    expect_not "no path of its own" "$dynamic" 'RPATH|RUNPATH'
fi
expect "relocations are read-only" "$headers" 'GNU_RELRO'
expect "no late binding" "$dynamic" 'BIND_NOW'
expect "the stack is not executable" "$headers" 'GNU_STACK.* RW '
expect_not "nothing is writable and executable" "$headers" ' RWE '
expect_not "no text relocations" "$dynamic" 'TEXTREL'
for function in $protected; do
    expect "stack protector in $function" "$(code "$function")" '__stack_chk_fail'
done
for function in $fortified; do
    expect "fortified $function" "$(code "$function")" 'printf_chk'
done
if [ "$(uname -m)" = x86_64 ]; then
    expect "branch targets are marked" "$(code main)" 'endbr64'
fi
[ "$failed" -eq 0 ] || exit 1
echo "ok    $file is hardened"
