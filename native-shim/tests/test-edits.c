/* Edits of the device model's arguments, and what they must not be. */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORDS(text) text, sizeof(text)

static struct asked asked;
static void (*fill)(struct reply *reply);

/* A translated stream, and what the test wants done beside it. */
static void answer(int connection)
{
    struct reply *reply = new_reply(DRAGOMAN_GO);

    receive_question(connection, &asked);
    add_use_stream(reply, sealed_memfd(translated, translated_size, ALL_SEALS), translated_size);
    fill(reply);
    add_text(reply, "translated", 10);
    send_reply(connection, reply, reply_size(reply));
}

/* Arguments 5 and 6 are the adapter, 7 and 8 the tablet, 9 and 10 the stream; there are 13. */
static void run(void)
{
    run_dm("-xen-domid", "7", "-name", "web1", "-device", "cirrus-vga,vgamem_mb=8", "-usbdevice",
           "tablet", "-incoming", "fd:14", "-m", "24", NULL);
}

static void expect_arguments(const char *const expected[])
{
    int count = 0;
    char line[256];

    for ( ; expected[count] != NULL; count++ )
    {
        snprintf(line, sizeof(line), "argument %d %s", count + 1, expected[count]);
        CHECK(dumped(line), "no %s: %s %s", line, result.dump, result.err);
    }
    snprintf(line, sizeof(line), "argument %d ", count + 1);
    CHECK(*dumped_line(line) == '\0', "more: %s", dumped_line(line));
}

static void edit_all(struct reply *reply)
{
    add_edit(reply, 5, 2, 4, WORDS("-vga\0cirrus\0-global\0cirrus-vga.vgamem_mb=4"));
    add_edit(reply, 7, 2, 2, WORDS("-device\0usb-tablet,bus=usb-bus.0,port=2"));
    add_edit(reply, 11, 2, 2,
             WORDS("-m\0"
                   "28"));
    add_edit(reply, 13, 0, 9,
             WORDS("-usb\0-global\0PIIX4_PM.s4_val=7\0-chardev\0null,id=dragoman-gpe0\0-device\0"
                   "isa-debugcon,iobase=0x1f68,chardev=dragoman-gpe0,readback=0\0"
                   "-global\0migration.send-section-footer=on"));
}

static void edited(const void *with)
{
    (void)with;
    fill = edit_all;
    start_helper(answer);
    run();
    expect_translated();
    expect_arguments((const char *const[]){
        "-xen-domid",
        "7",
        "-name",
        "web1",
        "-vga",
        "cirrus",
        "-global",
        "cirrus-vga.vgamem_mb=4",
        "-device",
        "usb-tablet,bus=usb-bus.0,port=2",
        "-incoming",
        "fd:14",
        "-m",
        "28",
        "-usb",
        "-global",
        "PIIX4_PM.s4_val=7",
        "-chardev",
        "null,id=dragoman-gpe0",
        "-device",
        "isa-debugcon,iobase=0x1f68,chardev=dragoman-gpe0,readback=0",
        "-global",
        "migration.send-section-footer=on",
        NULL,
    });
    CHECK(open_descriptors() == 4, "%s", result.dump);
}

static void edited_in_dry_run(const void *with)
{
    (void)with;
    settings.mode = DRAGOMAN_DRY_RUN;
    fill = edit_all;
    start_helper(answer);
    run();
    expect_original();
    expect_arguments((const char *const[]){"-xen-domid", "7", "-name", "web1", "-device",
                                           "cirrus-vga,vgamem_mb=8", "-usbdevice", "tablet",
                                           "-incoming", "fd:14", "-m", "24", NULL});
}

static void edit_file(struct reply *reply)
{
    add_edit(reply, 1, 2, 2,
             WORDS("-m\0"
                   "28"));
    add_edit(reply, 5, 0, 1, WORDS("-usb"));
}

