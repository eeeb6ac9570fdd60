#include "harness.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_ARGUMENTS 64
#define HELPER_UID 65534

const char original[] = "QEVM\0\0\0\3\1this is what the source wrote";
const size_t original_size = sizeof(original);

struct dragoman_settings settings;
bool write_settings;
void (*prepare)(void);
struct result result;

static const char *shim;
static const char *programs; /* where the stand-ins are */
static char *const *prefix;  /* of the shim's command */
bool slow;
static char directory[64];
static bool failed;
static pid_t helper_pid;
pid_t second_helper_pid;
static int syslog_fd = -1;
static struct timespec started;

void fail_test(const char *file, int line, const char *condition, const char *format, ...)
{
    va_list arguments;

    fprintf(stderr, "    %s:%d: not so: %s: ", file, line, condition);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\n");
    failed = true;
}

__attribute__((noreturn)) static void die(const char *what)
{
    perror(what);
    exit(99);
}

uint32_t scaled(uint32_t ms)
{
    return slow ? ms * 5 : ms;
}

const char *in_directory(const char *name)
{
    static char paths[256][128];
    static unsigned next;
    char *path = paths[next++ % 256];

    snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
    return path;
}

void put_file(const char *name, const void *bytes, size_t size, mode_t mode)
{
    const char *path = in_directory(name);
    int fd;

    unlink(path);
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if ( fd < 0 || write(fd, bytes, size) != (ssize_t)size || fchmod(fd, mode) != 0 )
        die(path);
    close(fd);
}

static void copy_program(const char *from, const char *name)
{
    static char bytes[4 << 20];
    int fd = open(from, O_RDONLY | O_CLOEXEC);
    size_t size = 0;
    ssize_t got;

    if ( fd < 0 )
        die(from);
    while ( (got = read(fd, bytes + size, sizeof(bytes) - size)) > 0 )
        size += (size_t)got;
    close(fd);
    put_file(name, bytes, size, 0755);
}

static void copy_stand_in(const char *program, const char *name)
{
    char from[4096];

    snprintf(from, sizeof(from), "%s/%s", programs, program);
    copy_program(from, name);
}

static void read_text(const char *name, char *text, size_t room)
{
    int fd = open(in_directory(name), O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? 0 : read(fd, text, room - 1);

    text[size < 0 ? 0 : size] = '\0';
    if ( fd >= 0 )
        close(fd);
}

static void set_up(void)
{
    strcpy(directory, "/tmp/dragoman-dm.XXXXXX");
    if ( mkdtemp(directory) == NULL || chmod(directory, 0755) != 0 )
        die(directory);
    copy_program(shim, "dm");
    copy_stand_in("stand-in-device-model", "dm.real");
    put_file("stream", original, original_size, 0600);

    settings = (struct dragoman_settings){
        .magic = "DRAGOMAN",
        .version = DRAGOMAN_SETTINGS_VERSION,
        .mode = DRAGOMAN_ENFORCE,
        .on_failure = DRAGOMAN_REFUSE,
        .deadline_ms = scaled(2000),
        .helper_ms = scaled(1000),
        .helper_uid = geteuid() == 0 ? HELPER_UID : geteuid(),
        .helper_gid = geteuid() == 0 ? HELPER_UID : getegid(),
    };
    strcpy(settings.socket, in_directory("helper.sock"));
    write_settings = true;
    prepare = NULL;
}

static void remove_directory(void)
{
    DIR *entries = opendir(directory);
    struct dirent *entry;

    while ( entries != NULL && (entry = readdir(entries)) != NULL )
        unlink(in_directory(entry->d_name));
    if ( entries != NULL )
        closedir(entries);
    if ( rmdir(directory) != 0 )
        die(directory);
}

/* A syslog that only this process and its children see. */
static void make_syslog(void)
{
    static const struct
    {
        const char *name;
        unsigned minor;
    } devices[] = {{"null", 3}, {"zero", 5}, {"full", 7}, {"random", 8}, {"urandom", 9}};
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};

    if ( geteuid() != 0 || unshare(CLONE_NEWNS) != 0 ||
         mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
         mount("dev", "/dev", "tmpfs", 0, "mode=0755") != 0 )
        return;
    for ( size_t i = 0; i < sizeof(devices) / sizeof(*devices); i++ )
    {
        char path[32];

        snprintf(path, sizeof(path), "/dev/%s", devices[i].name);
        if ( mknod(path, S_IFCHR | 0666, makedev(1, devices[i].minor)) != 0 ||
             chmod(path, 0666) != 0 )
            die(path);
    }
    syslog_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if ( syslog_fd < 0 || bind(syslog_fd, (struct sockaddr *)&address, sizeof(address)) != 0 )
        die("/dev/log");
}

