/* The shim is not there: the device model gets what it would have got without it. */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void must_not_be_asked(int connection)
{
    (void)connection;
    _exit(1);
}

/* Command lines without a stream. With: argv after the name. */
static void start_at_once(const void *with)
{
    const char *argv[24] = {in_directory("dm")};

    for ( int i = 0; ((const char *const *)with)[i] != NULL; i++ )
        argv[i + 1] = ((const char *const *)with)[i];
    /* Settings that would refuse everything, if they were read. */
    write_settings = false;
    put_file("dm.dragoman", "", 0, 0666);
    start_helper(must_not_be_asked);
    run_program(in_directory("dm"), argv);
    CHECK(stop_helper() == 0, "the helper was asked");
    expect_original();
    CHECK(*result.err == '\0', "%s", result.err);
    CHECK(*result.syslog == '\0', "%s", result.syslog);
    for ( int i = 0; argv[i] != NULL; i++ )
    {
        char line[256];

        snprintf(line, sizeof(line), "argument %d %s", i, argv[i]);
        CHECK(dumped(line), "%s", line);
    }
}

#define COMMAND(name, ...)                                                                         \
    {                                                                                              \
        "starts at once: " name, start_at_once,                                                    \
            (const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL}, 0                              \
    }

static void make_circumstances(void)
{
    sigset_t blocked;

    signal(SIGUSR1, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    /* Not those that the shim itself ignores for a while. */
    signal(SIGHUP, SIG_IGN);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_SETMASK, &blocked, NULL);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){262144, 262144});
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 4096});
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){300, 4000});
    setrlimit(RLIMIT_MEMLOCK, &(struct rlimit){0, 0});
    setenv("XEN_DOMAIN_ID", "7", 1);
    setenv("PATH", "/nowhere", 1);
    setenv("LANG", "de_DE", 1);
    umask(07);
    if ( chdir("/usr") != 0 || dup2(open("/dev/zero", O_RDWR), 33) < 0 || dup2(STREAM_FD, 34) < 0 ||
         nice(3) < 0 )
        _exit(99);
    lseek(33, 0, SEEK_SET);
}

static void run_in_circumstances(const char *program, const char *stream)
{
    const char *const argv[] = {"a name of its own", "-xen-domid", "7", "-incoming", stream, NULL};

    prepare = make_circumstances;
    run_program(in_directory(program), argv);
}

/* The stand-in, started directly, says what it should be. */
static void start_same(const char *stream)
{
    static char direct[sizeof(result.dump)];

    run_in_circumstances("dm.real", stream);
    strcpy(direct, result.dump);
    CHECK(*direct != '\0', "%s", result.err);
    CHECK(strstr(direct, "directory /usr\n") != NULL, "%s", direct);
    run_in_circumstances("dm", stream);
    CHECK(differing_lines(direct, result.dump, NULL) == 0, "%s", result.err);
}

static void same_without_stream(const void *with)
{
    (void)with;
    start_same("defer");
}

static void say_unchanged(int connection)
{
    struct asked asked;
    struct reply *reply = new_reply(DRAGOMAN_GO);

    receive_question(connection, &asked);
    add_text(reply, "unchanged, xen-4.17 wrote it", 28);
    send_reply(connection, reply, reply_size(reply));
}

static void same_with_unchanged_stream(const void *with)
{
    (void)with;
    start_helper(say_unchanged);
    start_same(STREAM_ARGUMENT);
    CHECK(said("unchanged, xen-4.17 wrote it"), "%s", result.err);
}

/* Up to the separator; what the table has for nothing is nothing. */
static const char *next_field(char **line, const char *separator)
{
    char *field = *line;
    char *end = strstr(field, separator);

    *line = NULL;
    if ( end != NULL )
    {
        *end = '\0';
        *line = end + strlen(separator);
    }
    return strcmp(field, "''") == 0 ? "" : field;
}

