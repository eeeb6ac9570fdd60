/* Memory that is moved before the device model starts, and the program that does it. */
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct asked asked;
static void (*fill)(struct reply *reply);

static void answer(int connection)
{
    struct reply *reply = new_reply(DRAGOMAN_GO);

    receive_question(connection, &asked);
    fill(reply);
    add_text(reply, "translated", 10);
    send_reply(connection, reply, reply_size(reply));
}

static void use_translated(struct reply *reply)
{
    add_use_stream(reply, sealed_memfd(translated, translated_size, ALL_SEALS), translated_size);
}

static void move(struct reply *reply)
{
    use_translated(reply);
    add_edit(reply, 5, 0, 1, "-usb", 5);
    add_relocation(reply, 0xff000, 0xf0000, 1024, 7);
}

static void run(void)
{
    run_dm("-xen-domid", "7", "-incoming", "fd:14", NULL);
}

static void run_with(const char *behaviour)
{
    fill = move;
    start_helper(answer);
    if ( behaviour != NULL )
        use_relocate(behaviour);
    run();
}

static void read_dump(char *text, size_t room)
{
    int fd = open(in_directory("relocate.dump"), O_RDONLY | O_CLOEXEC);
    ssize_t size = fd < 0 ? 0 : read(fd, text, room - 1);

    text[size < 0 ? 0 : size] = '\0';
    if ( fd >= 0 )
        close(fd);
}

static void expect_dump(const char *expected)
{
    char text[4096];

    read_dump(text, sizeof(text));
    CHECK(strcmp(text, expected) == 0, "%s, expected %s", text, expected);
}

static void use_up_descriptors(void)
{
    signal(SIGCHLD, SIG_IGN);
    if ( dup2(0, 50) < 0 || dup2(0, 200) < 0 )
        _exit(99);
}

static void moves(const void *with)
{
    char expected[512];
    char said_last[11];

    prepare = use_up_descriptors;
    run_with(with);
    snprintf(expected, sizeof(expected),
             "7 0xff000 0xf0000 1024\nuid %u session 1 death 9 directory /\n"
             "environment PATH=/usr/sbin:/usr/bin:/sbin:/bin\nenvironment LANG=C.UTF-8\n",
             geteuid());
    expect_dump(expected);
    expect_translated();
    CHECK(dumped("argument 5 -usb"), "%s", result.dump);
    CHECK(open_descriptors() == 6, "%s", result.dump);
    /* Valgrind has signals of its own, and a shell's background others. */
    CHECK(slow ||
              (strtoull(strchr(dumped_line("SigIgn"), '\t'), NULL, 16) & 1 << (SIGCHLD - 1)) != 0,
          "%s", dumped_line("SigIgn"));
    CHECK(
        sscanf(result.err,
               "dragoman: domain 7: moved 1024 frames of the guest's video memory in %*u.%*3u ms\n"
               "dragoman: domain 7: %10s",
               said_last) == 1 &&
            strcmp(strstr(result.err, said_last), "translated\n") == 0,
        "%s", result.err);
}

static void moves_nothing_in_dry_run(const void *with)
{
    (void)with;
    settings.mode = DRAGOMAN_DRY_RUN;
    run_with("moves");
    expect_original();
    expect_dump("");
}

struct failing
{
    const char *behaviour; /* NULL: no program is named */
    const char *said;
};

static void fails(const void *with)
{
    const struct failing *failing = with;

    settings.deadline_ms = scaled(700);
    settings.helper_ms = scaled(600);
    for ( uint32_t on_failure = DRAGOMAN_REFUSE; on_failure <= DRAGOMAN_PASS_THROUGH; on_failure++ )
    {
        settings.on_failure = on_failure;
        run_with(failing->behaviour);
        stop_helper();
        expect_not_started(4);
        CHECK(said("dragoman: domain 7: refused: the guest's video memory cannot be moved to where "
                   "the device model wants it: ") &&
                  said(failing->said) && said(". The domain was not started; "),
              "%s, expected %s", result.err, failing->said);
        CHECK(strlen(result.err) < 2000, "%s", result.err);
        CHECK(result.ms < (long)settings.deadline_ms + 1500, "%ld ms", result.ms);
    }
}

