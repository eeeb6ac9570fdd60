/*
 * A guest that keeps its PCI slots over a reboot: the arguments that say so never reach the device
 * model, and where it boots, the helper is asked.
 */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WORDS(text) text, sizeof(text)
#define TOPOLOGY "-dragoman-topology", "keep,slots=5"

static struct asked asked;

static void must_not_be_asked(int connection)
{
    (void)connection;
    _exit(1);
}

/* The words that `boot` has, and no descriptor. */
static bool is_question_of_boot(void)
{
    static const char arguments[] = "-xen-domid\0"
                                    "7\0-dragoman-topology\0keep,slots=5\0-device\0e1000\0-m\0"
                                    "24";
    const char *words = memchr(asked.arguments, '\0', sizeof(asked.arguments));

    return asked.head.kind == DRAGOMAN_START && asked.stream < 0 && asked.head.offset == 0 &&
           asked.head.argc == 9 && words != NULL && *asked.head.uuid == '\0' &&
           memcmp(words + 1, arguments, sizeof(arguments)) == 0;
}

/* Arguments 3 and 4 say that it keeps them, 5 and 6 are the card. */
static void boot(void)
{
    run_dm("-xen-domid", "7", TOPOLOGY, "-device", "e1000", "-m", "24", NULL);
}

static void keep(int connection)
{
    struct reply *reply = new_reply(DRAGOMAN_GO);

    receive_question(connection, &asked);
    if ( !is_question_of_boot() )
        _exit(2);
    add_edit(reply, 5, 2, 2, WORDS("-device\0e1000,addr=0x5"));
    add_edit(reply, 9, 0, 2, WORDS("-global\0migration.send-section-footer=on"));
    add_text(reply, "the guest keeps its PCI slots", 29);
    send_reply(connection, reply, reply_size(reply));
}

static void expect_arguments(const char *const expected[])
{
    int count = 0;
    char line[256];

    CHECK(result.status == 0, "status %d: %s", result.status, result.err);
    for ( ; expected[count] != NULL; count++ )
    {
        snprintf(line, sizeof(line), "argument %d %s", count + 1, expected[count]);
        CHECK(dumped(line), "no %s: %s %s", line, result.dump, result.err);
    }
    snprintf(line, sizeof(line), "argument %d ", count + 1);
    CHECK(*dumped_line(line) == '\0', "more: %s", dumped_line(line));
}

static const char *const kept[] = {
    "-xen-domid", "7",  "-device", "e1000,addr=0x5",
    "-m",         "24", "-global", "migration.send-section-footer=on",
    NULL};
static const char *const as_libxl_says[] = {"-xen-domid", "7",  "-device", "e1000",
                                            "-m",         "24", NULL};

static void boots(const void *with)
{
    (void)with;
    start_helper(keep);
    boot();
    CHECK(stop_helper() == 0, "another question: %s", result.err);
    expect_arguments(kept);
    CHECK(said("the guest keeps its PCI slots"), "%s", result.err);
    /* Standard ones, and the test's stream. */
    CHECK(open_descriptors() == 4, "%s", result.dump);
}

static void boots_by_fallback(const void *with)
{
    (void)with;
    use_fallback("keeps-slots");
    boot();
    expect_arguments(kept);
    CHECK(said("asked the fallback"), "%s", result.err);
}

static void change_nothing(int connection)
{
    struct reply *reply = new_reply(DRAGOMAN_GO);

    receive_question(connection, &asked);
    add_text(reply, "topology: modern", 16);
    send_reply(connection, reply, reply_size(reply));
}

static void boots_unchanged(const void *with)
{
    (void)with;
    start_helper(change_nothing);
    boot();
    expect_arguments(as_libxl_says);
}