static void read_syslog(void)
{
    size_t size = 0;
    ssize_t got;

    while ( syslog_fd >= 0 && size + 1 < sizeof(result.syslog) &&
            (got = recv(syslog_fd, result.syslog + size, sizeof(result.syslog) - size - 2, 0)) > 0 )
    {
        size += (size_t)got;
        result.syslog[size++] = '\n';
    }
    result.syslog[size] = '\0';
}

static void become(const char *path, const char *const argv[])
{
    const char *all[MAX_ARGUMENTS + 16];
    int count = 0;
    int fd = open("/dev/null", O_RDWR);
    int log = open(in_directory("err"), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644);
    int stream = open(in_directory("stream"), O_RDONLY);

    if ( fd < 0 || log < 0 || dup2(fd, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0 )
        die("descriptors");
    if ( stream >= 0 && dup2(stream, STREAM_FD) < 0 )
        die("stream");
    for ( int i = 3; i < 1024; i++ )
        if ( i != STREAM_FD || stream < 0 )
            close(i);
    for ( ; prefix[count] != NULL; count++ )
        all[count] = prefix[count];
    if ( count > 0 )
    {
        all[count++] = path;
        argv++;
        path = prefix[0];
    }
    while ( *argv != NULL )
        all[count++] = *argv++;
    all[count] = NULL;
    setsid();
    if ( prepare != NULL )
        prepare();
    execvp(path, (char *const *)(uintptr_t)all);
    die(path);
}

void start_program(const char *path, const char *const argv[])
{
    if ( write_settings )
        put_file("dm.dragoman", &settings, sizeof(settings), 0644);
    unlink(in_directory("dm.real.dump"));
    read_syslog();
    clock_gettime(CLOCK_MONOTONIC, &started);
    result.pid = fork();
    if ( result.pid == 0 )
        become(path, argv);
    if ( result.pid < 0 )
        die("fork");
}

/* Whatever was left running is our child by now: PR_SET_CHILD_SUBREAPER. */
static bool is_process_left(void)
{
    char path[64];
    char children[4096] = "";
    bool left = false;
    int fd;

    snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if ( fd < 0 || read(fd, children, sizeof(children) - 1) < 0 )
        die(path);
    close(fd);
    for ( char *at = children; *at != '\0'; at++ )
    {
        pid_t pid = (pid_t)strtol(at, &at, 10);

        if ( pid != helper_pid && pid != second_helper_pid && waitpid(pid, NULL, WNOHANG) == 0 )
            left = true;
    }
    return left;
}

static void expect_no_process_left(void)
{
    for ( int tries = 0; is_process_left(); tries++ )
    {
        if ( tries == 200 )
        {
            fail_test(__FILE__, __LINE__, "nothing is left", "a process still runs");
            return;
        }
        usleep(1000);
    }
}

/* What hangs fails its test, not all of them. */
static void end_program(int signal)
{
    (void)signal;
    kill(result.pid, SIGKILL);
}

void finish_program(void)
{
    struct timespec ended;
    int status;

    alarm(scaled(20000) / 1000);
    while ( waitpid(result.pid, &status, 0) != result.pid )
        if ( errno != EINTR )
            die("waitpid");
    alarm(0);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    result.ms =
        (ended.tv_sec - started.tv_sec) * 1000 + (ended.tv_nsec - started.tv_nsec) / 1000000;
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    read_text("err", result.err, sizeof(result.err));
    read_text("dm.real.dump", result.dump, sizeof(result.dump));
    read_syslog();
    expect_no_process_left();
    CHECK(!said("Sanitizer") && !said("runtime error"), "%s", result.err);
    if ( *result.dump != '\0' )
    {
        char line[32];

        snprintf(line, sizeof(line), "pid %d", (int)result.pid);
        CHECK(dumped(line), "the device model has another pid than %d", (int)result.pid);
    }
}

void run_program(const char *path, const char *const argv[])
{
    start_program(path, argv);
    finish_program();
}

void run_dm(const char *argument, ...)
{
    const char *argv[MAX_ARGUMENTS] = {in_directory("dm")};
    int count = 1;
    va_list arguments;

    va_start(arguments, argument);
    for ( ; argument != NULL && count + 1 < MAX_ARGUMENTS; argument = va_arg(arguments, char *) )
        argv[count++] = argument;
    va_end(arguments);
    argv[count] = NULL;
    run_program(in_directory("dm"), argv);
}

bool said(const char *text)
{
    return strstr(result.err, text) != NULL;
}

int open_descriptors(void)
{
    int count = 0;

    for ( const char *at = result.dump; (at = strstr(at, "\nfd ")) != NULL; at++ )
        count++;
    count += strncmp(result.dump, "fd ", 3) == 0;
    /* Valgrind's log stays open. */
    return slow ? count - 1 : count;
}

const char *dumped_line(const char *beginning)
{
    static char line[4096];
    size_t length = strlen(beginning);

    for ( const char *at = result.dump; *at != '\0'; at += strcspn(at, "\n") + 1 )
        if ( strncmp(at, beginning, length) == 0 )
        {
            snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
            return line;
        }
    return "";
}

bool dumped(const char *line)
{
    return strcmp(dumped_line(line), line) == 0;
}

static int lines_not_in(const char *one, const char *other, const char *but)
{
    int count = 0;

    for ( size_t length; *one != '\0'; one += length )
    {
        bool found = false;

        length = strcspn(one, "\n");
        length += one[length] == '\n';
        if ( strncmp(one, "pid ", 4) == 0 || (but != NULL && strncmp(one, but, strlen(but)) == 0) )
            continue;
        for ( const char *at = other; !found && *at != '\0'; at = strchr(at, '\n') + 1 )
            found = strncmp(at, one, length) == 0;
        if ( !found )
            fprintf(stderr, "    only one has: %.*s", (int)length, one);
        count += !found;
    }
    return count;
}

int differing_lines(const char *one, const char *other, const char *but)
{
    return lines_not_in(one, other, but) + lines_not_in(other, one, but);
}

static void expect_stream(const void *bytes, size_t size)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    char line[256];

    for ( size_t i = 0; i < size; i++ )
        hash = (hash ^ ((const unsigned char *)bytes)[i]) * UINT64_C(0x100000001b3);
    snprintf(line, sizeof(line),
             "fd 14 mode=100000 flags=8000 cloexec=0 position=0 size=%zu hash=%016llx", size,
             (unsigned long long)hash);
    CHECK(result.status == 0, "status %d: %s", result.status, result.err);
    CHECK(dumped(line), "%s, expected %s; %s", dumped_line("fd 14 "), line, result.err);
}

