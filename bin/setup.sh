# shellcheck shell=sh
# What the programs in this folder share: finding the tools, and building when something changed.
# Not a program; they read it with `.`, after setting `root` to the project's folder.

# Maven goes by JAVA_HOME; everything else shall run on the same.
if [ -n "${JAVA_HOME-}" ]; then
    PATH=$JAVA_HOME/bin:$PATH
fi

say() {
    echo "dragoman: $*" >&2
}

# need COMMAND PACKAGE ...: pairs of a command and the Debian package that has it. Installs what is
# missing when it may, else prints the line that does.
need() {
    missing=
    while [ $# -gt 0 ]; do
        case $1 in
        java17) java_is_new_enough || missing="$missing $2" ;;
        stdio.h) [ -e /usr/include/stdio.h ] || missing="$missing $2" ;;
        *) command -v "$1" >/dev/null 2>&1 || missing="$missing $2" ;;
        esac
        shift 2
    done
    [ -n "$missing" ] || return 0
    install="apt-get install -y --no-install-recommends$missing"
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
        say "installing$missing"
        # An index may be missing on a new machine; another apt may be at work.
        {
            apt-get -q -o DPkg::Lock::Timeout=600 update
            DEBIAN_FRONTEND=noninteractive $install -q -o DPkg::Lock::Timeout=600
        } >"$log" 2>&1 || {
            cat "$log" >&2
            say "could not install$missing"
            exit 6
        }
    else
        say "these packages are missing:$missing. Install them with"
        say "    sudo $install"
        exit 6
    fi
}

need_build_tools() {
    need java17 default-jdk-headless mvn maven flock util-linux gcc gcc make make stdio.h libc6-dev
}

# What builds the shim is less: make, gcc, libc6-dev.
need_shim_tools() {
    need make make gcc "gcc libc6-dev binutils" clang "clang libclang-rt-dev" \
        clang-format clang-format valgrind valgrind shellcheck shellcheck
}

# Xen's own verifier of streams, to judge what Dragoman writes: unpacked below target, never installed. Without
# it, as on anything but Debian 12, the tests that ask it are skipped.
need_stream_verifier() {
    need python3 python3
    # shellcheck disable=SC2154 # the programs set it
    utils=$root/target/xen-utils
    [ ! -e "$utils/usr" ] || return 0
    rm -rf "$utils" "$utils.new"
    mkdir -p "$utils.new"
    {
        (cd "$utils.new" && apt-get -q download xen-utils-4.17 && dpkg-deb -x xen-utils-4.17_*.deb .) &&
            mv "$utils.new" "$utils"
    } >"$log" 2>&1 ||
        say "no package xen-utils-4.17 (see $log), so nothing is shown to Xen's own stream verifier"
}

# A compiler, not only a runtime.
java_is_new_enough() {
    version=$(javac -version 2>&1) || return 1
    version=${version#javac }
    version=${version%%.*}
    [ "${version%%[!0-9]*}" -ge 17 ] 2>/dev/null
}

log=$root/target/build.log
jar=$root/plugin/target/dragoman.jar
archive=$root/plugin/target/dragoman.jsa
archived=$root/plugin/target/dragoman.jsa.tried
example=$root/policies/examples/streams/xenserver-6.2.standard.qemu-save
# The launchers of the installed program, on what was built.
home=$root/plugin/target
policies=$root/policies
config=/etc/dragoman/dragoman.yaml
state=/var/lib/dragoman
. "$root/plugin/src/dist/java.sh"

is_stale() {
    [ ! -e "$1" ] || [ -n "$(find "$root/pom.xml" "$root/plugin/pom.xml" "$root/plugin/src/main" \
        "$root/policies" "$root/.mvn" -newer "$1" -print -quit)" ]
}

is_newer() {
    [ -n "$(find "$1" -newer "$2" -print 2>/dev/null)" ]
}

# Builds what is not there or older than its sources, once at a time. The standard input is the program's.
build() {
    ! is_stale "$jar" && is_newer "$archived" "$jar" && return 0
    if [ -e "$jar" ] && [ ! -w "$root/plugin/target" ]; then
        is_stale "$jar" && say "the program is older than its sources; its owner can build it anew"
        return 0
    fi
    mkdir -p "$root/target"
    need_build_tools
    (
        flock 9
        if is_stale "$jar"; then
            say "building"
            # Maven may find the jar's content unchanged and leave the old one.
            rm -f "$jar"
            touch "$root/target/started"
            (cd "$root" && mvn -q -B -Dstyle.color=never -pl plugin package -Dmaven.test.skip=true -Dspotless.check.skip -Ddeb.skip) \
                >"$log" 2>&1 || {
                cat "$log" >&2
                say "the build failed; its output is above and in $log"
                exit 1
            }
            # What is edited during a build is newer than it.
            touch -r "$root/target/started" "$jar"
        fi
        is_newer "$archived" "$jar" || archive_classes
    ) 9>"$root/target/lock" </dev/null || exit 1
}

archive_classes() {
    rm -f "$archive"
    "$root/plugin/src/dist/archive-classes" "$root/plugin/target" "$example" >"$root/target/archive.log" 2>&1 ||
        say "no class archive could be made, so each start takes longer; see $root/target/archive.log"
    # Tried, whatever came of it: a start must not try again each time.
    touch "$archived"
}