/* What is printed before each line, as the table has it. */
static void expect_domain(char *line)
{
    const char *argv[32] = {NULL};
    int argc = 0;
    char expected[256];
    size_t size;
    const char *id = next_field(&line, " ; ");
    const char *name = next_field(&line, " ; ");

    while ( line != NULL && argc + 1 < 32 )
        argv[argc++] = next_field(&line, " ");
    strcpy(expected, "dragoman: ");
    if ( strcmp(id, "-") != 0 || strcmp(name, "-") != 0 )
        strcat(expected, "domain");
    size = strlen(expected);
    if ( strcmp(id, "-") != 0 )
        size += (size_t)snprintf(expected + size, sizeof(expected) - size, " %s", id);
    if ( strcmp(name, "-") != 0 )
        size += (size_t)snprintf(expected + size, sizeof(expected) - size, " '%s'", name);
    if ( strcmp(id, "-") != 0 || strcmp(name, "-") != 0 )
        strcat(expected, ": ");
    strcat(expected, "unchanged");
    run_program(in_directory("dm"), argv);
    CHECK(strncmp(result.err, expected, strlen(expected)) == 0, "%s, expected %s", result.err,
          expected);
}

static void tells_the_domain(const void *with)
{
    FILE *table = fopen(with, "re");
    char line[512];
    int count = 0;

    start_helper(say_unchanged);
    while ( table != NULL && fgets(line, sizeof(line), table) != NULL )
    {
        line[strcspn(line, "\n")] = '\0';
        if ( *line == '#' || *line == '\0' )
            continue;
        expect_domain(line);
        count++;
    }
    CHECK(count > 40, "%d lines in %s", count, (const char *)with);
    if ( table != NULL )
        fclose(table);
}

static void translate(int connection)
{
    struct asked asked;

    receive_question(connection, &asked);
    reply_translated(connection);
}

static void same_with_translated_stream(const void *with)
{
    static char direct[sizeof(result.dump)];

    (void)with;
    start_helper(translate);
    run_in_circumstances("dm.real", STREAM_ARGUMENT);
    strcpy(direct, result.dump);
    run_in_circumstances("dm", STREAM_ARGUMENT);
    CHECK(differing_lines(direct, result.dump, "fd 14 ") == 0, "%s", result.err);
    expect_translated();
}

static void same_after_fallback(const void *with)
{
    static char direct[sizeof(result.dump)];

    (void)with;
    use_fallback("translates");
    run_in_circumstances("dm.real", STREAM_ARGUMENT);
    strcpy(direct, result.dump);
    run_in_circumstances("dm", STREAM_ARGUMENT);
    CHECK(differing_lines(direct, result.dump, "fd 14 ") == 0, "%s", result.err);
    expect_translated();
}

/* With: a file's content that is not the traditional device model's stream. */
static void other_stream(const void *with)
{
    const struct iovec_like
    {
        const char *bytes;
        size_t size;
    } *content = with;

    put_file("stream", content->bytes, content->size, 0600);
    write_settings = false; /* there are none */
    run_dm("-incoming", STREAM_ARGUMENT, NULL);
    CHECK(result.status == 0 && *result.err == '\0', "status %d: %s", result.status, result.err);
    CHECK(strstr(dumped_line("fd 14 "), "position=0 ") != NULL, "%s", dumped_line("fd 14 "));
}

struct content
{
    const char *bytes;
    size_t size;
};
#define OTHER_STREAM(name, text)                                                                   \
    {                                                                                              \
        "starts at once, without settings: " name, other_stream,                                   \
            &(const struct content){text, sizeof(text) - 1}, 0                                     \
    }

static void every_stream(const void *with)
{
    (void)with;
    put_file("stream", "QEVM\0\0\0\3\7....", 13, 0600);
    start_helper(translate);
    run_dm("-incoming", STREAM_ARGUMENT, NULL);
    CHECK(*result.err == '\0' && strstr(dumped_line("fd 14 "), "size=13 ") != NULL, "%s %s",
          result.err, dumped_line("fd 14 "));
    settings.every_stream = 1;
    run_dm("-incoming", STREAM_ARGUMENT, NULL);
    expect_translated();
}

