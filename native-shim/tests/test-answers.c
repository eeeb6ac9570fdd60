/* What the helper answers, and what comes of it. */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

static struct asked asked;

static void translate(int connection)
{
    receive_question(connection, &asked);
    reply_translated(connection);
}

/* Writes the question down before it answers. */
static void note_and_translate(int connection)
{
    struct stat status;
    char line[512];
    int length;

    receive_question(connection, &asked);
    if ( asked.stream < 0 || fstat(asked.stream, &status) != 0 )
        _exit(1);
    length = snprintf(line, sizeof(line),
                      "size %d kind %u offset %llu mode %u argc %u uuid %s stream %lld at %lld",
                      asked.size == sizeof(asked.head) + asked.head.argv_size, asked.head.kind,
                      (unsigned long long)asked.head.offset, asked.head.mode, asked.head.argc,
                      asked.head.uuid, (long long)status.st_size,
                      (long long)lseek(asked.stream, 0, SEEK_CUR));
    put_file("question", line, (size_t)length + 1, 0644);
    put_file("arguments", asked.arguments, asked.head.argv_size, 0644);
    put_file("deadline", &asked.head.deadline_ms, sizeof(asked.head.deadline_ms), 0644);
    reply_translated(connection);
}

static size_t noted(const char *name, char *text, size_t room)
{
    int fd = open(in_directory(name), O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? 0 : read(fd, text, room);

    if ( fd >= 0 )
        close(fd);
    return size < 0 ? 0 : (size_t)size;
}

static void expect_question(const char *expected)
{
    char text[512] = "";

    noted("question", text, sizeof(text) - 1);
    CHECK(strcmp(text, expected) == 0, "%s, expected %s", text, expected);
}

static void incoming(const void *with)
{
    static const char arguments[] = "-xen-domid\0"
                                    "7\0-name\0web1\0-incoming\0fd:14\0-m\0"
                                    "512";
    char text[1024];
    uint32_t deadline = 0;
    size_t length = strlen(in_directory("dm")) + 1;

    (void)with;
    start_helper(note_and_translate);
    run_dm("-xen-domid", "7", "-name", "web1", "-incoming", "fd:14", "-m", "512", NULL);
    expect_translated();
    expect_question("size 1 kind 1 offset 0 mode 2 argc 9 uuid  stream 39 at 0");
    CHECK(noted("arguments", text, sizeof(text)) == length + sizeof(arguments) &&
              strcmp(text, in_directory("dm")) == 0 &&
              memcmp(text + length, arguments, sizeof(arguments)) == 0,
          "the arguments are others");
    noted("deadline", (char *)&deadline, sizeof(deadline));
    CHECK(deadline > settings.helper_ms / 2 && deadline <= settings.helper_ms, "%u", deadline);
    CHECK(
        strcmp(result.err,
               "dragoman: domain 7 'web1': translated from xenserver-6.2 to xen-4.17: 1 edit\n") ==
            0,
        "%s", result.err);
    CHECK(dumped("argument 6 fd:14"), "%s", dumped_line("argument 6 "));
}

static void syslog_line(const void *with)
{
    char line[256];

    (void)with;
    start_helper(note_and_translate);
    run_dm("-xen-domid", "7", "-name", "web1", "-incoming", "fd:14", NULL);
    snprintf(
        line, sizeof(line),
        "<30>dragoman-dm[%d]: dragoman: domain 7 'web1': translated from xenserver-6.2 to xen-4.17: 1 edit\n",
        (int)result.pid);
    CHECK(strcmp(result.syslog, line) == 0, "%s", result.syslog);
}

static void same_original(const char *path, const struct stat *before)
{
    char bytes[256];
    struct stat after;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    CHECK(fd >= 0 && fstat(fd, &after) == 0 && after.st_ino == before->st_ino &&
              after.st_nlink == before->st_nlink && after.st_mode == before->st_mode &&
              after.st_mtim.tv_sec == before->st_mtim.tv_sec &&
              after.st_mtim.tv_nsec == before->st_mtim.tv_nsec &&
              after.st_ctim.tv_nsec == before->st_ctim.tv_nsec &&
              read(fd, bytes, sizeof(bytes)) == (ssize_t)original_size &&
              memcmp(bytes, original, original_size) == 0,
          "the original has changed");
    if ( fd >= 0 )
        close(fd);
}

static void original_is_untouched(const void *with)
{
    struct stat before;
    const char *path = in_directory("stream");

    (void)with;
    if ( stat(path, &before) != 0 )
        abort();
    start_helper(note_and_translate);
    run_dm("-incoming", "fd:14", NULL);
    expect_translated();
    same_original(path, &before);
    run_program(in_directory("dm"), (const char *const[]){"dm", "-loadvm", path, NULL});
    same_original(path, &before);
}

static void loadvm(const void *with)
{
    char line[256];
    int number = -1;
    const char *option = with;

    start_helper(note_and_translate);
    run_program(in_directory("dm"),
                (const char *const[]){"qemu-dm", "-d", "7", "-domain-name", "web1", option,
                                      in_directory("stream"), "-M", "xenfv", NULL});
    CHECK(result.status == 0, "%d: %s", result.status, result.err);
    expect_question("size 1 kind 2 offset 0 mode 2 argc 9 uuid  stream 39 at 0");
    CHECK(sscanf(dumped_line("argument 6 "), "argument 6 /proc/self/fd/%d", &number) == 1 &&
              number > 2,
          "%s", dumped_line("argument 6 "));
    snprintf(line, sizeof(line), "fd %d mode=100000 flags=8000 cloexec=0 position=0 size=%zu ",
             number, translated_size);
    CHECK(*dumped_line(line) != '\0', "%s", result.dump);
    /* Three, the stream that each test has, and this one. */
    CHECK(open_descriptors() == 5, "%s", result.dump);
    if ( strcmp(option, "-loadvm") == 0 )
        CHECK(strstr(dumped_line("loaded "), " position=0 size=50 ") != NULL, "%s",
              dumped_line("loaded "));
    CHECK(said("dragoman: domain 7 'web1': translated"), "%s", result.err);
}

static void last_one_wins(const void *with)
{
    const char *stream = in_directory("stream");

    (void)with;
    start_helper(note_and_translate);
    run_dm("-name", "-incoming", "-incoming", "fd:99", "--incoming", "fd:14", NULL);
    expect_translated();
    run_dm("-incoming", "fd:14", "-name", "-incoming", "-nodefaults", NULL);
    expect_translated();
    run_dm("-loadvm", "monday", "-loadvm", stream, NULL);
    CHECK(dumped("argument 2 monday"), "%s", dumped_line("argument 2 "));
    CHECK(strncmp(dumped_line("argument 4 "), "argument 4 /proc/self/fd/", 25) == 0, "%s",
          dumped_line("argument 4 "));
}

static void move_position(void)
{
    if ( lseek(STREAM_FD, 100, SEEK_SET) != 100 )
        _exit(99);
}

static void stream_in_the_middle(const void *with)
{
    static char bytes[200];

    (void)with;
    memcpy(bytes + 100, original, original_size);
    put_file("stream", bytes, sizeof(bytes), 0600);
    prepare = move_position;
    start_helper(note_and_translate);
    run_dm("-incoming", "fd:14", NULL);
    expect_question("size 1 kind 1 offset 100 mode 2 argc 3 uuid  stream 200 at 0");
    expect_translated();
}

/* Tries to move the device model's position, and to write. */
static void meddle(int connection)
{
    struct reply *reply = new_reply(DRAGOMAN_GO);

    receive_question(connection, &asked);
    if ( lseek(asked.stream, 7, SEEK_SET) != 7 || pwrite(asked.stream, "x", 1, 0) >= 0 ||
         ftruncate(asked.stream, 0) == 0 )
        _exit(1);
    send_reply(connection, reply, reply_size(reply));
}

static void open_for_writing(void)
{
    if ( dup2(open(in_directory("stream"), O_RDWR | O_CLOEXEC), STREAM_FD) < 0 )
        _exit(99);
}

static void meddling_helper(const void *with)
{
    (void)with;
    prepare = open_for_writing;
    start_helper(meddle);
    run_dm("-incoming", "fd:14", NULL);
    CHECK(strstr(dumped_line("fd 14 "), "flags=8002 cloexec=0 position=0 size=39 ") != NULL,
          "%s %s", dumped_line("fd 14 "), result.err);
    CHECK(stop_helper() == 0, "the helper could write");
}

/* Peers */

static void helper_of_its_own_user(const void *with)
{
    (void)with;
    start_helper_as(settings.helper_uid, translate);
    run_dm("-incoming", "fd:14", NULL);
    expect_translated();
}

static void helper_of_another_user(const void *with)
{
    (void)with;
    start_helper_as(settings.helper_uid - 1, translate);
    run_dm("-incoming", "fd:14", NULL);
    expect_not_started(6);
    CHECK(said("belongs to uid 65533"), "%s", result.err);
}

/* Outcomes */

static void refuse(int connection)
{
    static const char text[] =
        "refused: the bytes contradict every product\nxen-4.17: at 0x10 found 1, expected 2\nxenserver-6.2: at 0x20 an end";
    struct reply *reply = new_reply(DRAGOMAN_REFUSED);

    receive_question(connection, &asked);
    add_text(reply, text, sizeof(text) - 1);
    send_reply(connection, reply, reply_size(reply));
}

static void refused(const void *with)
{
    (void)with;
    settings.on_failure = DRAGOMAN_PASS_THROUGH;
    use_fallback("translates");
    start_helper(refuse);
    run_dm("-xen-domid", "7", "-name", "guest=web1,process=x", "-incoming", "fd:14", NULL);
    expect_not_started(4);
    CHECK(strcmp(result.err,
                 "dragoman: domain 7 'web1': refused: the bytes contradict every product\n"
                 "  xen-4.17: at 0x10 found 1, expected 2\n"
                 "  xenserver-6.2: at 0x20 an end\n") == 0,
          "%s", result.err);
}

static void refused_in_dry_run(const void *with)
{
    (void)with;
    settings.mode = DRAGOMAN_DRY_RUN;
    start_helper(refuse);
    run_dm("-incoming", "fd:14", NULL);
    expect_original();
    CHECK(said("refused: the bytes contradict every product\n  xen-4.17"), "%s", result.err);
}

static void translated_in_dry_run(const void *with)
{
    (void)with;
    settings.mode = DRAGOMAN_DRY_RUN;
    start_helper(note_and_translate);
    run_dm("-incoming", "fd:14", NULL);
    expect_original();
    expect_question("size 1 kind 1 offset 0 mode 1 argc 3 uuid  stream 39 at 0");
    CHECK(said("dragoman: translated from xenserver-6.2"), "%s", result.err);
    run_program(in_directory("dm"),
                (const char *const[]){"dm", "-loadvm", in_directory("stream"), NULL});
    CHECK(strstr(dumped_line("argument 2 "), "/stream") != NULL && open_descriptors() == 4, "%s",
          result.dump);
}

static void nobody_in_dry_run(const void *with)
{
    (void)with;
    settings.mode = DRAGOMAN_DRY_RUN;
    run_dm("-incoming", "fd:14", NULL);
    expect_original();
    CHECK(said("dry run: could not find out what the stream means: the helper is away"), "%s",
          result.err);
}

static void nobody(const void *with)
{
    (void)with;
    run_dm("-xen-domid", "7", "-incoming", "fd:14", NULL);
    expect_not_started(6);
    CHECK(
        said(
            "dragoman: domain 7: refused: could not find out what the stream means\n  the helper is away: ") &&
            said("helper.sock: No such file or directory\n  there is no fallback\n"),
        "%s", result.err);
}

static void pass_through(const void *with)
{
    (void)with;
    settings.on_failure = DRAGOMAN_PASS_THROUGH;
    run_dm("-xen-domid", "7", "-incoming", "fd:14", NULL);
    expect_original();
    CHECK(said("dragoman: domain 7: passed through unchecked (on-failure): the helper is away: "),
          "%s", result.err);
}

static void hostile_text(int connection)
{
    static const char text[] = "a\033[2Jb\rc\td\177e\xff"
                               "f\xc3\xa9g\xc2\x85h\xe2\x82i\xed\xa0\x80j\0k\xc0\x80l%s%n\nm\033n";
    struct reply *reply = new_reply(DRAGOMAN_GO);

    receive_question(connection, &asked);
    add_text(reply, text, sizeof(text) - 1);
    send_reply(connection, reply, reply_size(reply));
}

static void text_is_cleaned(const void *with)
{
    (void)with;
    start_helper(hostile_text);
    run_dm("-name", "we\nb\0331%s", "-incoming", "fd:14", NULL);
    expect_original();
    CHECK(strcmp(
              result.err,
              "dragoman: domain 'we?b?1%s': a?[2Jb?c?d?e?f\xc3\xa9g??h??i???j?k??l%s%n\n  m?n\n") ==
              0,
          "%s", result.err);
}

static void long_text(int connection)
{
    struct reply *reply = new_reply(DRAGOMAN_REFUSED);

    receive_question(connection, &asked);
    for ( int i = 0; i < DRAGOMAN_MAX_TEXT_SIZE; i++ )
        add_text(reply, i % 2 ? "\n" : "x", 1);
    send_reply(connection, reply, reply_size(reply));
}

static void text_is_bounded(const void *with)
{
    char name[4000];

    (void)with;
    memset(name, 'n', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    start_helper(long_text);
    run_dm("-domain-name", name, "-incoming", "fd:14", NULL);
    expect_not_started(4);
    CHECK(strlen(result.err) < 1000 && said("nnn...': x\n  x\n"), "%zu: %s", strlen(result.err),
          result.err);
}

static void no_text(int connection)
{
    struct reply *reply = new_reply(DRAGOMAN_REFUSED);

    receive_question(connection, &asked);
    send_reply(connection, reply, reply_size(reply));
}

static void refused_without_text(const void *with)
{
    (void)with;
    start_helper(no_text);
    run_dm("-incoming", "fd:14", NULL);
    expect_not_started(4);
    CHECK(said("refused, without a reason"), "%s", result.err);
}

/* What no answer is. Each must end as if the helper had not answered, with this in the log. */

struct wrong
{
    helper *behaviour;
    const char *said;
    uint32_t helper_ms; /* 0: as many as each test has */
};

static void wrong_answer(const void *with)
{
    const struct wrong *wrong = with;
    struct stat before;

    if ( stat(in_directory("stream"), &before) != 0 )
        abort();
    if ( wrong->helper_ms != 0 )
        settings.helper_ms = scaled(wrong->helper_ms);
    start_helper(wrong->behaviour);
    run_dm("-incoming", "fd:14", NULL);
    expect_not_started(6);
    CHECK(said(wrong->said), "%s, expected %s", result.err, wrong->said);
    CHECK(result.ms < (long)settings.deadline_ms, "%ld ms", result.ms);
    if ( slow )
        return;
    settings.on_failure = DRAGOMAN_PASS_THROUGH;
    run_dm("-incoming", "fd:14", NULL);
    expect_original();
    CHECK(open_descriptors() == 4, "%s", result.dump);
    use_fallback("translates");
    run_dm("-incoming", "fd:14", NULL);
    expect_translated();
    CHECK(open_descriptors() == 4, "%s", result.dump);
    CHECK(said(wrong->said) && said("; asked the fallback)"), "%s", result.err);
    same_original(in_directory("stream"), &before);
}

#define WRONG(name, function, text)                                                                \
    {                                                                                              \
        name, wrong_answer, &(const struct wrong){function, text, 0}, FOR_VALGRIND                 \
    }
/* The helper's time will be over. */
#define LATE(name, function)                                                                       \
    {                                                                                              \
        name, wrong_answer,                                                                        \
            &(const struct wrong){function, "the helper did not answer: its time is over", 300},   \
            FOR_VALGRIND                                                                           \
    }

static void close_at_once(int connection)
{
    (void)connection;
}

static void close_after_question(int connection)
{
    receive_question(connection, &asked);
}

static void hang(int connection)
{
    receive_question(connection, &asked);
    /* Until the shim is gone. */
    receive_question(connection, &asked);
}

static void hang_unread(int connection)
{
    (void)connection;
    usleep(scaled(500) * 1000);
}

static void answer_too_late(int connection)
{
    receive_question(connection, &asked);
    usleep(scaled(400) * 1000);
    reply_translated(connection);
}

static void send_bytes(int connection, const void *bytes, size_t size)
{
    receive_question(connection, &asked);
    send(connection, bytes, size, MSG_NOSIGNAL);
}

static void one_octet(int connection)
{
    send_bytes(connection, "x", 1);
}

static void half_a_head(int connection)
{
    struct reply *reply = new_reply(DRAGOMAN_GO);

    receive_question(connection, &asked);
    send_reply(connection, reply, sizeof(reply->head) - 1);
}

/* A reply that would be right but for one change. */
#define BROKEN(name, outcome, change)                                                              \
    static void name(int connection)                                                               \
    {                                                                                              \
        struct reply *reply = new_reply(outcome);                                                  \
        int fd = sealed_memfd(translated, translated_size, ALL_SEALS);                             \
                                                                                                   \
        receive_question(connection, &asked);                                                      \
        change;                                                                                    \
        send_reply(connection, reply, reply_size(reply));                                          \
        close(fd);                                                                                 \
    }
#define RIGHT add_use_stream(reply, fd, translated_size)

BROKEN(wrong_magic, DRAGOMAN_GO, RIGHT; reply->head.magic++)
BROKEN(unknown_outcome, 3, )
BROKEN(reserved_number, DRAGOMAN_GO, RIGHT; reply->head.reserved[2] = 1)
BROKEN(too_many_actions, DRAGOMAN_GO, RIGHT; reply->head.actions = DRAGOMAN_MAX_ACTIONS + 1)
BROKEN(more_actions_than_there_are, DRAGOMAN_GO, RIGHT; reply->head.actions = 2)
BROKEN(fewer_actions_than_there_are, DRAGOMAN_GO, RIGHT; reply->head.actions = 0)
BROKEN(actions_size_too_small, DRAGOMAN_GO, RIGHT; reply->head.actions_size -= 4)
BROKEN(actions_size_huge, DRAGOMAN_GO, RIGHT; reply->head.actions_size = 0xfffffff0u)
BROKEN(text_size_wraps, DRAGOMAN_GO, RIGHT; reply->head.actions_size += 8;
       reply->head.text_size = (uint32_t)-8)
BROKEN(text_size_too_large, DRAGOMAN_GO, add_text(reply, "text", 4); reply->head.text_size++)
BROKEN(action_of_odd_size, DRAGOMAN_GO, add_action(reply, 1, "12345678", 7); add_fd(reply, fd);
       add_text(reply, "x", 1))
BROKEN(action_too_large, DRAGOMAN_GO, RIGHT; reply->body[4] = 12)
BROKEN(action_size_huge, DRAGOMAN_GO, RIGHT; memset(reply->body + 4, 0xfc, 4))
BROKEN(half_an_action, DRAGOMAN_GO, add_action(reply, 1, "", 0); reply->head.actions_size -= 4;
       reply->body_size -= 4)
BROKEN(stream_action_too_small, DRAGOMAN_GO, add_action(reply, 1, "1234", 4); add_fd(reply, fd))
BROKEN(unknown_action, DRAGOMAN_GO, RIGHT; add_action(reply, 77, "1234", 4))
BROKEN(action_zero, DRAGOMAN_GO, add_action(reply, 0, "", 0))
BROKEN(two_streams, DRAGOMAN_GO, RIGHT; RIGHT)
BROKEN(no_descriptor, DRAGOMAN_GO, RIGHT; reply->fd_count = 0)
BROKEN(extra_descriptor, DRAGOMAN_GO, RIGHT; add_fd(reply, fd))
BROKEN(descriptor_without_action, DRAGOMAN_GO, add_fd(reply, fd))
BROKEN(five_descriptors, DRAGOMAN_GO, RIGHT; for ( int i = 0; i < 4; i++ ) add_fd(reply, fd))
BROKEN(refusal_with_action, DRAGOMAN_REFUSED, RIGHT)
BROKEN(refusal_with_descriptor, DRAGOMAN_REFUSED, add_fd(reply, fd))
BROKEN(larger_than_said, DRAGOMAN_GO, add_use_stream(reply, fd, translated_size - 1))
BROKEN(another_size, DRAGOMAN_GO, add_use_stream(reply, fd, translated_size + 1))
BROKEN(empty_stream, DRAGOMAN_GO, add_use_stream(reply, fd, 0))
BROKEN(unsealed, DRAGOMAN_GO,
       add_use_stream(reply, sealed_memfd(translated, translated_size, 0), translated_size))
BROKEN(not_sealed_against_writing, DRAGOMAN_GO,
       add_use_stream(reply, sealed_memfd(translated, translated_size, ALL_SEALS & ~F_SEAL_WRITE),
                      translated_size))
BROKEN(not_sealed_against_growing, DRAGOMAN_GO,
       add_use_stream(reply, sealed_memfd(translated, translated_size, ALL_SEALS & ~F_SEAL_GROW),
                      translated_size))
BROKEN(not_sealed_against_shrinking, DRAGOMAN_GO,
       add_use_stream(reply, sealed_memfd(translated, translated_size, ALL_SEALS & ~F_SEAL_SHRINK),
                      translated_size))
BROKEN(not_sealed_against_sealing, DRAGOMAN_GO,
       add_use_stream(reply, sealed_memfd(translated, translated_size, ALL_SEALS & ~F_SEAL_SEAL),
                      translated_size))
BROKEN(regular_file, DRAGOMAN_GO,
       add_use_stream(reply, open(in_directory("stream"), O_RDONLY | O_CLOEXEC), original_size))
BROKEN(socket_as_stream, DRAGOMAN_GO, add_use_stream(reply, connection, translated_size))
BROKEN(message_too_long, DRAGOMAN_GO, RIGHT; memset(reply->body + reply->body_size, 'x', 20000);
       reply->head.text_size = DRAGOMAN_MAX_TEXT_SIZE; reply->body_size += 20000)
BROKEN(fails, DRAGOMAN_FAILED, add_text(reply, "no memory\nnone at all", 21))

static void pipe_as_answer(int connection)
{
    struct reply *reply = new_reply(DRAGOMAN_GO);
    int ends[2];

    receive_question(connection, &asked);
    if ( pipe(ends) != 0 )
        _exit(1);
    add_use_stream(reply, ends[0], translated_size);
    send_reply(connection, reply, reply_size(reply));
    close(ends[0]);
    close(ends[1]);
}

/* Descriptors that hold whoever closes them */

/*
 * A connection whose other end takes nothing. To close it waits for that, for 20 s: whoever closes
 * it last.
 */
static int lingering_socket(void)
{
    static const char much[65536];
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t size = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if ( bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 1) != 0 ||
         getsockname(listener, (struct sockaddr *)&address, &size) != 0 ||
         connect(fd, (struct sockaddr *)&address, size) != 0 ||
         accept4(listener, NULL, NULL, SOCK_CLOEXEC) < 0 )
        _exit(1);
    while ( send(fd, much, sizeof(much), MSG_DONTWAIT) > 0 )
        ;
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){1, 20}, sizeof(struct linger));
    return fd;
}