void expect_original(void)
{
    expect_stream(original, original_size);
}

void expect_translated(void)
{
    expect_stream(translated, translated_size);
}

void expect_not_started(int status)
{
    CHECK(result.status == status, "status %d: %s", result.status, result.err);
    CHECK(*result.dump == '\0', "the device model was started: %s", result.err);
}

void start_helper_as(uid_t uid, helper *behaviour)
{
    int ready[2];
    char byte;

    if ( pipe(ready) != 0 || (helper_pid = fork()) < 0 )
        die("helper");
    if ( helper_pid == 0 )
    {
        struct sockaddr_un address = {.sun_family = AF_UNIX};
        int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        memcpy(address.sun_path, settings.socket, sizeof(address.sun_path));
        if ( bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
             (uid != geteuid() && setresuid(uid, uid, uid) != 0) || listen(fd, 8) != 0 ||
             write(ready[1], "", 1) != 1 )
            die("helper");
        for ( ;; )
        {
            int connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

            behaviour(connection);
            close(connection);
        }
    }
    close(ready[1]);
    if ( read(ready[0], &byte, 1) != 1 )
        die("helper");
    close(ready[0]);
}

void start_helper(helper *behaviour)
{
    start_helper_as(geteuid(), behaviour);
}

int stop_helper(void)
{
    int status = 0;

    if ( second_helper_pid != 0 )
    {
        kill(second_helper_pid, SIGKILL);
        waitpid(second_helper_pid, NULL, 0);
        second_helper_pid = 0;
    }
    if ( helper_pid == 0 )
        return 0;
    kill(helper_pid, SIGKILL);
    waitpid(helper_pid, &status, 0);
    helper_pid = 0;
    unlink(settings.socket);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 0;
}