/* The beginning of what qemu-xen writes of a guest that was translated once. */
static const char marked[] = "QEVM\0\0\0\3\4\1\2\3\4\5timer\0\0\0\0\0\0\0\2"
                             "........................\x7e\1\2\3\4more";
#define MARKED_SIZE 56
#define SECTION_ID_AT 9
#define PAYLOAD_AT 27
#define FOOTER_AT 51

static void expect_asked(const char *bytes, size_t size, bool asked, const char *what, int at)
{
    put_file("stream", bytes, size, 0600);
    run_dm("-incoming", STREAM_ARGUMENT, NULL);
    CHECK(result.status == 0 && (*result.err != '\0') == asked, "%s %d: %s", what, at, result.err);
}

static void translated_once(const void *with)
{
    char changed[sizeof(marked)];

    (void)with;
    start_helper(translate);
    expect_asked(marked, sizeof(marked), true, "all of", 0);
    expect_translated();
    expect_asked(marked, MARKED_SIZE, true, "without", 0);
    for ( int size = 0; size < MARKED_SIZE; size++ )
        expect_asked(marked, (size_t)size, false, "cut at", size);
    for ( int at = 0; at < MARKED_SIZE; at++ )
    {
        memcpy(changed, marked, sizeof(marked));
        changed[at] ^= 0x40;
        expect_asked(changed, sizeof(marked), at >= PAYLOAD_AT && at < FOOTER_AT, "changed at", at);
    }
    memcpy(changed, marked, sizeof(marked));
    changed[SECTION_ID_AT] = changed[FOOTER_AT + 1] = 0;
    expect_asked(changed, sizeof(marked), true, "another section's id", 0);
}

static void translated_once_and_unusable(const void *with)
{
    (void)with;
    put_file("stream", marked, sizeof(marked), 0600);
    run_dm("-incoming", STREAM_ARGUMENT, NULL);
    expect_not_started(6);
    write_settings = false;
    run_dm("-incoming", STREAM_ARGUMENT, NULL);
    expect_not_started(6);
}

static void mode_off(const void *with)
{
    (void)with;
    settings.mode = DRAGOMAN_OFF;
    start_helper(must_not_be_asked);
    run_dm("-incoming", STREAM_ARGUMENT, NULL);
    CHECK(stop_helper() == 0, "the helper was asked");
    expect_original();
    CHECK(*result.err == '\0', "%s", result.err);
}

static void put_pipe(void)
{
    int ends[2];

    if ( pipe(ends) != 0 || write(ends[1], original, original_size) < 0 ||
         dup2(ends[0], STREAM_FD) < 0 )
        _exit(99);
    close(ends[0]);
    close(ends[1]);
}

static void pipe_as_stream(const void *with)
{
    (void)with;
    prepare = put_pipe;
    run_dm("-xen-domid", "7", "-incoming", STREAM_ARGUMENT, NULL);
    CHECK(result.status == 0 && strstr(dumped_line("fd 14 "), "mode=10000 ") != NULL, "%d %s",
          result.status, dumped_line("fd 14 "));
    CHECK(
        strcmp(
            result.err,
            "dragoman: domain 7: passed through unchecked: cannot look at the stream fd:14: not a regular file\n") ==
            0,
        "%s", result.err);
}

static void close_stream(void)
{
    close(STREAM_FD);
}

static void no_such_descriptor(const void *with)
{
    (void)with;
    prepare = close_stream;
    run_dm("-incoming", STREAM_ARGUMENT, NULL);
    CHECK(result.status == 0 && *result.dump != '\0', "status %d", result.status);
    CHECK(said("cannot look at the stream fd:14: Bad file descriptor"), "%s", result.err);
}