static void boots_in_dry_run(const void *with)
{
    (void)with;
    settings.mode = DRAGOMAN_DRY_RUN;
    start_helper(keep);
    boot();
    expect_arguments(as_libxl_says);
    CHECK(said("the guest keeps its PCI slots"), "%s", result.err);
    stop_helper();
    boot();
    expect_arguments(as_libxl_says);
    CHECK(said("dry run: could not find out how the guest keeps its PCI slots"), "%s", result.err);
}

static void boots_in_mode_off(const void *with)
{
    (void)with;
    settings.mode = DRAGOMAN_OFF;
    start_helper(must_not_be_asked);
    boot();
    CHECK(stop_helper() == 0, "the helper was asked");
    expect_arguments(as_libxl_says);
    CHECK(*result.err == '\0', "%s", result.err);
}

static void nobody_answers(const void *with)
{
    (void)with;
    boot();
    expect_not_started(6);
    CHECK(said("refused: Dragoman keeps this guest's PCI slots") && said("dragoman doctor"), "%s",
          result.err);
    settings.on_failure = DRAGOMAN_PASS_THROUGH;
    boot();
    expect_arguments(as_libxl_says);
    CHECK(said("started with the PCI slots of its toolstack"), "%s", result.err);
}

static void settings_are_unusable(const void *with)
{
    (void)with;
    write_settings = false;
    put_file("dm.dragoman", "", 0, 0644);
    boot();
    expect_not_started(6);
    CHECK(said("refused: cannot use the settings"), "%s", result.err);
}

static void refuse(int connection)
{
    struct reply *reply = new_reply(DRAGOMAN_REFUSED);

    receive_question(connection, &asked);
    add_text(reply, "expected keep", 13);
    send_reply(connection, reply, reply_size(reply));
}

static void refused(const void *with)
{
    (void)with;
    start_helper(refuse);
    boot();
    expect_not_started(4);
    CHECK(said("expected keep"), "%s", result.err);
    settings.mode = DRAGOMAN_DRY_RUN;
    boot();
    expect_arguments(as_libxl_says);
}

static void give_stream(struct reply *reply)
{
    add_use_stream(reply, sealed_memfd(translated, translated_size, ALL_SEALS), translated_size);
}

static void move_memory(struct reply *reply)
{
    add_relocation(reply, 1, 2, 1, 7);
}

static void edit_option(struct reply *reply)
{
    add_edit(reply, 3, 2, 1, WORDS("-usb"));
}

static void edit_value(struct reply *reply)
{
    add_edit(reply, 4, 1, 1, WORDS("-usb"));
}

struct wrong
{
    void (*fill)(struct reply *reply);
    const char *said;
};

static const struct wrong *wrong;

static void answer_wrongly(int connection)
{
    struct reply *reply = new_reply(DRAGOMAN_GO);

    receive_question(connection, &asked);
    wrong->fill(reply);
    send_reply(connection, reply, reply_size(reply));
}

static void wrong_answer(const void *with)
{
    wrong = with;
    start_helper(answer_wrongly);
    boot();
    expect_not_started(6);
    CHECK(said("the helper answered with garbage: ") && said(wrong->said), "%s", result.err);
}

/* With: what the helper does, or NULL where it must not be asked. */
static void restored(const void *with)
{
    static const char upstream[] = "QEVM\0\0\0\3\7\0\0\0\x05xenfv";

    if ( with != NULL )
    {
        use_fallback("translates");
        run_dm(TOPOLOGY, "-incoming", STREAM_ARGUMENT, NULL);
        expect_translated();
    }
    else
    {
        put_file("stream", upstream, sizeof(upstream), 0644);
        start_helper(must_not_be_asked);
        run_dm(TOPOLOGY, "-incoming", STREAM_ARGUMENT, NULL);
        CHECK(stop_helper() == 0, "the helper was asked");
    }
    expect_arguments((const char *const[]){"-incoming", STREAM_ARGUMENT, NULL});
}

