/* The helper is away: a program is started for the one question. */
#include "harness.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void run(void)
{
    run_dm("-xen-domid", "7", "-name", "web1", "-incoming", "fd:14", NULL);
}

static void translates(const void *with)
{
    (void)with;
    use_fallback("translates");
    run();
    expect_translated();
    CHECK(
        said(
            "dragoman: domain 7 'web1': translated from xenserver-6.2 to xen-4.17: 1 edit (the helper is away: /tmp/dragoman-dm.") &&
            said("helper.sock: No such file or directory; asked the fallback)\n"),
        "%s", result.err);
    CHECK(said(" ms, 7 arguments\n"), "%s", result.err);
}

static void warns_in_syslog(const void *with)
{
    (void)with;
    use_fallback("translates");
    run();
    CHECK(strncmp(result.syslog, "<28>dragoman-dm[", 16) == 0, "%s", result.syslog);
    use_fallback("refuses");
    run();
    CHECK(strncmp(result.syslog, "<27>dragoman-dm[", 16) == 0, "%s", result.syslog);
}

static void make_it_hard(void)
{
    sigset_t all;

    for ( int i = 1; i < 32; i++ )
        signal(i, SIG_IGN);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){262144, 262144});
    if ( geteuid() == 0 && setgroups(2, (const gid_t[]){4, 6}) != 0 )
        _exit(99);
    setenv("LD_PRELOAD", "/nowhere", 1);
    setenv("JAVA_TOOL_OPTIONS", "-Dx", 1);
    if ( dup2(0, 50) < 0 || dup2(0, 200) < 0 )
        _exit(99);
}

static void expect_bare_fallback(void)
{
    CHECK(said("fallback: arguments 1 directory /\n"), "%s", result.err);
    CHECK(said("fallback: no_new_privs 1 death signal 9\n"), "%s", result.err);
    CHECK(said("fallback: session 1\n"), "%s", result.err);
    CHECK(
        said(
            "fallback: session 1\nfallback: umask 022\nfallback: environment PATH=/usr/sbin:/usr/bin:/sbin:/bin\n"
            "fallback: environment LANG=C.UTF-8\nfallback: fd 0\nfallback: fd 1\nfallback: fd 2\n"
            "fallback: input is a socket 1, output is as errors 1\n"),
        "%s", result.err);
    CHECK(said("SigBlk:\t0000000000000000\n") && said("SigIgn:\t0000000000000000\n"), "%s",
          result.err);
}

static void bare(const void *with)
{
    (void)with;
    use_fallback("translates");
    prepare = make_it_hard;
    run();
    expect_translated();
    expect_bare_fallback();
}

static void unprivileged(const void *with)
{
    struct stat network;
    char line[64];

    (void)with;
    use_fallback("translates");
    prepare = make_it_hard;
    run();
    expect_translated();
    CHECK(said("fallback: uid 65534 65534 gid 65534 65534 groups 0\n"), "%s", result.err);
    CHECK(said("fallback: CapPrm:\t0000000000000000\n") &&
              said("fallback: CapEff:\t0000000000000000\n"),
          "%s", result.err);
    CHECK(said(may_raise_limits() ? "fallback: limits size 1 core 0\n" : "core 0\n"), "%s",
          result.err);
    if ( stat("/proc/self/ns/net", &network) != 0 )
        abort();
    snprintf(line, sizeof(line), "fallback: network %llu\n", (unsigned long long)network.st_ino);
    CHECK(!said(line), "it has the host's network");
}

static void have_umask(void)
{
    umask(077);
}

static void umask_of_its_own(const void *with)
{
    (void)with;
    use_fallback("translates");
    prepare = have_umask;
    run();
    expect_translated();
    CHECK(said("fallback: umask 022\n"), "%s", result.err);
    CHECK(dumped("Umask:\t0077"), "%s", dumped_line("Umask"));
}