static void no_such_program(const void *with)
{
    (void)with;
    strcpy(settings.relocate, "/nowhere/at all");
    run_with(NULL);
    expect_not_started(4);
    CHECK(said("wants it: /nowhere/at all: No such file or directory. The domain"), "%s",
          result.err);
    put_file("text", "text", 4, 0644);
    strcpy(settings.relocate, in_directory("text"));
    run();
    expect_not_started(4);
    CHECK(said("/text: Permission denied. The domain"), "%s", result.err);
}

static void unchanged_but_moved(struct reply *reply)
{
    add_relocation(reply, 0xff000, 0xf0000, 1024, 7);
}

static void original_and_moved(const void *with)
{
    (void)with;
    fill = unchanged_but_moved;
    start_helper(answer);
    use_relocate("moves");
    run();
    expect_original();
}

/* What no relocation is */

struct wrong
{
    void (*fill)(struct reply *reply);
    const char *said;
};

static void wrong_relocation(const void *with)
{
    const struct wrong *wrong = with;

    fill = wrong->fill;
    start_helper(answer);
    use_relocate("moves");
    run();
    expect_not_started(6);
    CHECK(said("the helper answered with garbage: ") && said(wrong->said), "%s, expected %s",
          result.err, wrong->said);
    expect_dump("");
}

static void no_domain(const void *with)
{
    (void)with;
    fill = move;
    start_helper(answer);
    use_relocate("moves");
    run_dm("-m", "24", "-incoming", "fd:14", NULL);
    expect_not_started(6);
    CHECK(said("garbage: a relocation in domain 7, where this is domain -1"), "%s", result.err);
    expect_dump("");
}

#define FILL(name, ...)                                                                            \
    static void name(struct reply *reply)                                                          \
    {                                                                                              \
        use_translated(reply);                                                                     \
        __VA_ARGS__;                                                                               \
    }
#define MOVE(from, to, frames, domid) add_relocation(reply, from, to, frames, domid)
#define RIGHT MOVE(0xff000, 0xf0000, 1024, 7)

FILL(another_domain, MOVE(0xff000, 0xf0000, 1024, 8))
FILL(huge_domain, MOVE(0xff000, 0xf0000, 1024, 0xffffffff))
FILL(no_frames, MOVE(0xff000, 0xf0000, 0, 7))
FILL(too_many_frames, MOVE(0xf0000, 0x1f0000, DRAGOMAN_MAX_FRAMES + 1, 7))
FILL(to_itself, MOVE(0xff000, 0xff000, 1, 7))
FILL(into_itself, MOVE(0xff000, 0xff3ff, 1024, 7))
FILL(into_itself_downwards, MOVE(0xff3ff, 0xff000, 1024, 7))
FILL(from_past_the_end, MOVE(UINT64_MAX - 1023, 0xf0000, 1024, 7))
FILL(to_past_the_end, MOVE(0xf0000, UINT64_MAX - 1, 1024, 7))
FILL(too_short, add_action(reply, 3, "12345678123456781234", 20))
FILL(too_long, add_action(reply, 3, "1234567812345678123456781234", 28))
FILL(twice, RIGHT; RIGHT)
FILL(not_the_last, RIGHT; add_edit(reply, 5, 0, 1, "-usb", 5))

static void before_the_stream(struct reply *reply)
{
    RIGHT;
    use_translated(reply);
}

/* The program */

static int open_error;
static int relocate_error;

static void set_number(const char *name, int number)
{
    char text[16];

    snprintf(text, sizeof(text), "%d", number);
    setenv(name, text, 1);
}

static void use_library(void)
{
    setenv("LD_LIBRARY_PATH", library_path(), 1);
    set_number("OPEN_ERROR", open_error);
    set_number("RELOCATE_ERROR", relocate_error);
}

static void expect_said(int status, const char *expected)
{
    CHECK(result.status == status, "status %d, expected %d: %s", result.status, status, result.err);
    CHECK(strcmp(result.err, expected) == 0, "%s, expected %s", result.err, expected);
}