/* So that it is the last to close what is sent to it. Returns its pid. */
static pid_t stop_shim(int connection)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);
    char path[64];
    char text[512] = "";

    if ( getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 ||
         kill(peer.pid, SIGSTOP) != 0 )
        _exit(1);
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)peer.pid);
    while ( strstr(text, ") T ") == NULL )
    {
        int fd = open(path, O_RDONLY | O_CLOEXEC);

        if ( fd < 0 || read(fd, text, sizeof(text) - 1) < 0 )
            _exit(1);
        close(fd);
    }
    return peer.pid;
}

static void send_lingering(int connection, int count)
{
    struct reply *reply = new_reply(DRAGOMAN_GO);

    for ( int i = 0; i < count; i++ )
        add_fd(reply, lingering_socket());
    send_reply(connection, reply, reply_size(reply));
    for ( int i = 0; i < count; i++ )
        close(reply->fds[i]);
}

static void answer_lingering(int connection)
{
    pid_t dm;

    receive_question(connection, &asked);
    dm = stop_shim(connection);
    send_lingering(connection, 1);
    kill(dm, SIGCONT);
}

static void answer_with_more_lingering_than_there_is_room_for(int connection)
{
    pid_t dm;

    receive_question(connection, &asked);
    dm = stop_shim(connection);
    send_lingering(connection, DRAGOMAN_MAX_ANSWER_FDS + 2);
    kill(dm, SIGCONT);
}