/* As a toolstack that was started from a login of root's. */
static void have_key(void)
{
    /* KEY_SPEC_SESSION_KEYRING */
    if ( syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 ||
         syscall(SYS_add_key, "user", "dragoman-test", "secret", 6, -3) < 0 )
        dprintf(STDERR_FILENO, "no keys here\n");
}

static void has_no_keys(const void *with)
{
    (void)with;
    use_fallback("translates");
    prepare = have_key;
    run();
    expect_translated();
    CHECK(!said("fallback: has a key\n"), "%s", result.err);
    if ( said("no keys here\n") )
        printf("      %s: this kernel has no keyrings\n", __func__);
}

/* As an older kernel, and with a descriptor above what may be opened now. */
static void have_no_close_range(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_close_range, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 38),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {.len = 4, .filter = filter};

    make_it_hard();
    if ( prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0 )
        _exit(99);
}

static void old_kernel(const void *with)
{
    (void)with;
    use_fallback("translates");
    prepare = have_no_close_range;
    run();
    expect_translated();
    expect_bare_fallback();
}

static void refuses(const void *with)
{
    (void)with;
    settings.on_failure = DRAGOMAN_PASS_THROUGH;
    use_fallback("refuses");
    run();
    expect_not_started(4);
    CHECK(said("refused by the fallback (the helper is away: ") &&
              said("; asked the fallback)\n  no product writes this\n"),
          "%s", result.err);
}

struct failing
{
    const char *behaviour;
    const char *said;
};

static void fails(const void *with)
{
    const struct failing *failing = with;

    use_fallback(failing->behaviour);
    settings.deadline_ms = 700;
    settings.helper_ms = 300;
    run();
    expect_not_started(6);
    CHECK(said("\n  the helper is away: ") && said(failing->said), "%s", result.err);
    CHECK(result.ms < 700 + 1500, "%ld ms", result.ms);
    settings.on_failure = DRAGOMAN_PASS_THROUGH;
    run();
    expect_original();
    CHECK(said("passed through unchecked (on-failure): the helper is away: "), "%s", result.err);
    settings.mode = DRAGOMAN_DRY_RUN;
    settings.on_failure = DRAGOMAN_REFUSE;
    run();
    expect_original();
}

#define FAILS(name, behaviour, text)                                                               \
    {                                                                                              \
        name, fails, &(const struct failing){behaviour, text}, 0                                   \
    }

static void no_program(const void *with)
{
    (void)with;
    strcpy(settings.fallback, "/nowhere/at all");
    run();
    expect_not_started(6);
    CHECK(said("the fallback could not find out: /nowhere/at all: No such file or directory"), "%s",
          result.err);
    put_file("text", "text", 4, 0644);
    strcpy(settings.fallback, in_directory("text"));
    run();
    expect_not_started(6);
    CHECK(said("/text: Permission denied"), "%s", result.err);
}

static void not_as_root(const void *with)
{
    (void)with;
    use_fallback("translates");
    settings.helper_uid = 0;
    run();
    expect_not_started(6);
    CHECK(said("the fallback is not started as root") && !said("fallback: uid"), "%s", result.err);
    settings.helper_uid = 65534;
    settings.helper_gid = 0;
    run();
    expect_not_started(6);
}

static void no_time(const void *with)
{
    (void)with;
    use_fallback("hangs");
    settings.deadline_ms = settings.helper_ms = 1;
    strcpy(settings.socket, "/dev/null");
    /* The millisecond may be enough to fail the helper. */
    settings.deadline_ms = 1;
    run();
    CHECK(result.status == 6 && result.ms < 2000, "status %d, %ld ms: %s", result.status, result.ms,
          result.err);
}

static void logs_afterwards(const void *with)
{
    (void)with;
    use_fallback("logs-afterwards");
    run();
    expect_translated();
    CHECK(said("fallback: logged afterwards"), "%s", result.err);
}

static void lingers(const void *with)
{
    (void)with;
    use_fallback("lingers");
    run();
    expect_translated();
    CHECK(result.ms >= 190 && result.ms < 2000, "%ld ms", result.ms);
}

