/* An answer, held against protocol.h and carried out. */
#ifndef DRAGOMAN_ANSWER_H
#define DRAGOMAN_ANSWER_H

#include "arguments.h"
#include "edit.h"
#include "protocol.h"
#include "reason.h"

#include <stdbool.h>
#include <stddef.h>

#define MAX_ANSWER_SIZE                                                                            \
    (sizeof(struct dragoman_answer) + DRAGOMAN_MAX_ACTIONS_SIZE + DRAGOMAN_MAX_TEXT_SIZE)

struct action
{
    enum dragoman_action_type type;
    int fd;                                /* what it takes, or -1; it owns it */
    uint64_t stream_size;                  /* DRAGOMAN_USE_STREAM */
    struct edit edit;                      /* DRAGOMAN_EDIT_ARGUMENTS */
    struct dragoman_relocation relocation; /* DRAGOMAN_RELOCATE */
};

struct answer
{
    enum dragoman_outcome outcome;
    size_t action_count;
    struct action actions[DRAGOMAN_MAX_ACTIONS];
    char bodies[DRAGOMAN_MAX_ACTIONS_SIZE]; /* what the actions refer to */
    char text[DRAGOMAN_MAX_TEXT_SIZE + 1];
};

/*
 * Understands the message, or says what is wrong with it. Knows only how many descriptors came with
 * it; each action that takes one has the index of it as its fd.
 */
bool parse_answer(const void *message, size_t size, size_t fd_count, struct answer *answer,
                  struct reason *why);

/* Whether its actions are for this command line. */
bool check_actions(const struct answer *answer, const struct command_line *command,
                   struct reason *why);

/*
 * Puts in place of the indices what the device model may have: checked, opened anew. The received
 * descriptors stay the caller's.
 */
bool take_descriptors(struct answer *answer, const int fds[], struct reason *why);

/* What the actions are carried out on: the device model's own descriptor or argument. */
struct stream
{
    enum dragoman_question_kind kind;
    int fd;
    uint64_t offset;
    char **argument;
};

/* All but the relocation. The arguments may be others afterwards. False: all is as it was. */
bool carry_out(const struct answer *answer, const struct stream *stream, char ***argv,
               struct reason *why);

/* What is to be moved before the device model starts, or NULL. */
const struct dragoman_relocation *find_relocation(const struct answer *answer);

/* Closes what the actions hold. */
void release_answer(struct answer *answer);

#endif
