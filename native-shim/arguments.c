#include "arguments.h"

#include <limits.h>
#include <string.h>

bool is_option(const char *argument, const char *name)
{
    if ( *argument++ != '-' )
        return false;
    if ( *argument == '-' )
        argument++;
    return strcmp(argument, name) == 0;
}

/* Digits and nothing else. */
static bool parse_number(const char *text, int *number)
{
    int sum = 0;

    if ( *text == '\0' )
        return false;
    for ( ; *text != '\0'; text++ )
    {
        int digit = *text - '0';

        if ( digit < 0 || digit > 9 || sum > (INT_MAX - digit) / 10 )
            return false;
        sum = sum * 10 + digit;
    }
    *number = sum;
    return true;
}

/*
 * The index of the option's value, or 0. The last one wins, as in QEMU.
 *
 * Which options take a value is the device model's business, so each argument is looked at, values
 * too. Where one looks like the option, as with a domain that is named "-incoming", what follows it
 * is the next option and begins with a hyphen, which no value of ours does.
 */
static int find_value(int argc, char *const argv[], const char *name)
{
    for ( int i = argc - 1; i > 1; i-- )
        if ( is_option(argv[i - 1], name) && argv[i][0] != '-' )
            return i;
    return 0;
}

bool find_stream_argument(int argc, char *const argv[], struct stream_argument *argument)
{
    enum dragoman_question_kind without = DRAGOMAN_START;

    argument->fd = -1;
    argument->index = find_value(argc, argv, "incoming");
    if ( argument->index != 0 )
    {
        const char *value = argv[argument->index];

        argument->kind = DRAGOMAN_INCOMING;
        if ( strncmp(value, "fd:", 3) == 0 && parse_number(value + 3, &argument->fd) )
            return true;
        without = DRAGOMAN_INCOMING;
    }
    argument->index = find_value(argc, argv, "loadvm");
    argument->kind = argument->index != 0 ? DRAGOMAN_LOADVM : without;
    return argument->index != 0;
}

static bool is_topology_option(const char *argument)
{
    return is_option(argument, DRAGOMAN_TOPOLOGY_OPTION);
}

bool find_topology_argument(int argc, char *const argv[], int *value, struct reason *why)
{
    *value = 0;
    for ( int i = 1; i < argc; i++ )
    {
        if ( !is_topology_option(argv[i]) )
            continue;
        if ( *value != 0 )
            return because(why, "%s is there twice, as arguments %d and %d", argv[i], *value - 1,
                           i);
        if ( ++i == argc || argv[i][0] == '-' )
            return because(why, "%s has no value", argv[i - 1]);
        *value = i;
    }
    return true;
}

void take_out_topology_argument(char *argv[])
{
    char **kept;

    if ( *argv == NULL )
        return;
    kept = ++argv;
    while ( *argv != NULL )
        if ( is_topology_option(*argv) )
            argv += 2;
        else
            *kept++ = *argv++;
    *kept = NULL;
}

void find_domain(int argc, char *const argv[], struct domain *domain)
{
    /* qemu-xen's option first: it has a -d of another meaning. */
    static const char *const id_options[] = {"xen-domid", "domid", "d"};
    int value;

    domain->id = -1;
    for ( size_t i = 0; i < sizeof(id_options) / sizeof(*id_options) && domain->id < 0; i++ )
    {
        value = find_value(argc, argv, id_options[i]);
        if ( value != 0 && !parse_number(argv[value], &domain->id) )
            domain->id = -1;
    }

    domain->name = NULL;
    domain->name_size = 0;
    value = find_value(argc, argv, "domain-name");
    if ( value != 0 )
    {
        domain->name = argv[value];
        domain->name_size = strlen(domain->name);
    }
    else if ( (value = find_value(argc, argv, "name")) != 0 )
    {
        domain->name = argv[value];
        if ( strncmp(domain->name, "guest=", 6) == 0 )
            domain->name += 6;
        domain->name_size = strcspn(domain->name, ",");
    }
}
