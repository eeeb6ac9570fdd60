/* What the device model's command line says. */
#ifndef DRAGOMAN_ARGUMENTS_H
#define DRAGOMAN_ARGUMENTS_H

#include "protocol.h"
#include "reason.h"

#include <stdbool.h>
#include <stddef.h>

/* Device models take one hyphen or two. */
bool is_option(const char *argument, const char *name);

/* What an answer is held against. */
struct command_line
{
    int argc;
    char *const *argv;
    /* Indices of values, behind their options; 0: not there. */
    int stream;
    int topology;
    int domid; /* -1: not said */
};

struct stream_argument
{
    enum dragoman_question_kind kind;
    int index; /* in argv, of the value: "fd:N" or a file; 0: there is none */
    int fd;    /* of "fd:N", else -1 */
};

/*
 * False: the device model starts without a stream that could be looked at. Then the kind is
 * DRAGOMAN_START where it loads none, so that a guest boots, and DRAGOMAN_INCOMING where it waits
 * for one from elsewhere.
 */
bool find_stream_argument(int argc, char *const argv[], struct stream_argument *argument);

/*
 * The index of -dragoman-topology's value, or 0. False: it is not there as it must be.
 *
 * Nothing else is called so: a domain of this name gets the reason, and no slots.
 */
bool find_topology_argument(int argc, char *const argv[], int *value, struct reason *why);

/* Takes the option and its value out, where they are. Only of arguments that they were found in. */
void take_out_topology_argument(char *argv[]);

struct domain
{
    int id;           /* -1: not said */
    const char *name; /* NULL: not said */
    size_t name_size;
};

void find_domain(int argc, char *const argv[], struct domain *domain);

#endif
