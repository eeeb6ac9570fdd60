#include "edit.h"

#include <string.h>

/* Of the digits that a pattern's '#' (decimal) and '@' (hexadecimal) stand for. */
#define MOST_DECIMAL_DIGITS 9
#define MOST_HEXADECIMAL_DIGITS 2

/* What may be put in. NULL: the option has no value. */
static const struct
{
    const char *option;
    const char *value;
} known[] = {
    {"-usb", NULL},
    {"-m", "#"},
    {"-vga", "cirrus"},
    {"-vga", "std"},
    {"-global", "cirrus-vga.vgamem_mb=#"},
    {"-global", "VGA.vgamem_mb=#"},
    {"-global", "PIIX4_PM.s4_val=7"},
    {"-global", "migration.send-section-footer=on"},
    {"-chardev", "null,id=dragoman-gpe#"},
    {"-device", "isa-debugcon,iobase=0x1f6@,chardev=dragoman-gpe#,readback=0"},
    {"-device", "usb-tablet,bus=usb-bus.0,port=2"},
    {"-device", "xen-pvdevice,device-id=0xc000,revision=1,size=16777216,addr=0x@"},
};

/* Behind the value of a -device that the same edit takes out. */
static const char slot[] = ",addr=0x@";

/* What may be taken out, each with its value. */
static const char *const removable[] = {"device", "global", "m", "usbdevice"};

bool parse_edit(char *body, size_t size, struct edit *edit, struct reason *why)
{
    size_t at = sizeof(edit->head);

    if ( size < sizeof(edit->head) )
        return because(why, "an edit of %zu octets", size);
    memcpy(&edit->head, body, sizeof(edit->head));
    edit->words = body + at;
    for ( uint32_t i = 0; i < edit->head.added; i++ )
    {
        const char *end = memchr(body + at, '\0', size - at);

        if ( end == NULL )
            return because(why, "an edit of %u arguments that ends in number %u", edit->head.added,
                           i);
        at = (size_t)(end - body) + 1;
    }
    if ( size - at >= 4 )
        return because(why, "%zu octets behind the arguments of an edit", size - at);
    for ( ; at < size; at++ )
        if ( body[at] != '\0' )
            return because(why, "an edit that is not padded with NULs");
    return true;
}

static bool is_digit(char character, bool hexadecimal)
{
    return (character >= '0' && character <= '9') ||
           (hexadecimal && character >= 'a' && character <= 'f');
}

static bool matches(const char *text, const char *pattern)
{
    for ( ; *pattern != '\0'; pattern++ )
    {
        bool hexadecimal = *pattern == '@';
        int most = hexadecimal ? MOST_HEXADECIMAL_DIGITS : MOST_DECIMAL_DIGITS;
        int digits = 0;

        if ( *pattern != '#' && !hexadecimal )
        {
            if ( *text++ != *pattern )
                return false;
            continue;
        }
        for ( ; digits < most && is_digit(*text, hexadecimal); digits++ )
            text++;
        if ( digits == 0 )
            return false;
    }
    return *text == '\0';
}

static bool is_known(const char *option, const char *value)
{
    for ( size_t i = 0; i < sizeof(known) / sizeof(*known); i++ )
        if ( strcmp(option, known[i].option) == 0 && known[i].value != NULL &&
             matches(value, known[i].value) )
            return true;
    return false;
}

static bool is_known_flag(const char *option)
{
    for ( size_t i = 0; i < sizeof(known) / sizeof(*known); i++ )
        if ( known[i].value == NULL && strcmp(option, known[i].option) == 0 )
            return true;
    return false;
}

/* A device that is taken out, and comes back with a slot of its own. */
static bool is_given_slot(const struct edit *edit, const struct command_line *command,
                          const char *option, const char *value)
{
    int first = (int)edit->head.first;

    if ( strcmp(option, "-device") != 0 )
        return false;
    for ( int i = first; i + 1 < first + (int)edit->head.removed; i += 2 )
    {
        size_t length = strlen(command->argv[i + 1]);

        if ( is_option(command->argv[i], "device") &&
             strncmp(value, command->argv[i + 1], length) == 0 && matches(value + length, slot) )
            return true;
    }
    return false;
}

static bool check_added(const struct edit *edit, const struct command_line *command,
                        struct reason *why)
{
    const char *word = edit->words;

    for ( uint32_t i = 0; i < edit->head.added; i++ )
    {
        const char *option = word;

        word += strlen(word) + 1;
        if ( is_known_flag(option) )
            continue;
        if ( ++i == edit->head.added )
            return because(why, "an edit that ends with the argument %.100s", option);
        if ( !is_known(option, word) && !is_given_slot(edit, command, option, word) )
            return because(why, "an edit that adds %.100s %.200s, which is not known", option,
                           word);
        word += strlen(word) + 1;
    }
    return true;
}

static bool is_removable(const char *option)
{
    for ( size_t i = 0; i < sizeof(removable) / sizeof(*removable); i++ )
        if ( is_option(option, removable[i]) )
            return true;
    return false;
}

/* Options with their values, so that what is left is none, either. */
static bool check_removed(const struct edit *edit, const struct command_line *command,
                          struct reason *why)
{
    int first = (int)edit->head.first;
    int end = first + (int)edit->head.removed;

    for ( int i = first; i < end; i += 2 )
        if ( !is_removable(command->argv[i]) || i + 1 == end || command->argv[i + 1][0] == '-' )
            return because(why, "an edit that takes out argument %d, %.100s, which may not be", i,
                           command->argv[i]);
    if ( end < command->argc && command->argv[end][0] != '-' )
        return because(why, "an edit that parts argument %d, %.100s, from its option", end,
                       command->argv[end]);
    return true;
}

/* What is the shim's business: an option and its value, by the value's index, which may be 0. */
static bool leaves_alone(const struct edit *edit, int value, const char *what, struct reason *why)
{
    int first = (int)edit->head.first;
    int end = first + (int)edit->head.removed;

    if ( first <= value && end >= value )
        return because(why, "an edit of %s, %d and %d", what, value - 1, value);
    return true;
}

bool check_edit(const struct edit *edit, const struct command_line *command, int *after,
                struct reason *why)
{
    const struct dragoman_edit *head = &edit->head;
    int first;
    int end;

    if ( head->first == 0 || head->first > (uint32_t)command->argc ||
         head->removed > (uint32_t)command->argc - head->first )
        return because(why, "an edit of %u arguments from number %u, where there are %d",
                       head->removed, head->first, command->argc);
    if ( head->removed == 0 && head->added == 0 )
        return because(why, "an edit that changes nothing");
    /* Between an option and its value, a word in a value's place would become an option. */
    if ( head->removed == 0 && head->first != (uint32_t)command->argc )
        return because(why, "an edit that adds arguments at %u, and not at the end", head->first);
    first = (int)head->first;
    end = first + (int)head->removed;
    if ( first < *after )
        return because(why, "an edit from argument %d, where the one before ends at %d", first,
                       *after);
    /* Of two that only add at one place, nobody could tell which is the first. */
    *after = head->removed == 0 ? end + 1 : end;
    return leaves_alone(edit, command->stream, "the stream's arguments", why) &&
           leaves_alone(edit, command->topology, "the topology's arguments", why) &&
           check_removed(edit, command, why) && check_added(edit, command, why);
}
