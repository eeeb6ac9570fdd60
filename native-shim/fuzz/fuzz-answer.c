/*
 * What others say, in any form: an answer, settings, a text. Build and run: make fuzz.
 */
#include "../answer.h"
#include "../arguments.h"
#include "../report.h"
#include "../settings.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* What answers are held against; arguments 3 and 4 are the stream's, or those of a boot. */
static char topology[][24] = {"-" DRAGOMAN_TOPOLOGY_OPTION, "keep"};
static char words[][16] = {"dm",      "-xen-domid", "7",      "-incoming", "fd:14", "-device",
                           "rtl8139", "-usbdevice", "tablet", "-m",        "24"};
#define WORDS (sizeof(words) / sizeof(*words))
static char *arguments[WORDS + 1];
static const struct command_line command = {WORDS, arguments, 4, 0, 7};
static const struct command_line boot = {WORDS, arguments, 0, 4, 7};

/* What is carried out leaves the stream's arguments together, and is not longer than it says. */
static void fuzz_edits(const struct answer *answer)
{
    struct stream stream = {.kind = DRAGOMAN_INCOMING};
    struct stream_argument found;
    struct reason why;
    char **argv = arguments;
    int argc = 0;

    if ( !carry_out(answer, &stream, &argv, &why) )
        abort();
    while ( argv[argc] != NULL )
        argc++;
    if ( !find_stream_argument(argc, argv, &found) || found.fd != 14 ||
         argv[found.index] != arguments[4] )
        abort();
    if ( argv != arguments )
        free(argv);
}

/* Where a guest boots, nothing is left of what only Dragoman knows, and no stream comes. */
static void fuzz_boot(const struct answer *answer)
{
    struct stream stream = {.kind = DRAGOMAN_START, .fd = -1};
    struct stream_argument found;
    struct reason why;
    char **argv = arguments;
    int value;
    int argc = 0;

    if ( !carry_out(answer, &stream, &argv, &why) || find_relocation(answer) != NULL )
        abort();
    take_out_topology_argument(argv);
    while ( argv[argc] != NULL )
        argc++;
    if ( !find_topology_argument(argc, argv, &value, &why) || value != 0 ||
         find_stream_argument(argc, argv, &found) || found.kind != DRAGOMAN_START )
        abort();
    if ( argv != arguments )
        free(argv);
}

static void fuzz_answer(const uint8_t *bytes, size_t size, size_t fd_count)
{
    static struct answer answer;
    struct reason why;
    size_t fds = 0;

    for ( size_t i = 0; i < WORDS; i++ )
        arguments[i] = words[i];
    if ( !parse_answer(bytes, size, fd_count, &answer, &why) )
        return;
    /* Whatever is understood is within what the protocol allows. */
    if ( answer.action_count > DRAGOMAN_MAX_ACTIONS || answer.outcome > DRAGOMAN_FAILED ||
         (answer.outcome != DRAGOMAN_GO && answer.action_count != 0) )
        abort();
    for ( size_t i = 0; i < answer.action_count; i++ )
    {
        const struct action *action = &answer.actions[i];

        switch ( action->type )
        {
        case DRAGOMAN_USE_STREAM:
            if ( action->stream_size == 0 || action->fd != (int)fds++ )
                abort();
            break;
        case DRAGOMAN_EDIT_ARGUMENTS:
            break;
        case DRAGOMAN_RELOCATE:
            if ( i + 1 != answer.action_count || find_relocation(&answer) != &action->relocation ||
                 action->relocation.frames - 1 >= DRAGOMAN_MAX_FRAMES )
                abort();
            break;
        default:
            abort();
        }
    }
    if ( fds != fd_count || strlen(answer.text) > DRAGOMAN_MAX_TEXT_SIZE )
        abort();
    if ( fd_count == 0 && check_actions(&answer, &command, &why) )
        fuzz_edits(&answer);
    for ( size_t i = 0; i < 2; i++ )
        arguments[3 + i] = topology[i];
    if ( fd_count == 0 && check_actions(&answer, &boot, &why) )
        fuzz_boot(&answer);
}

static void fuzz_settings(const uint8_t *bytes, size_t size)
{
    struct dragoman_settings settings = {0};
    struct reason why;

    memcpy(&settings, bytes, size < sizeof(settings) ? size : sizeof(settings));
    if ( check_settings(&settings, &why) &&
         (settings.socket[0] != '/' || strlen(settings.socket) >= sizeof(settings.socket) ||
          strlen(settings.relocate) >= sizeof(settings.relocate)) )
        abort();
}

static void fuzz_text(const uint8_t *bytes, size_t size)
{
    char *cleaned = malloc(size + 1);
    char *again = malloc(size + 1);
    size_t length = clean_text(cleaned, (const char *)bytes, size);

    /* It never grows, and what is clean stays. */
    if ( length > size || clean_text(again, cleaned, length) != length ||
         memcmp(again, cleaned, length) != 0 )
        abort();
    for ( size_t i = 0; i < length; i++ )
        if ( (unsigned char)cleaned[i] < ' ' || cleaned[i] == 0x7f )
            abort();
    free(cleaned);
    free(again);
}

/* Arguments are what stands between NULs. */
static void fuzz_arguments(const uint8_t *bytes, size_t size)
{
    char *text = malloc(size + 1);
    char *argv[65];
    int argc = 0;
    struct stream_argument argument;
    struct domain domain;
    struct reason why;
    int topology_value;

    memcpy(text, bytes, size);
    text[size] = '\0';
    for ( size_t at = 0; at <= size && argc < 64; at += strlen(text + at) + 1 )
        argv[argc++] = text + at;
    argv[argc] = NULL;
    if ( find_stream_argument(argc, argv, &argument) &&
         (argument.index < 2 || argument.index >= argc || argv[argument.index][0] == '-' ||
          (argument.kind == DRAGOMAN_INCOMING && argument.fd < 0)) )
        abort();
    find_domain(argc, argv, &domain);
    if ( domain.id < -1 || (domain.name != NULL && domain.name_size > strlen(domain.name)) )
        abort();
    report_about(&domain);
    if ( find_topology_argument(argc, argv, &topology_value, &why) )
    {
        if ( topology_value >= argc || (topology_value != 0 && argv[topology_value][0] == '-') )
            abort();
        take_out_topology_argument(argv);
        for ( int i = 0; i < argc - (topology_value == 0 ? 0 : 2); i++ )
            if ( argv[i] == NULL )
                abort();
    }
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    uint8_t what;

    if ( size == 0 )
        return 0;
    what = *bytes++;
    size--;
    switch ( what % 8 )
    {
    case 5:
        fuzz_settings(bytes, size);
        break;
    case 6:
        fuzz_text(bytes, size);
        break;
    case 7:
        fuzz_arguments(bytes, size);
        break;
    default:
        fuzz_answer(bytes, size, what % 8);
    }
    return 0;
}