static void restored_from_file(const void *with)
{
    (void)with;
    use_fallback("translates");
    run_dm("-loadvm", in_directory("stream"), "--dragoman-topology", "keep", NULL);
    CHECK(result.status == 0 && dumped("argument 1 -loadvm") &&
              strncmp(dumped_line("argument 2 "), "argument 2 /proc/self/fd/", 25) == 0 &&
              *dumped_line("argument 3 ") == '\0',
          "%s %s", result.err, result.dump);
}

/* Whoever sends it made the stream without footers, or with. */
static void from_elsewhere(const void *with)
{
    (void)with;
    start_helper(must_not_be_asked);
    run_dm("-incoming", "tcp:0:4444", TOPOLOGY, NULL);
    CHECK(stop_helper() == 0, "the helper was asked");
    expect_arguments((const char *const[]){"-incoming", "tcp:0:4444", NULL});
}

static void in_a_wrong_way(const char *text, const char *const argv[])
{
    const char *words[8] = {in_directory("dm")};

    for ( int i = 0; argv[i] != NULL; i++ )
        words[i + 1] = argv[i];
    run_program(in_directory("dm"), words);
    expect_not_started(4);
    CHECK(said(text) && said("device_model_args_hvm=["), "%s", result.err);
}

static void wrong_arguments(const void *with)
{
    (void)with;
    settings.mode = DRAGOMAN_OFF;
    in_a_wrong_way("-dragoman-topology has no value",
                   (const char *const[]){"-m", "24", "-dragoman-topology", NULL});
    in_a_wrong_way("--dragoman-topology has no value",
                   (const char *const[]){"--dragoman-topology", "-m", "24", NULL});
    in_a_wrong_way("-dragoman-topology is there twice, as arguments 1 and 3",
                   (const char *const[]){TOPOLOGY, TOPOLOGY, NULL});
}

static void another_option(const void *with)
{
    static const char *const argv[] = {"-m", "dragoman-topology", "-dragoman-topology=keep", "keep",
                                       NULL};

    (void)with;
    start_helper(must_not_be_asked);
    run_dm(argv[0], argv[1], argv[2], argv[3], NULL);
    CHECK(stop_helper() == 0, "the helper was asked");
    expect_arguments(argv);
}

#define WRONG(name, function, text)                                                                \
    {                                                                                              \
        "no answer where a guest boots: " name, wrong_answer,                                      \
            &(const struct wrong){function, text}, 0                                               \
    }

const struct test topology_tests[] = {
    {"keeps the slots where a guest boots", boots, NULL, FOR_VALGRIND},
    {"keeps the slots by the fallback", boots_by_fallback, NULL, FOR_VALGRIND},
    {"boots a guest with the slots of its toolstack", boots_unchanged, NULL, 0},
    {"keeps no slots in a dry run", boots_in_dry_run, NULL, 0},
    {"keeps no slots in mode off", boots_in_mode_off, NULL, FOR_VALGRIND},
    {"boots no guest where nobody answers, or with a warning", nobody_answers, NULL, FOR_VALGRIND},
    {"boots no guest with unusable settings", settings_are_unusable, NULL, 0},
    {"boots no guest that is refused", refused, NULL, 0},
    WRONG("a stream", give_stream, "an action of type 1, where no stream is loaded"),
    WRONG("a relocation", move_memory, "an action of type 3, where no stream is loaded"),
    WRONG("an edit of the topology's option", edit_option,
          "an edit of the topology's arguments, 3 and 4"),
    WRONG("an edit of the topology's value", edit_value, "an edit of the topology's arguments"),
    {"takes the topology out beside a translated stream", restored, "", FOR_VALGRIND},
    {"takes the topology out beside a stream of qemu-xen's own", restored, NULL, 0},
    {"takes the topology out beside a file", restored_from_file, NULL, 0},
    {"takes the topology out where a stream comes from elsewhere", from_elsewhere, NULL, 0},
    {"says what is wrong with the topology's arguments", wrong_arguments, NULL, FOR_VALGRIND},
    {"takes nothing out that is called otherwise", another_option, NULL, 0},
    {NULL, NULL, NULL, 0},
};