static void answer_and_send_lingering(int connection)
{
    pid_t dm;

    receive_question(connection, &asked);
    dm = stop_shim(connection);
    reply_translated(connection);
    send_lingering(connection, 3);
    kill(dm, SIGCONT);
}

static void lingering_behind_the_answer(const void *with)
{
    (void)with;
    start_helper(answer_and_send_lingering);
    run_dm("-incoming", "fd:14", NULL);
    expect_translated();
    CHECK(result.ms < (long)settings.deadline_ms, "%ld ms", result.ms);
}

/* Stands for whatever holds it where no signal but one gets through. */
static void stop_for_good(int connection)
{
    receive_question(connection, &asked);
    stop_shim(connection);
    /* Until it is gone. */
    receive_question(connection, &asked);
}

static void held_for_good(const void *with)
{

    (void)with;
    settings.helper_ms = 200;
    settings.deadline_ms = 300;
    start_helper(stop_for_good);
    run_dm("-incoming", "fd:14", NULL);
    expect_not_started(128 + SIGKILL);
    CHECK(result.ms >= 1700 && result.ms < 5000, "%ld ms", result.ms);
}

/* Time */

static void answer_just_in_time(int connection)
{
    receive_question(connection, &asked);
    usleep(scaled(600) * 1000);
    reply_translated(connection);
}

