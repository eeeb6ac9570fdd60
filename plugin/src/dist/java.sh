# shellcheck shell=sh
# What the launchers share: which Java runtime, and with which flags. They read it with `.` after
# setting `home`, the folder that the program is in.

# Every run: collect with one thread, keep no performance data in /tmp, and map the class archive
# where it was made for, which is 20 ms faster and shares its memory with the other runs.
common_flags="-XX:+IgnoreUnrecognizedVMOptions -XX:+UnlockDiagnosticVMOptions -XX:+UseSerialGC -XX:-UsePerfData -Xshare:auto -XX:ArchiveRelocationMode=0 -Xlog:disable -Xlog:all=error:stderr -Xmx192m"
# A short run: compile little.
short_flags="$common_flags -XX:TieredStopAtLevel=1"
# The helper: compiled well, by the JVM's own thresholds: with lower ones, the second compiler is busy for
# longer with what is not hot, and it is the rehearsal that brings compiled code soon; small; and without the JVM's timers that
# would wake it when nobody asks.
serve_flags="$common_flags -Xms6m -Xmn2m -Xss512k -XX:ReservedCodeCacheSize=24m -XX:GuaranteedSafepointInterval=0 -XX:AsyncDeflationInterval=0"

# What the compilers took goes back to the kernel, rather than to the C library for later.
keep_no_memory() {
    export MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=32000 MALLOC_TRIM_THRESHOLD_=131072
}

# Where the installed program's files are; bin/dragoman, which runs it from the build, has other ones.
locate() {
    # shellcheck disable=SC2154 # they set it
    prefix=${home%/lib/dragoman}
    policies=$prefix/share/dragoman/policies
    if [ "$prefix" = /usr ]; then
        config=/etc/dragoman/dragoman.yaml
        state=/var/lib/dragoman
    else
        config=$prefix/etc/dragoman/dragoman.yaml
        state=$prefix/var/lib/dragoman
    fi
}

# Sets `java` to a Java runtime of version 17 or later. A guest may be waiting, so it asks the file
# `release` beside the runtime, without starting anything, where there is one. find_java COMMAND
find_java() {
    for java in "${JAVA_HOME:+$JAVA_HOME/bin/java}" on-the-path /usr/lib/jvm/*/bin/java; do
        if [ "$java" = on-the-path ]; then
            java=$(command -v java) || continue
            java=$(readlink -f -- "$java")
        fi
        if [ -x "$java" ] && is_new_enough; then
            return
        fi
    done
    echo "dragoman: no Java 17 or later: looked at JAVA_HOME (${JAVA_HOME:-not set}), java on the PATH," \
        "and /usr/lib/jvm. Install default-jre-headless, or set JAVA_HOME" >&2
    if [ "${1-}" = disable ]; then
        echo "dragoman: without Java, this puts the device models back: $home/put-back $state/enabled.json" >&2
    fi
    exit 6
}

is_new_enough() {
    version=
    if [ -r "${java%/bin/java}/release" ]; then
        while IFS='="' read -r key _ value _; do
            if [ "$key" = JAVA_VERSION ]; then
                version=$value
            fi
        done <"${java%/bin/java}/release"
    else
        version=$("$java" -version 2>&1) || return 1
        version=${version#*\"}
    fi
    version=${version%%[!0-9]*}
    [ "${version:-0}" -ge 17 ]
}

# start ARGUMENT...: becomes the program.
start() {
    # A file that the runtime opens must not get the number of a descriptor that is closed here. What is
    # written to one that was, fails.
    true 2>/dev/null 3<&0 || exec </dev/null
    true 2>/dev/null 3>&1 || exec 1</dev/null
    true 3>&2 2>/dev/null || exec 2>/dev/null
    find_java "${1-}"
    case ${1-} in
    serve)
        flags=$serve_flags
        keep_no_memory
        ;;
    *) flags=$short_flags ;;
    esac
    if [ -e "$home/dragoman.jsa" ]; then
        flags="$flags -XX:SharedArchiveFile=$home/dragoman.jsa"
    fi
    # File names are UTF-8, whatever a cron job's locale says.
    case ${LC_ALL:-${LC_CTYPE:-${LANG-}}} in
    *[Uu][Tt][Ff]*8) ;;
    *) export LC_ALL=C.UTF-8 ;;
    esac
    # shellcheck disable=SC2086,SC2154 # several flags; the launchers set the rest
    exec "$java" $flags -Djffi.boot.library.path="$home/native" -Ddragoman.home="$home" \
        -Ddragoman.state="$state" -Ddragoman.config="$config" -Ddragoman.policies="$policies" \
        -jar "$home/dragoman.jar" "$@"
}