static void program_moves(const void *with)
{
    (void)with;
    prepare = use_library;
    open_error = relocate_error = 0;
    run_relocate("7", "0xff000", "0xf0000", "1024", NULL);
    expect_said(0, "open 0 0\nrelocate 1 7 1024 0xff000 0xf0000\nclose 1\n");
    run_relocate("32751", "0", "0xffffff0000", "65536", NULL);
    expect_said(0, "open 0 0\nrelocate 1 32751 65536 0x0 0xffffff0000\nclose 1\n");
}

struct error
{
    int open;
    int relocate;
    const char *said;
};

static void program_fails(const void *with)
{
    const struct error *error = with;

    prepare = use_library;
    open_error = error->open;
    relocate_error = error->relocate;
    run_relocate("7", "0xff000", "0xf0000", "1024", NULL);
    CHECK(result.status == 6 && said(error->said), "status %d: %s, expected %s", result.status,
          result.err, error->said);
    CHECK(said("close 1") == (error->relocate != 0), "%s", result.err);
    CHECK(said("the domain must not run") == (error->relocate != 0), "%s", result.err);
}

static void use_broken_library(void)
{
    setenv("LD_LIBRARY_PATH", in_directory(""), 1);
}

static void program_without_library(const void *with)
{
    (void)with;
    prepare = use_broken_library;
    put_file("libxendevicemodel.so.1", "x", 1, 0644);
    run_relocate("7", "0xff000", "0xf0000", "1024", NULL);
    CHECK(result.status == 6 && said("dragoman-relocate: Xen's library cannot be loaded: ") &&
              said("libxendevicemodel1"),
          "status %d: %s", result.status, result.err);
}

struct arguments
{
    const char *words[6];
    const char *said;
};

static void program_usage(const void *with)
{
    const struct arguments *arguments = with;
    const char *const *words = arguments->words;

    prepare = use_library;
    open_error = relocate_error = 0;
    run_relocate(words[0], words[1], words[2], words[3], words[4], words[5], NULL);
    expect_said(2, arguments->said);
}

#define WRONG(name, function, text)                                                                \
    {                                                                                              \
        "no relocation: " name, wrong_relocation, &(const struct wrong){function, text}, 0         \
    }
#define FAILS(name, behaviour, text)                                                               \
    {                                                                                              \
        "does not start where moving " name, fails, &(const struct failing){behaviour, text}, 0    \
    }
#define ERROR(open, relocate, text)                                                                \
    {                                                                                              \
        "dragoman-relocate: " text, program_fails, &(const struct error){open, relocate, text}, 0  \
    }
#define USAGE "usage: dragoman-relocate DOMID FROM TO FRAMES\n"
#define ARGUMENTS(text, ...)                                                                       \
    {                                                                                              \
        "dragoman-relocate takes no other arguments: " #__VA_ARGS__, program_usage,                \
            &(const struct arguments){{__VA_ARGS__}, text}, 0                                      \
    }