static void slow_answer(const void *with)
{
    (void)with;
    start_helper(answer_just_in_time);
    run_dm("-incoming", "fd:14", NULL);
    expect_translated();
}

static void stop_at_once(int connection)
{
    (void)connection;
    raise(SIGSTOP);
}

static void stopped_helper(const void *with)
{
    (void)with;
    use_fallback("translates");
    settings.helper_ms = 300;
    start_helper(stop_at_once);
    for ( int i = 0; i < 2; i++ )
    {
        run_dm("-incoming", "fd:14", NULL);
        expect_translated();
        CHECK(said("the helper did not answer: its time is over; asked the fallback"), "%s",
              result.err);
    }
}

/* Nobody accepts, and as many wait as may. */
static void full_backlog(const void *with)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    int waiting = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    (void)with;
    memcpy(address.sun_path, settings.socket, sizeof(address.sun_path));
    if ( bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
         listen(listener, 0) != 0 ||
         connect(waiting, (struct sockaddr *)&address, sizeof(address)) != 0 )
        abort();
    settings.helper_ms = 300;
    run_dm("-incoming", "fd:14", NULL);
    expect_not_started(6);
    CHECK(said("Connection timed out") && result.ms >= 290 && result.ms < 2000, "%ld ms: %s",
          result.ms, result.err);
    close(listener);
    close(waiting);
}