static void leaves_a_child(const void *with)
{
    (void)with;
    use_fallback("leaves-a-child");
    run();
    expect_translated();
}

static void ignore_children(void)
{
    signal(SIGCHLD, SIG_IGN);
}

static void children_are_ignored(const void *with)
{
    (void)with;
    prepare = ignore_children;
    use_fallback("translates");
    run();
    expect_translated();
    use_fallback("ends");
    run();
    expect_not_started(6);
    CHECK(said("(exit status 3)"), "%s", result.err);
}

/* What kills the shim, kills the fallback. */
static void shim_is_killed(const void *with)
{
    const char *const argv[] = {"dm", "-incoming", "fd:14", NULL};
    bool waits = false;

    (void)with;
    use_fallback("hangs");
    settings.deadline_ms = 60000;
    start_program(in_directory("dm"), argv);
    for ( int i = 0; i < 500 && !waits; i++ )
    {
        char text[4096];
        int fd = open(in_directory("err"), O_RDONLY | O_CLOEXEC);
        ssize_t size = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

        text[size < 0 ? 0 : size] = '\0';
        waits = strstr(text, "CapEff") != NULL;
        if ( fd >= 0 )
            close(fd);
        usleep(10000);
    }
    CHECK(waits, "the fallback was not started");
    kill(result.pid, SIGKILL);
    finish_program();
    expect_not_started(128 + SIGKILL);
}

static void helper_first(const void *with)
{
    (void)with;
    /* The whole time is the helper's, and nobody is there: the fallback has all of it. */
    settings.helper_ms = settings.deadline_ms;
    use_fallback("translates");
    run();
    expect_translated();
}

const struct test fallback_tests[] = {
    {"the fallback answers", translates, NULL, FOR_VALGRIND},
    {"the fallback's use is a warning, its refusal an error", warns_in_syslog, NULL, NEEDS_SYSLOG},
    {"the fallback has nothing but its question", bare, NULL, NEEDS_PLAIN_SHIM},
    {"the fallback has no privileges", unprivileged, NULL, NEEDS_ROOT | NEEDS_PLAIN_SHIM},
    {"the fallback has a umask of its own", umask_of_its_own, NULL, NEEDS_PLAIN_SHIM},
    {"the fallback has none of the caller's keys", has_no_keys, NULL, NEEDS_PLAIN_SHIM},
    {"the fallback has nothing but its question, on an old kernel", old_kernel, NULL,
     NEEDS_PLAIN_SHIM},
    {"the fallback refuses", refuses, NULL, FOR_VALGRIND},
    {"the fallback has the time that the helper did not take", helper_first, NULL, 0},
    FAILS("the fallback ends", "ends",
          "the fallback did not answer: it closed the connection (exit status 3)"),
    FAILS("the fallback crashes", "crashes",
          "the fallback did not answer: it closed the connection (ended by signal 11)"),
    FAILS("the fallback hangs", "hangs", "the fallback did not answer: its time is over"),
    FAILS("the fallback hangs and has children", "hangs-with-children",
          "the fallback did not answer: its time is over"),
    FAILS("the fallback fails", "fails", "the fallback could not find out: no policy can be read"),
    FAILS("the fallback answers with garbage", "garbles",
          "the fallback answered with garbage: a message of 5 octets"),
    {"the fallback is not there, or no program", no_program, NULL, FOR_VALGRIND},
    {"the fallback is never root", not_as_root, NULL, NEEDS_ROOT},
    {"hardly any time is left for the fallback", no_time, NULL, 0},
    {"the fallback may write down what it did", logs_afterwards, NULL, 0},
    {"a fallback that does not end is ended", lingers, NULL, 0},
    {"what a fallback leaves is ended", leaves_a_child, NULL, 0},
    {"works where SIGCHLD is ignored", children_are_ignored, NULL, 0},
    {"the fallback ends with the shim", shim_is_killed, NULL, NEEDS_PLAIN_SHIM},
    {NULL, NULL, NULL, 0},
};