static void edited_with_file(const void *with)
{
    (void)with;
    fill = edit_file;
    start_helper(answer);
    run_dm("-m", "24", "-loadvm", in_directory("stream"), NULL);
    CHECK(result.status == 0 && dumped("argument 2 28") && dumped("argument 3 -loadvm") &&
              strncmp(dumped_line("argument 4 "), "argument 4 /proc/self/fd/", 25) == 0 &&
              dumped("argument 5 -usb"),
          "%s %s", result.err, result.dump);
    CHECK(strstr(dumped_line("loaded "), " position=0 size=50 ") != NULL, "%s",
          dumped_line("loaded "));
}

static void edit_without_stream(int connection)
{
    struct reply *reply = new_reply(DRAGOMAN_GO);

    receive_question(connection, &asked);
    add_edit(reply, 13, 0, 1, WORDS("-usb"));
    send_reply(connection, reply, reply_size(reply));
}

static void original_and_edited(const void *with)
{
    (void)with;
    start_helper(edit_without_stream);
    run();
    expect_original();
    CHECK(dumped("argument 12 24") && dumped("argument 13 -usb"), "%s", result.dump);
}

static void give_slots(struct reply *reply)
{
    add_edit(reply, 1, 2, 2, WORDS("-device\0rtl8139,id=nic0,mac=00:16:3e:00:00:01,addr=0x4"));
    add_edit(reply, 3, 2, 2, WORDS("-device\0e1000,addr=0x1f"));
}

static void slots(const void *with)
{
    (void)with;
    fill = give_slots;
    start_helper(answer);
    run_dm("-device", "rtl8139,id=nic0,mac=00:16:3e:00:00:01", "--device", "e1000", "-incoming",
           "fd:14", NULL);
    expect_arguments(
        (const char *const[]){"-device", "rtl8139,id=nic0,mac=00:16:3e:00:00:01,addr=0x4",
                              "-device", "e1000,addr=0x1f", "-incoming", "fd:14", NULL});
}

/* What no edit is */

struct wrong
{
    void (*fill)(struct reply *reply);
    const char *said;
};

static void wrong_edit(const void *with)
{
    const struct wrong *wrong = with;

    fill = wrong->fill;
    start_helper(answer);
    run();
    expect_not_started(6);
    CHECK(said("the helper answered with garbage: ") && said(wrong->said), "%s, expected %s",
          result.err, wrong->said);
    if ( slow )
        return;
    /* None of it was done. */
    settings.on_failure = DRAGOMAN_PASS_THROUGH;
    run();
    expect_original();
    CHECK(dumped("argument 6 cirrus-vga,vgamem_mb=8") && dumped("argument 12 24") &&
              *dumped_line("argument 13 ") == '\0',
          "%s", result.dump);
}

#define FILL(name, ...)                                                                            \
    static void name(struct reply *reply)                                                          \
    {                                                                                              \
        __VA_ARGS__;                                                                               \
    }
#define EDIT(first, removed, added, words) add_edit(reply, first, removed, added, WORDS(words))

