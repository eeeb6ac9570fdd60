/* Settings that cannot be used: a traditional stream is refused, everything else starts. */
#include "harness.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void translate(int connection)
{
    struct asked asked;

    receive_question(connection, &asked);
    reply_translated(connection);
}

static void expect_unusable(const char *reason)
{
    run_dm("-xen-domid", "7", "-incoming", "fd:14", NULL);
    expect_not_started(6);
    CHECK(said("dragoman: domain 7: refused: cannot use the settings ") && said(reason) &&
              said("; run dragoman enable\n"),
          "%s, expected %s", result.err, reason);
    /* No stream of the traditional device model. */
    put_file("stream", "QEVM\0\0\0\3\7", 9, 0600);
    run_dm("-xen-domid", "7", "-incoming", "fd:14", NULL);
    CHECK(result.status == 0 && *result.dump != '\0' && *result.err == '\0', "%s", result.err);
}

struct change
{
    void (*change)(void);
    const char *reason;
};

static void changed(const void *with)
{
    const struct change *this = with;

    start_helper(translate);
    this->change();
    expect_unusable(this->reason);
}

#define CHANGE(name, statement)                                                                    \
    static void name(void)                                                                         \
    {                                                                                              \
        statement;                                                                                 \
    }

CHANGE(magic, settings.magic[7] = 'M')
CHANGE(version, settings.version = 2)
CHANGE(mode, settings.mode = 3)
CHANGE(on_failure, settings.on_failure = 2)
CHANGE(every_stream, settings.every_stream = 2)
CHANGE(want_uuid, settings.want_uuid = 0xffffffff)
CHANGE(no_deadline, settings.deadline_ms = settings.helper_ms = 0)
CHANGE(helper_too_long, settings.helper_ms = settings.deadline_ms + 1)
CHANGE(no_socket, settings.socket[0] = '\0')
CHANGE(relative_socket, settings.socket[0] = 'x')
CHANGE(endless_socket, memset(settings.socket, '/', sizeof(settings.socket)))
CHANGE(relative_fallback, settings.fallback[0] = 'x')
CHANGE(relative_relocate, settings.relocate[0] = 'x')
CHANGE(endless_relocate, memset(settings.relocate, '/', sizeof(settings.relocate)))
CHANGE(endless_fallback, memset(settings.fallback, '/', sizeof(settings.fallback)))

#define CHANGED(name, function, reason)                                                            \
    {                                                                                              \
        "settings with " name " are not used", changed, &(const struct change){function, reason},  \
            0                                                                                      \
    }

static void missing(const void *with)
{
    (void)with;
    write_settings = false;
    expect_unusable("dm.dragoman: No such file or directory");
}

static void of_another_size(const void *with)
{
    char bytes[sizeof(settings) + 1] = "";

    (void)with;
    write_settings = false;
    memcpy(bytes, &settings, sizeof(settings));
    put_file("dm.dragoman", bytes, sizeof(settings) - 1, 0644);
    expect_unusable("it has fewer octets than 1024");
    put_file("stream", original, original_size, 0600);
    put_file("dm.dragoman", bytes, sizeof(settings) + 1, 0644);
    expect_unusable("it has more octets than 1024");
    put_file("stream", original, original_size, 0600);
    put_file("dm.dragoman", bytes, 0, 0644);
    expect_unusable("it has fewer octets than 1024");
}

static void writable_by_others(const void *with)
{
    (void)with;
    write_settings = false;
    put_file("dm.dragoman", &settings, sizeof(settings), 0664);
    expect_unusable("others than its owner may write it (mode 0664)");
    put_file("stream", original, original_size, 0600);
    put_file("dm.dragoman", &settings, sizeof(settings), 0602);
    expect_unusable("others than its owner may write it (mode 0602)");
}

static void of_another_owner(const void *with)
{
    (void)with;
    write_settings = false;
    put_file("dm.dragoman", &settings, sizeof(settings), 0644);
    if ( chown(in_directory("dm.dragoman"), 65533, 0) != 0 )
        abort();
    expect_unusable("it belongs to uid 65533, expected root");
}

static void no_file(const void *with)
{
    (void)with;
    write_settings = false;
    if ( mkfifo(in_directory("dm.dragoman"), 0644) != 0 )
        abort();
    expect_unusable("it is not a regular file");
    put_file("stream", original, original_size, 0600);
    unlink(in_directory("dm.dragoman"));
    if ( symlink("/", in_directory("dm.dragoman")) != 0 )
        abort();
    expect_unusable("it is not a regular file");
}

const struct test settings_tests[] = {
    {"settings that are missing are not used", missing, NULL, FOR_VALGRIND},
    {"settings of another size are not used", of_another_size, NULL, FOR_VALGRIND},
    {"settings that others may write are not used", writable_by_others, NULL, FOR_VALGRIND},
    {"settings of another owner are not used", of_another_owner, NULL, NEEDS_ROOT | FOR_VALGRIND},
    {"settings that are no file are not used", no_file, NULL, FOR_VALGRIND},
    CHANGED("another magic", magic, "it does not begin with DRAGOMAN"),
    CHANGED("another version", version, "it is of version 2, expected 1"),
    CHANGED("an unknown mode", mode, "it has an unknown mode, 3"),
    CHANGED("an unknown on-failure", on_failure, "it has an unknown on-failure, 2"),
    CHANGED("every_stream that is no flag", every_stream, "neither 0 nor 1"),
    CHANGED("want_uuid that is no flag", want_uuid, "neither 0 nor 1"),
    CHANGED("no deadline", no_deadline, "it has a deadline of 0 ms"),
    CHANGED("more time for the helper than there is", helper_too_long, "of them for the helper"),
    CHANGED("no socket", no_socket, "its socket is not an absolute path"),
    CHANGED("a relative socket", relative_socket, "its socket is not an absolute path"),
    CHANGED("a socket without an end", endless_socket, "its socket is not an absolute path"),
    CHANGED("a relative fallback", relative_fallback, "its fallback is not an absolute path"),
    CHANGED("a fallback without an end", endless_fallback, "its fallback is not an absolute path"),
    CHANGED("a relative program that moves memory", relative_relocate,
            "its program that moves memory is not an absolute path"),
    CHANGED("a program that moves memory without an end", endless_relocate,
            "its program that moves memory is not an absolute path"),
    {NULL, NULL, NULL, 0},
};