static void snapshot_tag(const void *with)
{
    (void)with;
    run_dm("-loadvm", "monday", NULL);
    CHECK(result.status == 0 && *result.err == '\0', "status %d: %s", result.status, result.err);
    CHECK(dumped("argument 2 monday"), "%s", result.dump);
    run_dm("-loadvm", "/tmp", NULL);
    CHECK(result.status == 0 && *result.err == '\0', "status %d: %s", result.status, result.err);
    run_dm("-loadvm", "/dev/zero", NULL);
    CHECK(result.status == 0 && *result.err == '\0', "status %d: %s", result.status, result.err);
}

static void fifo_as_file(const void *with)
{
    (void)with;
    if ( mkfifo(in_directory("fifo"), 0600) != 0 )
        abort();
    write_settings = false;
    run_program(in_directory("dm"),
                (const char *const[]){"dm", "-daemonize", "--loadvm", in_directory("fifo"), NULL});
    CHECK(result.status == 0 && *result.err == '\0' && result.ms < 5000, "status %d: %s",
          result.status, result.err);
}

/* What cannot be read is not taken for another device model's. */
static void expect_unreadable(const char *const argv[], const char *problem)
{
    char line[512];

    snprintf(line, sizeof(line), "the stream %s cannot be read: %s\n  nobody was asked\n", argv[2],
             problem);
    settings.mode = DRAGOMAN_ENFORCE;
    settings.on_failure = DRAGOMAN_REFUSE;
    run_program(in_directory("dm"), argv);
    expect_not_started(6);
    CHECK(said(line), "%s, expected %s", result.err, line);
    settings.on_failure = DRAGOMAN_PASS_THROUGH;
    run_program(in_directory("dm"), argv);
    CHECK(result.status == 0 && *result.dump != '\0', "status %d: %s", result.status, result.err);
    CHECK(said("passed through unchecked (on-failure): the stream "), "%s", result.err);
    settings.mode = DRAGOMAN_OFF;
    run_program(in_directory("dm"), argv);
    CHECK(result.status == 0 && *result.err == '\0', "status %d: %s", result.status, result.err);
    write_settings = false;
    unlink(in_directory("dm.dragoman"));
    run_program(in_directory("dm"), argv);
    expect_not_started(6);
}

static void only_write(void)
{
    if ( dup2(open(in_directory("stream"), O_WRONLY | O_CLOEXEC), STREAM_FD) < 0 )
        _exit(99);
}

static void unreadable_descriptor(const void *with)
{
    const char *const argv[] = {"dm", "-incoming", STREAM_ARGUMENT, NULL};

    (void)with;
    prepare = only_write;
    expect_unreadable(argv, "Bad file descriptor");
}

static void unreadable_file(const void *with)
{
    /* A regular file, of which there is nothing at 0. */
    const char *const argv[] = {"dm", "-loadvm", "/proc/self/mem", NULL};

    (void)with;
    expect_unreadable(argv, "Input/output error");
}

static void unopenable_file(const void *with)
{
    const char *const argv[] = {"dm", "-loadvm", in_directory("loop"), NULL};

    (void)with;
    if ( symlink("loop", in_directory("loop")) != 0 )
        abort();
    expect_unreadable(argv, "Too many levels of symbolic links");
}

static void started_by_link(const void *with)
{
    (void)with;
    if ( symlink(in_directory("dm"), in_directory("link")) != 0 )
        abort();
    start_helper(translate);
    run_program(in_directory("link"),
                (const char *const[]){"link", "-incoming", STREAM_ARGUMENT, NULL});
    expect_translated();
    CHECK(dumped("argument 0 link"), "%s", dumped_line("argument 0"));
}

static void enter_directory(void)
{
    if ( chdir(in_directory("")) != 0 )
        _exit(99);
}

static void started_by_relative_path(const void *with)
{
    static const char *const argv[] = {"dm", "-incoming", STREAM_ARGUMENT, NULL};

    (void)with;
    prepare = enter_directory;
    start_helper(translate);
    run_program("./dm", argv);
    expect_translated();
    /* By PATH; the kernel sees a path without a slash. */
    run_program("../../../../../proc/self/cwd/dm", argv);
    expect_translated();
}