FILL(before_the_first, EDIT(0, 0, 1, "-usb"))
FILL(the_name, EDIT(0, 1, 1, "-usb"))
FILL(behind_the_last, EDIT(14, 0, 1, "-usb"))
FILL(far_behind_the_last, EDIT(0xffffffff, 0, 1, "-usb"))
FILL(too_many_removed, EDIT(11, 3, 1, "-usb"))
FILL(wrapping_around, EDIT(1, 0xffffffff, 1, "-usb"))
FILL(nothing, add_edit(reply, 13, 0, 0, "", 0))
FILL(stream_option, EDIT(9, 2, 1, "-usb"))
FILL(stream_option_alone, EDIT(9, 1, 1, "-usb"))
FILL(stream_value, EDIT(10, 1, 1, "-usb"))
FILL(between_stream_option_and_value, EDIT(10, 0, 1, "-usb"))
FILL(into_the_stream, EDIT(7, 3, 1, "-usb"))
FILL(over_the_stream, EDIT(7, 6, 1, "-usb"))
FILL(overlapping, EDIT(5, 4, 1, "-usb"); EDIT(7, 2, 1, "-usb"))
FILL(descending, EDIT(7, 2, 1, "-usb"); EDIT(5, 2, 1, "-usb"))
FILL(twice_at_one_place, EDIT(13, 0, 1, "-usb"); EDIT(13, 0, 1, "-usb"))
FILL(in_the_middle, EDIT(5, 0, 1, "-usb"))
FILL(half_a_body, add_action(reply, 2, "12345678", 8))
FILL(no_body, add_action(reply, 2, "", 0))
FILL(odd_body, add_action(reply, 2, "\15\0\0\0\0\0\0\0\1\0\0\0-usb\0", 17))
FILL(no_end, add_action(reply, 2, "\15\0\0\0\0\0\0\0\1\0\0\0-usb", 16))
FILL(fewer_words_than_said, EDIT(13, 0, 9, "-usb"))
FILL(far_fewer_words_than_said, EDIT(13, 0, 0xffffffff, "-usb"))
FILL(more_words_than_said, EDIT(13, 0, 1, "-usb\0-usb"))
FILL(not_padded_with_nuls, EDIT(13, 0, 1, "-usb\0x"))
FILL(too_much_padding, EDIT(13, 0, 1, "-usb\0\0\0\0\0\0"))
FILL(empty_words, EDIT(13, 0, 3, "-usb\0\0"))
FILL(no_value, EDIT(13, 0, 1, "-m"))
FILL(another_option, EDIT(13, 0, 2, "-incoming\0exec:id"))
FILL(another_file, EDIT(13, 0, 2, "-drive\0file=/etc/shadow,format=raw"))
FILL(another_backend, EDIT(13, 0, 2, "-chardev\0file,id=dragoman-gpe0,path=/etc/shadow"))
FILL(more_than_known, EDIT(13, 0, 2, "-chardev\0null,id=dragoman-gpe0,logfile=/etc/shadow"))
FILL(another_property, EDIT(13, 0, 2, "-global\0rtl8139.romfile=/etc/shadow"))
FILL(another_adapter, EDIT(13, 0, 2, "-vga\0qxl"))
FILL(no_number, EDIT(13, 0, 2, "-m\0"))
FILL(another_number, EDIT(13, 0, 2,
                          "-m\0"
                          "28G"))
FILL(long_number, EDIT(13, 0, 2,
                       "-m\0"
                       "1234567890"))
FILL(another_port,
     EDIT(13, 0, 2, "-device\0isa-debugcon,iobase=0x1f6g,chardev=dragoman-gpe0,readback=0"))
FILL(device_that_was_not_there, EDIT(5, 2, 2, "-device\0rtl8139,addr=0x4"))
FILL(device_with_more, EDIT(5, 2, 2, "-device\0cirrus-vga,vgamem_mb=8,romfile=x,addr=0x4"))
FILL(device_with_more_behind, EDIT(5, 2, 2, "-device\0cirrus-vga,vgamem_mb=8,addr=0x4,romfile=x"))
FILL(slot_of_what_is_no_device, EDIT(7, 2, 2, "-device\0tablet,addr=0x4"))
FILL(option_that_stays, EDIT(1, 2, 1, "-usb"))
FILL(option_without_its_value, EDIT(5, 1, 1, "-usb"))
FILL(value_without_its_option, EDIT(6, 1, 1, "-usb"))
FILL(between_option_and_value, EDIT(6, 0, 1, "-usb"))
FILL(one_and_a_half, EDIT(5, 3, 1, "-usb"))

#define WRONG(name, function, text)                                                                \
    {                                                                                              \
        "no edit: " name, wrong_edit, &(const struct wrong){function, text}, 0                     \
    }
#define UNKNOWN(name, function)                                                                    \
    {                                                                                              \
        "no edit: " name, wrong_edit, &(const struct wrong){function, ", which is not known"}, 0   \
    }

