/* Changes of the device model's arguments. */
#ifndef DRAGOMAN_EDIT_H
#define DRAGOMAN_EDIT_H

#include "arguments.h"
#include "protocol.h"
#include "reason.h"

#include <stdbool.h>
#include <stddef.h>

struct edit
{
    struct dragoman_edit head;
    char *words; /* those added, each with its NUL; they are the answer's */
};

/* Of one action's body. The edit refers to it. */
bool parse_edit(char *body, size_t size, struct edit *edit, struct reason *why);

/*
 * Holds it against the arguments that the device model was started with. Then `after` is what the
 * next edit must not begin before; 0 for the first.
 *
 * What an edit may do is little: take out devices and their properties, memory size and USB
 * devices, and put in those words that are known here. Whoever answers has the guest's state in
 * hand, and still cannot have root's device model open a file.
 */
bool check_edit(const struct edit *edit, const struct command_line *command, int *after,
                struct reason *why);

#endif