static void no_arguments(const void *with)
{
    static const char *const argv[] = {NULL};

    (void)with;
    run_program(in_directory("dm"), argv);
    CHECK(result.status == 0 && *result.dump != '\0', "status %d", result.status);
}

static void real_is_missing(const void *with)
{
    (void)with;
    unlink(in_directory("dm.real"));
    run_dm("-incoming", STREAM_ARGUMENT, NULL);
    expect_not_started(127);
    CHECK(said("dm.real: No such file or directory"), "%s", result.err);
}

static void real_is_no_program(const void *with)
{
    (void)with;
    put_file("dm.real", "", 0, 0644);
    run_dm("-h", NULL);
    expect_not_started(126);
    CHECK(said("dm.real: Permission denied"), "%s", result.err);
    put_file("dm.real", "no program", 10, 0755);
    run_dm("-h", NULL);
    expect_not_started(126);
    CHECK(said("dm.real: Exec format error"), "%s", result.err);
}

static void real_is_the_shim(const void *with)
{
    int (*make)(const char *, const char *) = strcmp(with, "link") == 0 ? link : symlink;

    unlink(in_directory("dm.real"));
    if ( make(in_directory("dm"), in_directory("dm.real")) != 0 )
        abort();
    run_dm("-h", NULL);
    expect_not_started(126);
    CHECK(said("dragoman-dm itself"), "%s", result.err);
}

static void many_arguments(const void *with)
{
    static char long_one[2][120000];

    (void)with;
    memset(long_one[0], 'a', sizeof(long_one[0]) - 1);
    memset(long_one[1], 'b', sizeof(long_one[1]) - 1);
    /* Without a stream, it is the device model's business. */
    run_dm(long_one[0], long_one[1], NULL);
    CHECK(result.status == 0 && *result.err == '\0', "status %d: %s", result.status, result.err);
    CHECK(strncmp(dumped_line("argument 2 "), "argument 2 119999 octets", 24) == 0, "%s",
          dumped_line("argument 2 "));
    /* With one, the helper cannot be told. */
    start_helper(translate);
    use_fallback("translates");
    run_dm(long_one[0], long_one[1], "-incoming", STREAM_ARGUMENT, NULL);
    expect_not_started(6);
    CHECK(said("arguments have more than 131072 octets"), "%s", result.err);
}

static void as_many_arguments_as_can_be(const void *with)
{
    static char long_ones[2][65527];
    /* By its whole path, as valgrind has it in any case. */
    const char *dm = in_directory("dm");
    const char *const argv[] = {dm, long_ones[0], long_ones[1], "-incoming", STREAM_ARGUMENT, NULL};

    (void)with;
    memset(long_ones[0], 'a', sizeof(long_ones[0]) - 1);
    /* With that, "-incoming" and "fd:14", each with its NUL. */
    memset(long_ones[1], 'b',
           DRAGOMAN_MAX_ARGV_SIZE - sizeof(long_ones[0]) - (strlen(dm) + 1) - 10 - 6 - 1);
    start_helper(translate);
    run_program(dm, argv);
    expect_translated();
    long_ones[1][strlen(long_ones[1])] = 'b';
    run_program(dm, argv);
    expect_not_started(6);
}

static void be_restricted(void)
{
    static const __rlimit_resource_t nothing[] = {RLIMIT_CORE, RLIMIT_MSGQUEUE, RLIMIT_LOCKS,
                                                  RLIMIT_MEMLOCK};

    unshare(CLONE_NEWNS | CLONE_NEWIPC);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){262144, 262144});
    for ( size_t i = 0; i < sizeof(nothing) / sizeof(*nothing); i++ )
        setrlimit(nothing[i], &(struct rlimit){0, 0});
}