const struct test edit_tests[] = {
    {"edits arguments", edited, NULL, FOR_VALGRIND},
    {"edits nothing in a dry run", edited_in_dry_run, NULL, 0},
    {"edits arguments beside those of a file", edited_with_file, NULL, FOR_VALGRIND},
    {"edits arguments and leaves the stream", original_and_edited, NULL, 0},
    {"gives devices their slots", slots, NULL, FOR_VALGRIND},
    WRONG("before the first argument", before_the_first,
          "an edit of 0 arguments from number 0, where there are 13"),
    WRONG("of the program's name", the_name, "an edit of 1 arguments from number 0"),
    WRONG("behind the last argument", behind_the_last, "an edit of 0 arguments from number 14"),
    WRONG("far behind the last argument", far_behind_the_last, "from number 4294967295"),
    WRONG("of more arguments than there are", too_many_removed, "an edit of 3 arguments from"),
    WRONG("of numbers that wrap around", wrapping_around, "an edit of 4294967295 arguments"),
    WRONG("of nothing", nothing, "an edit that changes nothing"),
    WRONG("of the stream", stream_option, "an edit of the stream's arguments, 9 and 10"),
    WRONG("of the stream's option", stream_option_alone, "an edit of the stream's arguments"),
    WRONG("of the stream's value", stream_value, "an edit of the stream's arguments"),
    WRONG("between the stream's option and its value", between_stream_option_and_value,
          "an edit that adds arguments at 10, and not at the end"),
    WRONG("into the stream's arguments", into_the_stream, "an edit of the stream's arguments"),
    WRONG("over the stream's arguments", over_the_stream, "an edit of the stream's arguments"),
    WRONG("over another one", overlapping,
          "an edit from argument 7, where the one before ends at 9"),
    WRONG("before another one", descending,
          "an edit from argument 5, where the one before ends at 9"),
    WRONG("at the place of another one", twice_at_one_place,
          "an edit from argument 13, where the one before ends at 14"),
    WRONG("that only adds in the middle", in_the_middle,
          "an edit that adds arguments at 5, and not at the end"),
    WRONG("of 8 octets", half_a_body, "an edit of 8 octets"),
    WRONG("of 0 octets", no_body, "an edit of 0 octets"),
    WRONG("of an odd size", odd_body, "an action of 17 octets, with 17 left"),
    WRONG("with an argument without its end", no_end,
          "an edit of 1 arguments that ends in number 0"),
    WRONG("with fewer arguments than said", fewer_words_than_said,
          "an edit of 9 arguments that ends in number"),
    WRONG("with far fewer arguments than said", far_fewer_words_than_said,
          "an edit of 4294967295 arguments that ends in number"),
    WRONG("with more arguments than said", more_words_than_said,
          "octets behind the arguments of an edit"),
    WRONG("padded with something else", not_padded_with_nuls, "not padded with NULs"),
    WRONG("padded with too much", too_much_padding, "octets behind the arguments of an edit"),
    WRONG("with an option without its value", no_value, "an edit that ends with the argument -m"),
    UNKNOWN("with empty arguments", empty_words),
    UNKNOWN("that adds a stream", another_option),
    UNKNOWN("that adds a file", another_file),
    UNKNOWN("that adds another backend", another_backend),
    UNKNOWN("that adds more than is known", more_than_known),
    UNKNOWN("that adds another property", another_property),
    UNKNOWN("that adds another adapter", another_adapter),
    UNKNOWN("that adds an empty number", no_number),
    UNKNOWN("that adds no number", another_number),
    UNKNOWN("that adds a number too long", long_number),
    UNKNOWN("that adds another port", another_port),
    UNKNOWN("that adds a device that was not there", device_that_was_not_there),
    UNKNOWN("that adds to a device", device_with_more),
    UNKNOWN("that adds to a device behind its slot", device_with_more_behind),
    UNKNOWN("that gives a slot to no device", slot_of_what_is_no_device),
    WRONG("that takes out an option that stays", option_that_stays,
          "an edit that takes out argument 1, -xen-domid, which may not be"),
    WRONG("that leaves a value", option_without_its_value,
          "an edit that takes out argument 5, -device, which may not be"),
    WRONG("that leaves an option", value_without_its_option,
          "an edit that takes out argument 6, cirrus-vga"),
    WRONG("between an option and its value", between_option_and_value,
          "an edit that adds arguments at 6, and not at the end"),
    WRONG("that takes out one option and a half", one_and_a_half,
          "an edit that takes out argument 7, -usbdevice, which may not be"),
    {NULL, NULL, NULL, 0},
};