bool may_raise_limits(void)
{
    int status = 0;
    pid_t pid = fork();

    if ( pid == 0 )
    {
        setrlimit(RLIMIT_FSIZE, &(struct rlimit){4096, 4096});
        _exit(setrlimit(RLIMIT_FSIZE, &(struct rlimit){8192, 8192}) != 0);
    }
    waitpid(pid, &status, 0);
    return status == 0;
}

void use_fallback(const char *behaviour)
{
    copy_stand_in("stand-in-fallback", behaviour);
    strcpy(settings.fallback, in_directory(behaviour));
}

void use_relocate(const char *behaviour)
{
    copy_stand_in("stand-in-relocate", behaviour);
    strcpy(settings.relocate, in_directory(behaviour));
}

const char *library_path(void)
{
    static char path[4096];

    if ( *programs == '/' )
        snprintf(path, sizeof(path), "%s/xen", programs);
    else
    {
        char here[2048];

        if ( getcwd(here, sizeof(here)) == NULL )
            die("getcwd");
        snprintf(path, sizeof(path), "%s/%.1000s/xen", here, programs);
    }
    return path;
}

void run_relocate(const char *argument, ...)
{
    const char *argv[MAX_ARGUMENTS] = {"dragoman-relocate"};
    char path[4096];
    int count = 1;
    va_list arguments;

    /* It is built beside the shim. */
    snprintf(path, sizeof(path), "%.*s/dragoman-relocate", (int)(strrchr(shim, '/') - shim), shim);
    copy_program(path, "dragoman-relocate");
    va_start(arguments, argument);
    for ( ; argument != NULL && count + 1 < MAX_ARGUMENTS; argument = va_arg(arguments, char *) )
        argv[count++] = argument;
    va_end(arguments);
    argv[count] = NULL;
    run_program(in_directory("dragoman-relocate"), argv);
}

static const char *why_not(const struct test *test, bool sanitized)
{
    if ( (test->needs & NEEDS_ROOT) && geteuid() != 0 )
        return "needs root";
    if ( (test->needs & NEEDS_SYSLOG) && syslog_fd < 0 )
        return "needs a mount namespace";
    if ( (test->needs & NEEDS_PLAIN_SHIM) && (sanitized || slow) )
        return "needs the plain shim";
    if ( slow && !(test->needs & FOR_VALGRIND) )
        return "not for valgrind";
    return NULL;
}

/* test-dragoman-dm [-s] STAND-INS SHIM [PREFIX ...]; -s: the shim has sanitizers. */
int main(int argc, char **argv)
{
    static const struct test *const all[] = {start_tests,    answer_tests, fallback_tests,
                                             settings_tests, edit_tests,   relocate_tests,
                                             topology_tests};
    bool sanitized = argc > 1 && strcmp(argv[1], "-s") == 0;
    int passed = 0;
    int failures = 0;
    int skipped = 0;

    argv += sanitized;
    programs = argv[1];
    shim = argv[2];
    prefix = argv + 3;
    slow = *prefix != NULL;
    setvbuf(stdout, NULL, _IOLBF, 0);
    umask(022);
    sigaction(SIGALRM, &(const struct sigaction){.sa_handler = end_program}, NULL);
    make_syslog();
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    for ( size_t i = 0; i < sizeof(all) / sizeof(*all); i++ )
        for ( const struct test *test = all[i]; test->name != NULL; test++ )
        {
            const char *reason = why_not(test, sanitized);

            if ( reason != NULL )
            {
                if ( !slow )
                    printf("skip  %s: %s\n", test->name, reason);
                skipped++;
                continue;
            }
            failed = false;
            set_up();
            test->run(test->with);
            stop_helper();
            remove_directory();
            printf("%s  %s\n", failed ? "FAIL" : "ok  ", test->name);
            failures += failed;
            passed += !failed;
        }
    printf("%d passed, %d failed, %d skipped\n", passed, failures, skipped);
    return failures == 0 ? 0 : 1;
}
