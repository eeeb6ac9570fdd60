/* Asking: the question over a socket, the answer back, in time. */
#ifndef DRAGOMAN_ASK_H
#define DRAGOMAN_ASK_H

#include "answer.h"
#include "protocol.h"
#include "reason.h"

#include <stdbool.h>
#include <stdint.h>

struct question
{
    struct dragoman_question head;      /* its deadline_ms is set when it is sent */
    int stream;                         /* -1: none goes with it */
    const struct command_line *command; /* what the arguments are, for the answer */
    char arguments[DRAGOMAN_MAX_ARGV_SIZE];
};

bool put_arguments(struct question *question, char *const argv[], struct reason *why);

/* Over a connected socket, with somebody who is called this in the reasons. */
bool ask_over(int socket, const char *who, const struct question *question, int64_t until,
              struct answer *answer, struct reason *why);

/* The resident helper. */
bool ask_helper(const struct dragoman_settings *settings, const struct question *question,
                int64_t until, struct answer *answer, struct reason *why);

#endif