static void dead_socket(const void *with)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    (void)with;
    memcpy(address.sun_path, settings.socket, sizeof(address.sun_path));
    if ( bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 )
        abort();
    close(listener);
    run_dm("-incoming", "fd:14", NULL);
    expect_not_started(6);
    CHECK(said("helper.sock: Connection refused"), "%s", result.err);
    put_file("helper.sock", "", 0, 0644);
    run_dm("-incoming", "fd:14", NULL);
    expect_not_started(6);
    CHECK(said("helper.sock: Connection refused"), "%s", result.err);
}

static void stream_socket(const void *with)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)with;
    memcpy(address.sun_path, settings.socket, sizeof(address.sun_path));
    if ( bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
         listen(listener, 8) != 0 )
        abort();
    run_dm("-incoming", "fd:14", NULL);
    expect_not_started(6);
    CHECK(said("helper.sock: Protocol wrong type for socket"), "%s", result.err);
    close(listener);
}

/* The uuid */

#define UUID "0f3c2a10-1111-2222-3333-0123456789aB"

struct xenstore
{
    uint32_t type;
    const char *value;
    bool hangs;
};
static const struct xenstore *xenstore;

static void say_xenstore(void)
{
    setenv("XENSTORED_PATH", in_directory("xenstored"), 1);
}