static void translate_much(int connection)
{
    static char bytes[4 << 20];
    struct asked asked;
    struct reply *reply = new_reply(DRAGOMAN_GO);

    receive_question(connection, &asked);
    add_use_stream(reply, sealed_memfd(bytes, sizeof(bytes), ALL_SEALS), sizeof(bytes));
    send_reply(connection, reply, reply_size(reply));
}

static void dm_restrict(const void *with)
{
    (void)with;
    prepare = be_restricted;
    start_helper(translate_much);
    run_dm("-xen-domid", "7", "-incoming", STREAM_ARGUMENT, NULL);
    CHECK(result.status == 0 && strstr(dumped_line("fd 14 "), "size=4194304 ") != NULL, "%s %s",
          result.err, dumped_line("fd 14 "));
    stop_helper();
    use_fallback("translates");
    run_dm("-xen-domid", "7", "-incoming", STREAM_ARGUMENT, NULL);
    expect_translated();
    CHECK(said("fallback: limits size 1 core 0") || !may_raise_limits(), "%s", result.err);
    CHECK(dumped("limit 1 40000 40000"), "%s", dumped_line("limit 1 "));
}

static void fill_log(void)
{
    static char much[8192];

    setrlimit(RLIMIT_FSIZE, &(struct rlimit){8192, 8192});
    if ( write(2, much, sizeof(much)) != sizeof(much) )
        _exit(99);
}

static void log_is_full(const void *with)
{
    (void)with;
    prepare = fill_log;
    start_helper(translate);
    run_dm("-incoming", STREAM_ARGUMENT, NULL);
    expect_translated();
}

static void break_log(void)
{
    int ends[2];

    if ( pipe(ends) != 0 || dup2(ends[1], 2) < 0 )
        _exit(99);
    close(ends[0]);
    close(ends[1]);
}

static void log_is_a_broken_pipe(const void *with)
{
    (void)with;
    prepare = break_log;
    start_helper(translate);
    run_dm("-incoming", STREAM_ARGUMENT, NULL);
    expect_translated();
}

/* A full pipe whose reader is there, and does not read. */
static void hang_log(void)
{
    static const char much[4096];
    int ends[2];

    if ( pipe(ends) != 0 || fcntl(ends[1], F_SETFL, O_NONBLOCK) != 0 )
        _exit(99);
    while ( write(ends[1], much, sizeof(much)) > 0 )
        ;
    if ( fcntl(ends[1], F_SETFL, 0) != 0 || dup2(ends[1], 2) < 0 )
        _exit(99);
}

static void log_hangs(const void *with)
{
    (void)with;
    prepare = hang_log;
    start_helper(translate);
    run_dm("-incoming", STREAM_ARGUMENT, NULL);
    expect_translated();
    CHECK(result.ms < scaled(1500), "%ld ms", result.ms);
    settings.deadline_ms = settings.helper_ms = scaled(300);
    run_dm("-incoming", STREAM_ARGUMENT, NULL);
    expect_translated();
    CHECK(result.ms < scaled(800), "%ld ms", result.ms);
    stop_helper();
    run_dm("-incoming", STREAM_ARGUMENT, NULL);
    expect_not_started(6);
    CHECK(result.ms < scaled(800), "%ld ms", result.ms);
}

static void close_standard(void)
{
    close(0);
    close(1);
    close(2);
}

static void no_standard_descriptors(const void *with)
{
    (void)with;
    prepare = close_standard;
    start_helper(translate);
    run_dm("-incoming", STREAM_ARGUMENT, NULL);
    expect_translated();
    CHECK(*dumped_line("fd 0 ") == '\0' && *dumped_line("fd 1 ") == '\0' &&
              *dumped_line("fd 2 ") == '\0',
          "%s", result.dump);
    stop_helper();
    use_fallback("translates");
    run_dm("-incoming", STREAM_ARGUMENT, NULL);
    expect_translated();
    CHECK(*dumped_line("fd 0 ") == '\0' && *dumped_line("fd 1 ") == '\0' &&
              *dumped_line("fd 2 ") == '\0',
          "%s", result.dump);
}