const struct test relocate_tests[] = {
    {"moves memory, then starts", moves, "moves", FOR_VALGRIND},
    {"keeps what the program says to itself where it is done", moves, "moves-and-says", 0},
    {"moves nothing in a dry run", moves_nothing_in_dry_run, NULL, 0},
    {"moves memory for the original", original_and_moved, NULL, 0},
    FAILS("fails", "fails", "wants it: it cannot be moved: no such domain. The domain"),
    FAILS("fails without a word", "ends", "/ends failed without a word (exit status 6)"),
    FAILS("crashes", "crashes", "/crashes failed without a word (ended by signal 11)"),
    FAILS("fails with many words", "says-much", "it cannot be moved it cannot be moved"),
    FAILS("hangs", "hangs-silently", "/hangs-silently did not end in time. The domain"),
    FAILS("hangs and has children", "hangs-with-children",
          "/hangs-with-children did not end in time; it said: half of it is moved. The domain"),
    FAILS("leaves a child", "leaves-a-child", "/leaves-a-child did not end in time. The domain"),
    FAILS("has no program", NULL, "run dragoman enable. The domain"),
    {"does not start where the program is not there, or none", no_such_program, NULL, FOR_VALGRIND},
    WRONG("in another domain", another_domain, "a relocation in domain 8, where this is domain 7"),
    WRONG("in a domain that cannot be", huge_domain,
          "a relocation in domain 4294967295, where this is domain 7"),
    {"no relocation: in a domain that was not said", no_domain, NULL, 0},
    WRONG("of no frames", no_frames, "a relocation of 0 frames from 0xff000 to 0xf0000"),
    WRONG("of too many frames", too_many_frames, "a relocation of 65537 frames"),
    WRONG("to where it is", to_itself, "a relocation of 1 frames from 0xff000 to 0xff000"),
    WRONG("into what is moved", into_itself, "a relocation of 1024 frames"),
    WRONG("into what is moved, downwards", into_itself_downwards, "a relocation of 1024 frames"),
    WRONG("from past the end", from_past_the_end, "a relocation of 1024 frames from 0xffff"),
    WRONG("to past the end", to_past_the_end, "a relocation of 1024 frames from 0xf0000 to 0xffff"),
    WRONG("of 20 octets", too_short, "a relocation of 20 octets"),
    WRONG("of 28 octets", too_long, "a relocation of 28 octets"),
    WRONG("a second one", twice, "an action behind the relocation"),
    WRONG("before an edit", not_the_last, "an action behind the relocation"),
    WRONG("before the stream", before_the_stream, "an action behind the relocation"),
    {"dragoman-relocate moves memory", program_moves, NULL, FOR_VALGRIND},
    {"dragoman-relocate says that Xen's library is missing", program_without_library, NULL, 0},
    ERROR(ENOENT, 0, "module xen-privcmd loaded?"),
    ERROR(EACCES, 0, "this must be run as root"),
    ERROR(EIO, 0, "Input/output error: is this Xen's control domain?"),
    ERROR(0, EPERM, "Xen does not let this domain"),
    ERROR(0, ESRCH, "there is no such domain"),
    ERROR(0, EINVAL, "the domain has no memory at one of these frames"),
    ERROR(0, ENOMEM, "Xen has no memory left"),
    ERROR(0, EOPNOTSUPP, "this Xen cannot do it"),
    ERROR(0, EIO, "Input/output error: xl dmesg may say more"),
    ARGUMENTS(USAGE, NULL),
    ARGUMENTS(USAGE, "7", "0xff000", "0xf0000"),
    ARGUMENTS(USAGE, "7", "0xff000", "0xf0000", "1024", "1"),
    ARGUMENTS("dragoman-relocate: DOMID is '', expected a number\n", "", "1", "2", "1"),
    ARGUMENTS("dragoman-relocate: DOMID is '-7', expected a number\n", "-7", "1", "2", "1"),
    ARGUMENTS("dragoman-relocate: DOMID is '7 ', expected a number\n", "7 ", "1", "2", "1"),
    ARGUMENTS("dragoman-relocate: DOMID is '7f', expected a number\n", "7f", "1", "2", "1"),
    ARGUMENTS("dragoman-relocate: DOMID is 0, expected 1 to 32751\n", "0", "1", "2", "1"),
    ARGUMENTS("dragoman-relocate: DOMID is 32752, expected 1 to 32751\n", "32752", "1", "2", "1"),
    ARGUMENTS("dragoman-relocate: FRAMES is 0, expected 1 to 65536\n", "7", "1", "2", "0"),
    ARGUMENTS("dragoman-relocate: FRAMES is 65537, expected 1 to 65536\n", "7", "1", "2", "65537"),
    ARGUMENTS("dragoman-relocate: FROM is '0x', expected a number\n", "7", "0x", "2", "1"),
    ARGUMENTS("dragoman-relocate: FROM is '0xG', expected a number\n", "7", "0xG", "2", "1"),
    ARGUMENTS("dragoman-relocate: TO is 0x10000000000, expected 0 to 1099511627775\n", "7", "1",
              "0x10000000000", "1"),
    ARGUMENTS(
        "dragoman-relocate: TO is 99999999999999999999999999999999, expected 0 to 1099511627775\n",
        "7", "1", "99999999999999999999999999999999", "1"),
    ARGUMENTS("dragoman-relocate: FROM and TO are 3 frames apart, expected at least FRAMES, 4\n",
              "7", "1", "4", "4"),
    {NULL, NULL, NULL, 0},
};