static ssize_t read_octets(int fd, void *to, size_t size)
{
    size_t got = 0;
    ssize_t more;

    while ( got < size && (more = read(fd, (char *)to + got, size - got)) > 0 )
        got += (size_t)more;
    return (ssize_t)got;
}

static void write_octets(int fd, const void *bytes, size_t size)
{
    if ( write(fd, bytes, size) != (ssize_t)size )
        _exit(1);
}

/* Answers one read, in two parts. */
static void answer_as_xenstored(int connection)
{
    uint32_t head[4] = {0};
    char path[19] = "";

    if ( read_octets(connection, head, sizeof(head)) != 16 || head[0] != 2 || head[3] != 19 ||
         read_octets(connection, path, sizeof(path)) != 19 ||
         memcmp(path, "/local/domain/7/vm", sizeof(path)) != 0 || xenstore->hangs )
        usleep(3000000);
    head[0] = xenstore->type;
    head[3] = (uint32_t)strlen(xenstore->value);
    write_octets(connection, head, 10);
    usleep(20000);
    write_octets(connection, (char *)head + 10, 6);
    write_octets(connection, xenstore->value, strlen(xenstore->value));
}

static int listen_as_xenstored(int backlog)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    strcpy(address.sun_path, in_directory("xenstored"));
    if ( bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
         listen(listener, backlog) != 0 )
        abort();
    return listener;
}

static void start_xenstored(void)
{
    int listener = listen_as_xenstored(8);

    second_helper_pid = fork();
    if ( second_helper_pid == 0 )
    {
        answer_as_xenstored(accept(listener, NULL, NULL));
        usleep(1000);
        _exit(0);
    }
    close(listener);
}

static void expect_uuid(const char *uuid)
{
    char expected[256];

    settings.want_uuid = 1;
    start_helper(note_and_translate);
    run_dm("-xen-domid", "7", "-incoming", "fd:14", NULL);
    expect_translated();
    snprintf(expected, sizeof(expected),
             "size 1 kind 1 offset 0 mode 2 argc 5 uuid %s stream 39 at 0", uuid);
    expect_question(expected);
}

struct uuid_case
{
    struct xenstore xenstore;
    const char *uuid;
};

static void uuid(const void *with)
{
    const struct uuid_case *this = with;

    xenstore = &this->xenstore;
    prepare = say_xenstore;
    if ( xenstore->value != NULL )
        start_xenstored();
    expect_uuid(this->uuid);
    CHECK(!xenstore->hangs || (result.ms >= 450 && result.ms < 2000), "%ld ms", result.ms);
    unlink(in_directory("xenstored"));
}

static const struct xenstore good_xenstore = {2, "/vm/" UUID, false};