/* How many more may be opened. */
static int free_descriptors;

static void use_up_descriptors(void)
{
    for ( int fd = 3; fd < STREAM_FD - free_descriptors; fd++ )
        if ( dup2(0, fd) < 0 )
            _exit(99);
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){STREAM_FD + 1, 4096});
}

static void run_without_descriptors(const char *const argv[], const char *used)
{
    prepare = use_up_descriptors;
    for ( free_descriptors = 0; free_descriptors < 8; free_descriptors++ )
    {
        run_program(in_directory("dm"), argv);
        if ( result.status == 6 )
            expect_not_started(6);
        else
            CHECK(result.status == 0 && *dumped_line(used) != '\0', "status %d: %s", result.status,
                  result.err);
        CHECK(free_descriptors > 0 || result.status == 6, "none is needed");
        CHECK(free_descriptors < 5 || result.status == 0, "%s", result.err);
    }
}

static void few_descriptors(const void *with)
{
    const char *const argv[] = {"dm", "-incoming", STREAM_ARGUMENT, NULL};

    (void)with;
    start_helper(translate);
    run_without_descriptors(argv, "fd 14 mode=100000 flags=8000 cloexec=0 position=0 size=50 ");
    stop_helper();
    use_fallback("translates");
    run_without_descriptors(argv, "fd 14 mode=100000 flags=8000 cloexec=0 position=0 size=50 ");
}

static void few_descriptors_for_file(const void *with)
{
    const char *const argv[] = {"dm", "-loadvm", in_directory("stream"), NULL};

    (void)with;
    start_helper(translate);
    run_without_descriptors(argv, "argument 2 /proc/self/fd/");
}

