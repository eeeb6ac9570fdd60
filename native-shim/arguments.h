/* What the device model's command line says. */
#ifndef DRAGOMAN_ARGUMENTS_H
#define DRAGOMAN_ARGUMENTS_H

#include "protocol.h"

#include <stdbool.h>
#include <stddef.h>

/* Device models take one hyphen or two. */
bool is_option(const char *argument, const char *name);

/* What an answer is held against. */
struct command_line
{
    int argc;
    char *const *argv;
    int stream; /* the index of the stream's value; its option is before it */
    int domid;  /* -1: not said */
};

struct stream_argument
{
    enum dragoman_question_kind kind;
    int index; /* in argv, of the value: "fd:N" or a file */
    int fd;    /* of "fd:N", else -1 */
};

/* False: the device model starts without a stream. */
bool find_stream_argument(int argc, char *const argv[], struct stream_argument *argument);

struct domain
{
    int id;           /* -1: not said */
    const char *name; /* NULL: not said */
    size_t name_size;
};

void find_domain(int argc, char *const argv[], struct domain *domain);

#endif