/* As many wait as may; with: whether somebody takes them in. */
static void crowded_xenstored(const void *with)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listener = listen_as_xenstored(0);
    int waiting = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    xenstore = &good_xenstore;
    prepare = say_xenstore;
    strcpy(address.sun_path, in_directory("xenstored"));
    if ( connect(waiting, (struct sockaddr *)&address, sizeof(address)) != 0 )
        abort();
    second_helper_pid = fork();
    if ( second_helper_pid == 0 )
    {
        usleep(*(const char *)with ? 200000 : 3000000);
        close(accept(listener, NULL, NULL));
        answer_as_xenstored(accept(listener, NULL, NULL));
        usleep(1000);
        _exit(0);
    }
    close(listener);
    expect_uuid(*(const char *)with ? UUID : "");
    CHECK(result.ms >= (*(const char *)with ? 190 : 450) && result.ms < 2000, "%ld ms", result.ms);
    close(waiting);
}

/* A terminal stands in for the kernel's device, in a /dev and a /run that only the tests see. */
static void xenstored_elsewhere(const void *with)
{
    const char *file = with;
    char path[64];
    int device;

    xenstore = &good_xenstore;
    if ( (mkdir("/dev/pts", 0755) != 0 && errno != EEXIST) ||
         mount("devpts", "/dev/pts", "devpts", 0, "newinstance,ptmxmode=0666") != 0 ||
         mount("run", "/run", "tmpfs", 0, "mode=0755") != 0 ||
         (mkdir("/dev/xen", 0755) != 0 && errno != EEXIST) )
        abort();
    device = open("/dev/pts/ptmx", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if ( device < 0 || unlockpt(device) != 0 || ptsname_r(device, path, sizeof(path)) != 0 ||
         symlink(path, file) != 0 )
        abort();
    second_helper_pid = fork();
    if ( second_helper_pid == 0 )
    {
        int terminal = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);
        struct termios raw;

        if ( terminal < 0 || tcgetattr(terminal, &raw) != 0 )
            _exit(1);
        cfmakeraw(&raw);
        if ( tcsetattr(terminal, TCSANOW, &raw) != 0 )
            _exit(1);
        put_file("raw", "", 0, 0644);
        answer_as_xenstored(device);
        pause();
    }
    while ( access(in_directory("raw"), F_OK) != 0 )
        usleep(1000);
    expect_uuid(UUID);
    CHECK(open_descriptors() == 4, "%s", result.dump);
    close(device);
    stop_helper();
    if ( unlink(file) != 0 || umount2("/run", MNT_DETACH) != 0 ||
         umount2("/dev/pts", MNT_DETACH) != 0 )
        abort();
}

#define UUID_CASE(name, type, value, hangs, found)                                                 \
    {                                                                                              \
        name, uuid, &(const struct uuid_case){{type, value, hangs}, found}, 0                      \
    }