const struct test start_tests[] = {
    {"starts at once: an option", start_at_once, (const char *const[]){"-h", NULL}, FOR_VALGRIND},
    COMMAND("no arguments"),
    COMMAND("-help", "-help"),
    COMMAND("-version", "-version"),
    COMMAND("a domain is created", "-xen-domid", "3", "-name", "web1", "-machine", "xenfv", "-m",
            "512"),
    COMMAND("the QMP probe", "-S", "-no-user-config", "-nodefaults", "-nographic", "-machine",
            "none,accel=xen", "-chardev", "socket,id=libxl-cmd,fd=14,server=on,wait=off"),
    COMMAND("a PV backend", "-xen-domid", "3", "-xen-attach", "-M", "xenpv"),
    COMMAND("dom0's disk backend", "-xen-domid", "0", "-xen-attach", "-name", "dom0", "-daemonize",
            "-M", "xenpv", "-pidfile", "/var/run/xen/qemu-dom0.pid"),
    COMMAND("incoming from elsewhere", "-incoming", "tcp:0:4444"),
    COMMAND("incoming that waits", "-incoming", "defer"),
    COMMAND("the last incoming is from elsewhere", "-incoming", STREAM_ARGUMENT, "-incoming",
            "defer"),
    COMMAND("a descriptor's name", "-incoming", "fd:stream"),
    COMMAND("no number", "-incoming", "fd:"),
    COMMAND("a number and more", "-incoming", "fd:14 "),
    COMMAND("a signed number", "-incoming", "fd:+14"),
    COMMAND("a number too large", "-incoming", "fd:4294967310"),
    COMMAND("incoming without a value", "-incoming"),
    COMMAND("loadvm without a value", "-loadvm"),
    COMMAND("loadvm before an option", "-loadvm", "-incoming"),
    COMMAND("an option's value in one with it", "-incoming=" STREAM_ARGUMENT),
    COMMAND("three hyphens", "---incoming", STREAM_ARGUMENT),
    COMMAND("a domain that is named like the option", "-name", "-incoming", "-nodefaults"),
    OTHER_STREAM("qemu-xen's stream", "QEVM\0\0\0\3\7\0\0\0\x05xenfv"),
    OTHER_STREAM("qemu-xen's stream without footers",
                 "QEVM\0\0\0\3\4\0\0\0\2\5timer\0\0\0\0\0\0\0\2........................\4"
                 "\0\0\0\3\nslirp/this"),
    OTHER_STREAM("an older version", "QEVM\0\0\0\2\1\0\0\0\0"),
    OTHER_STREAM("another magic", "QEVN\0\0\0\3\1\0\0\0\0"),
    OTHER_STREAM("8 octets", "QEVM\0\0\0\3"),
    OTHER_STREAM("an empty file", ""),
    {"asks about every stream where the host wants it", every_stream, NULL, 0},
    {"asks about a guest that was translated once", translated_once, NULL, 0},
    {"refuses a guest that was translated once where nobody answers", translated_once_and_unusable,
     NULL, FOR_VALGRIND},
    {"tells the domain from the arguments", tells_the_domain, "tests/domains.txt",
     NEEDS_PLAIN_SHIM},
    {"starts at once in mode off", mode_off, NULL, FOR_VALGRIND},
    {"leaves a pipe alone and says so", pipe_as_stream, NULL, FOR_VALGRIND},
    {"leaves a descriptor alone that is not open", no_such_descriptor, NULL, FOR_VALGRIND},
    {"takes no snapshot's tag, directory or device for a stream", snapshot_tag, NULL, FOR_VALGRIND},
    {"does not wait for a FIFO's writer", fifo_as_file, NULL, 0},
    {"changes nothing of a process without a stream", same_without_stream, NULL, NEEDS_PLAIN_SHIM},
    {"changes nothing of a process with an unchanged stream", same_with_unchanged_stream, NULL,
     NEEDS_PLAIN_SHIM},
    {"changes nothing but the stream", same_with_translated_stream, NULL, NEEDS_PLAIN_SHIM},
    {"changes nothing but the stream, with the fallback", same_after_fallback, NULL,
     NEEDS_PLAIN_SHIM},
    {"takes a descriptor that cannot be read for a failure", unreadable_descriptor, NULL,
     FOR_VALGRIND},
    {"takes a file that cannot be read for a failure", unreadable_file, NULL, NEEDS_PLAIN_SHIM},
    {"takes a file that cannot be opened for a failure", unopenable_file, NULL, 0},
    {"finds the device model when started by a link", started_by_link, NULL, 0},
    {"finds the device model when started by a relative path", started_by_relative_path, NULL, 0},
    {"starts without argv[0]", no_arguments, NULL, 0},
    {"says that the device model is missing", real_is_missing, NULL, FOR_VALGRIND},
    {"says that the device model is no program", real_is_no_program, NULL, FOR_VALGRIND},
    {"does not start itself again: hard link", real_is_the_shim, "link", 0},
    {"does not start itself again: symbolic link", real_is_the_shim, "symlink", 0},
    {"refuses more arguments than a question holds", many_arguments, NULL, 0},
    {"asks with all the arguments that a question holds", as_many_arguments_as_can_be, NULL,
     FOR_VALGRIND},
    {"works under dm_restrict", dm_restrict, NULL, NEEDS_ROOT | NEEDS_PLAIN_SHIM},
    {"works with a log that may not grow", log_is_full, NULL, 0},
    {"works with a log that nobody reads", log_is_a_broken_pipe, NULL, 0},
    {"waits for a log that hangs no longer than a second, nor than the deadline", log_hangs, NULL,
     FOR_VALGRIND},
    {"works without standard descriptors", no_standard_descriptors, NULL, NEEDS_PLAIN_SHIM},
    {"refuses where descriptors run out, at any point", few_descriptors, NULL, NEEDS_PLAIN_SHIM},
    {"refuses where descriptors run out, at any point: loadvm", few_descriptors_for_file, NULL,
     NEEDS_PLAIN_SHIM},
    {NULL, NULL, NULL, 0},
};