const struct test answer_tests[] = {
    {"asks with all that a question has, and puts the answer on the stream's descriptor", incoming,
     NULL, FOR_VALGRIND},
    {"says in syslog what it says in the log", syslog_line, NULL, NEEDS_SYSLOG},
    {"leaves the original as it is", original_is_untouched, NULL, 0},
    {"hands a file's translation over by another name: -loadvm", loadvm, "-loadvm", FOR_VALGRIND},
    {"hands a file's translation over by another name: --loadvm", loadvm, "--loadvm", 0},
    {"takes the last one of an option", last_one_wins, NULL, 0},
    {"says where in the file the stream begins", stream_in_the_middle, NULL, 0},
    {"gives the helper no hold on the original", meddling_helper, NULL, FOR_VALGRIND},
    {"asks a helper that is the configured user", helper_of_its_own_user, NULL, NEEDS_ROOT},
    {"asks nobody else", helper_of_another_user, NULL, NEEDS_ROOT},
    {"refuses with every reason, whatever on-failure says", refused, NULL, FOR_VALGRIND},
    {"refuses nothing in a dry run", refused_in_dry_run, NULL, FOR_VALGRIND},
    {"changes nothing in a dry run", translated_in_dry_run, NULL, FOR_VALGRIND},
    {"starts in a dry run when nobody answers", nobody_in_dry_run, NULL, FOR_VALGRIND},
    {"refuses when nobody answers", nobody, NULL, FOR_VALGRIND},
    {"passes through when nobody answers, where the host wants it", pass_through, NULL,
     FOR_VALGRIND},
    {"prints no control characters and no broken UTF-8", text_is_cleaned, NULL, FOR_VALGRIND},
    {"prints a bounded text", text_is_bounded, NULL, FOR_VALGRIND},
    {"says so when a refusal has no reason", refused_without_text, NULL, FOR_VALGRIND},
    WRONG("a helper that closes at once", close_at_once, "the helper did not answer: "),
    WRONG("a helper that closes after the question", close_after_question,
          "the helper did not answer: it closed the connection"),
    LATE("a helper that hangs", hang),
    LATE("a helper that reads nothing", hang_unread),
    LATE("an answer after the time", answer_too_late),
    WRONG("a helper that fails", fails, "the helper could not find out: no memory"),
    WRONG("garbage: one octet", one_octet, "garbage: a message of 1 octets"),
    WRONG("garbage: half a header", half_a_head, "garbage: a message of 31 octets"),
    WRONG("garbage: another magic", wrong_magic, "garbage: it begins with 0x31415245"),
    WRONG("garbage: an unknown outcome", unknown_outcome, "garbage: an unknown outcome, 3"),
    WRONG("garbage: a reserved number", reserved_number, "garbage: a reserved number"),
    WRONG("garbage: too many actions", too_many_actions, "with 65 actions"),
    WRONG("garbage: fewer actions than said", more_actions_than_there_are,
          "garbage: the actions end too early"),
    WRONG("garbage: more actions than said", fewer_actions_than_there_are,
          "garbage: 16 octets behind the last action"),
    WRONG("garbage: the size of the actions is too small", actions_size_too_small, "garbage: "),
    WRONG("garbage: the size of the actions is huge", actions_size_huge, "garbage: "),
    WRONG("garbage: sizes that wrap around", text_size_wraps, "garbage: "),
    WRONG("garbage: the size of the text is too large", text_size_too_large, "garbage: "),
    WRONG("garbage: an action of odd size", action_of_odd_size,
          "garbage: an action of 7 octets, with 7 left"),
    WRONG("garbage: an action larger than all", action_too_large,
          "garbage: an action of 12 octets, with 8 left"),
    WRONG("garbage: an action of huge size", action_size_huge, "garbage: an action of 4244438268"),
    WRONG("garbage: half an action", half_an_action, "garbage: the actions end too early"),
    WRONG("garbage: an action that says too little", stream_action_too_small,
          "garbage: an action to use a stream has 4 octets"),
    WRONG("garbage: an unknown action after a good one", unknown_action,
          "garbage: an unknown action, 77"),
    WRONG("garbage: action 0", action_zero, "garbage: an unknown action, 0"),
    WRONG("garbage: two streams", two_streams, "garbage: more than one stream"),
    WRONG("garbage: a message too long", message_too_long, "garbage: a message of more than 12320"),
    WRONG("garbage: no descriptor", no_descriptor, "garbage: too few file descriptors, 0"),
    WRONG("garbage: one descriptor too many", extra_descriptor,
          "garbage: too many file descriptors, 2, expected 1"),
    WRONG("garbage: a descriptor without an action", descriptor_without_action,
          "garbage: too many file descriptors, 1, expected 0"),
    WRONG("garbage: more descriptors than an answer may have", five_descriptors,
          "garbage: file descriptors that could not be taken"),
    WRONG("garbage: a refusal with an action", refusal_with_action, "garbage: actions or"),
    WRONG("garbage: a refusal with a descriptor", refusal_with_descriptor, "garbage: actions or"),
    WRONG("garbage: a memfd of another size", another_size,
          "garbage: a memfd of 50 octets, where its action says 51"),
    WRONG("garbage: a memfd that is larger than said", larger_than_said,
          "garbage: a memfd of 50 octets, where its action says 49"),
    WRONG("garbage: an empty stream", empty_stream, "garbage: a stream of 0 octets"),
    WRONG("garbage: a memfd without seals", unsealed, "garbage: a memfd that is not sealed"),
    WRONG("garbage: a memfd that can be written", not_sealed_against_writing,
          "garbage: a memfd that is not sealed"),
    WRONG("garbage: a memfd that can grow", not_sealed_against_growing,
          "garbage: a memfd that is not sealed"),
    WRONG("garbage: a memfd that can shrink", not_sealed_against_shrinking,
          "garbage: a memfd that is not sealed"),
    WRONG("garbage: a memfd that can be sealed further", not_sealed_against_sealing,
          "garbage: a memfd that is not sealed"),
    WRONG("garbage: a file instead of a memfd", regular_file, "garbage: "),
    WRONG("garbage: a pipe instead of a memfd", pipe_as_answer,
          "garbage: a file descriptor that is no memfd"),
    WRONG("garbage: a socket instead of a memfd", socket_as_stream,
          "garbage: a file descriptor that is no memfd"),
    {"is not held by a descriptor that lingers", wrong_answer,
     &(const struct wrong){answer_lingering, "garbage: too many file descriptors, 1, expected 0",
                           0},
     0},
    {"is not held by more descriptors that linger than it takes", wrong_answer,
     &(const struct wrong){answer_with_more_lingering_than_there_is_room_for,
                           "garbage: file descriptors that could not be taken", 0},
     0},
    {"is not held by what comes behind the answer", lingering_behind_the_answer, NULL, 0},
    {"is ended where something holds it all the same", held_for_good, NULL, 0},
    {"waits for a slow answer", slow_answer, NULL, 0},
    {"asks the fallback when the helper is stopped", stopped_helper, NULL, 0},
    {"does not wait longer where too many wait", full_backlog, NULL, 0},
    {"a socket that nobody listens at, and a file in its place", dead_socket, NULL, 0},
    {"a socket of another type", stream_socket, NULL, 0},
    UUID_CASE("asks xenstored for the uuid", 2, "/vm/" UUID, false, UUID),
    UUID_CASE("does without a uuid: xenstored has none", 16, "ENOENT", false, ""),
    UUID_CASE("does without a uuid: it is none", 2, "/vm/" UUID "0", false, ""),
    UUID_CASE("does without a uuid: it has other characters", 2,
              "/vm/0f3c2a10-1111-2222-3333-0123456789a\n", false, ""),
    UUID_CASE("does without a uuid: xenstored hangs", 2, "", true, ""),
    UUID_CASE("does without a uuid: no xenstored", 0, NULL, false, ""),
    {"waits for a xenstored that too many ask", crowded_xenstored, "x", 0},
    {"does without a uuid: too many ask xenstored for too long", crowded_xenstored, "", 0},
    {"asks a xenstored elsewhere for the uuid", xenstored_elsewhere, "/dev/xen/xenbus",
     NEEDS_SYSLOG | NEEDS_PLAIN_SHIM},
    {NULL, NULL, NULL, 0},
};
