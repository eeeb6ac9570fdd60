#include "answer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the protocol's numbers are used as is");

#define DESCRIPTOR_PATH "/proc/self/fd/%d"
#define DESCRIPTOR_PATH_SIZE 32

static bool parse_relocation(const char *body, size_t size, struct dragoman_relocation *relocation,
                             struct reason *why)
{
    uint64_t from;
    uint64_t to;
    uint32_t frames;

    if ( size != sizeof(*relocation) )
        return because(why, "a relocation of %zu octets", size);
    memcpy(relocation, body, sizeof(*relocation));
    from = relocation->from;
    to = relocation->to;
    frames = relocation->frames;
    if ( frames == 0 || frames > DRAGOMAN_MAX_FRAMES || from > UINT64_MAX - frames ||
         to > UINT64_MAX - frames || (from < to ? to - from : from - to) < frames )
        return because(why, "a relocation of %u frames from 0x%llx to 0x%llx", frames,
                       (unsigned long long)from, (unsigned long long)to);
    return true;
}

/* Of one action, which has its head checked. */
static bool parse_action(const struct dragoman_action *head, char *body, struct action *action,
                         struct reason *why)
{
    action->fd = -1;
    switch ( head->type )
    {
    case DRAGOMAN_USE_STREAM:
        action->type = DRAGOMAN_USE_STREAM;
        if ( head->size != sizeof(action->stream_size) )
            return because(why, "an action to use a stream has %u octets", head->size);
        memcpy(&action->stream_size, body, sizeof(action->stream_size));
        if ( action->stream_size == 0 )
            return because(why, "a stream of 0 octets");
        return true;

    case DRAGOMAN_EDIT_ARGUMENTS:
        action->type = DRAGOMAN_EDIT_ARGUMENTS;
        return parse_edit(body, head->size, &action->edit, why);

    case DRAGOMAN_RELOCATE:
        action->type = DRAGOMAN_RELOCATE;
        return parse_relocation(body, head->size, &action->relocation, why);

    default:
        return because(why, "an unknown action, %u", head->type);
    }
}

static bool takes_descriptor(const struct action *action)
{
    return action->type == DRAGOMAN_USE_STREAM;
}

static bool parse_actions(size_t size, size_t count, size_t fd_count, struct answer *answer,
                          struct reason *why)
{
    char *bytes = answer->bodies;
    size_t fds = 0;

    for ( ; answer->action_count < count; answer->action_count++ )
    {
        struct action *action = &answer->actions[answer->action_count];
        struct dragoman_action head;

        if ( size < sizeof(head) )
            return because(why, "the actions end too early");
        if ( find_relocation(answer) != NULL )
            return because(why, "an action behind the relocation");
        memcpy(&head, bytes, sizeof(head));
        bytes += sizeof(head);
        size -= sizeof(head);
        if ( head.size > size || head.size % 4 != 0 )
            return because(why, "an action of %u octets, with %zu left", head.size, size);
        if ( !parse_action(&head, bytes, action, why) )
            return false;
        bytes += head.size;
        size -= head.size;
        if ( !takes_descriptor(action) )
            continue;
        if ( fds == fd_count )
            return because(why, "too few file descriptors, %zu", fd_count);
        action->fd = (int)fds++;
    }
    if ( size != 0 )
        return because(why, "%zu octets behind the last action", size);
    if ( fds != fd_count )
        return because(why, "too many file descriptors, %zu, expected %zu", fd_count, fds);
    /* All actions that take one give the device model its stream, which can be only one. */
    if ( fds > 1 )
        return because(why, "more than one stream");
    return true;
}

bool parse_answer(const void *message, size_t size, size_t fd_count, struct answer *answer,
                  struct reason *why)
{
    const unsigned char *bytes = message;
    struct dragoman_answer head;

    answer->action_count = 0;
    if ( size < sizeof(head) )
        return because(why, "a message of %zu octets", size);
    memcpy(&head, bytes, sizeof(head));
    bytes += sizeof(head);
    if ( head.magic != DRAGOMAN_ANSWER_MAGIC )
        return because(why, "it begins with 0x%08x", head.magic);
    if ( head.outcome > DRAGOMAN_FAILED )
        return because(why, "an unknown outcome, %u", head.outcome);
    if ( head.reserved[0] != 0 || head.reserved[1] != 0 || head.reserved[2] != 0 )
        return because(why, "a reserved number is not 0");
    if ( head.actions > DRAGOMAN_MAX_ACTIONS || head.actions_size > DRAGOMAN_MAX_ACTIONS_SIZE ||
         head.text_size > DRAGOMAN_MAX_TEXT_SIZE ||
         sizeof(head) + head.actions_size + head.text_size != size )
        return because(why, "%zu octets with %u actions of %u octets and a text of %u", size,
                       head.actions, head.actions_size, head.text_size);
    if ( head.outcome != DRAGOMAN_GO && (head.actions != 0 || fd_count != 0) )
        return because(why, "actions or file descriptors beside a refusal");
    answer->outcome = head.outcome;
    memcpy(answer->bodies, bytes, head.actions_size);
    if ( !parse_actions(head.actions_size, head.actions, fd_count, answer, why) )
        return false;
    bytes += head.actions_size;
    for ( size_t i = 0; i < head.text_size; i++ )
        answer->text[i] = bytes[i] == '\0' ? '?' : (char)bytes[i];
    answer->text[head.text_size] = '\0';
    return true;
}

bool check_actions(const struct answer *answer, const struct command_line *command,
                   struct reason *why)
{
    int after = 0;

    for ( size_t i = 0; i < answer->action_count; i++ )
    {
        const struct action *action = &answer->actions[i];

        if ( action->type != DRAGOMAN_EDIT_ARGUMENTS && command->stream == 0 )
            return because(why, "an action of type %d, where no stream is loaded", action->type);
        if ( action->type == DRAGOMAN_EDIT_ARGUMENTS &&
             !check_edit(&action->edit, command, &after, why) )
            return false;
        if ( action->type == DRAGOMAN_RELOCATE &&
             (command->domid < 0 || action->relocation.domid != (uint32_t)command->domid) )
            return because(why, "a relocation in domain %u, where this is domain %d",
                           action->relocation.domid, command->domid);
    }
    return true;
}

/* A description of its own, at position 0 and for reading only, as libxl's file has. -1: none. */
static int reopen_stream(int fd, uint64_t size, struct reason *why)
{
    const int all = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    char path[DESCRIPTOR_PATH_SIZE];
    struct stat status;
    int seals = fcntl(fd, F_GET_SEALS);
    int reopened;

    if ( seals < 0 )
        because(why, "a file descriptor that is no memfd");
    else if ( (seals & all) != all )
        because(why, "a memfd that is not sealed, its seals are 0x%x", (unsigned)seals);
    else if ( fstat(fd, &status) != 0 )
        because(why, "a memfd that cannot be looked at: %s", strerror(errno));
    else if ( !S_ISREG(status.st_mode) || (uint64_t)status.st_size != size )
        because(why, "a memfd of %llu octets, where its action says %llu",
                (unsigned long long)status.st_size, (unsigned long long)size);
    else
    {
        snprintf(path, sizeof(path), DESCRIPTOR_PATH, fd);
        reopened = open(path, O_RDONLY | O_CLOEXEC);
        if ( reopened < 0 )
            because(why, "a memfd that cannot be opened anew: %s", strerror(errno));
        return reopened;
    }
    return -1;
}

bool take_descriptors(struct answer *answer, const int fds[], struct reason *why)
{
    bool taken = true;

    for ( size_t i = 0; i < answer->action_count; i++ )
    {
        struct action *action = &answer->actions[i];

        if ( !takes_descriptor(action) )
            continue;
        /* After a failure, the others shall hold no index. */
        action->fd = taken ? reopen_stream(fds[action->fd], action->stream_size, why) : -1;
        taken = taken && action->fd >= 0;
    }
    return taken;
}

static bool use_stream(int fd, const struct stream *stream, struct reason *why)
{
    static char path[DESCRIPTOR_PATH_SIZE];
    int kept;

    switch ( stream->kind )
    {
    case DRAGOMAN_INCOMING:
        if ( dup2(fd, stream->fd) < 0 )
            return because(why, "the stream cannot become fd %d: %s", stream->fd, strerror(errno));
        return true;

    case DRAGOMAN_LOADVM:
        kept = fcntl(fd, F_DUPFD, STDERR_FILENO + 1);
        if ( kept < 0 )
            return because(why, "the stream cannot be handed over: %s", strerror(errno));
        snprintf(path, sizeof(path), DESCRIPTOR_PATH, kept);
        *stream->argument = path;
        return true;

    case DRAGOMAN_START:
        break;
    }
    return because(why, "unknown kind of question, %d", stream->kind);
}

/* Room for the arguments that there will be; NULL: there are no edits, or no memory. */
static bool make_room(const struct answer *answer, char *const argv[], char ***edited,
                      struct reason *why)
{
    size_t count = 0;
    bool edits = false;

    *edited = NULL;
    for ( size_t i = 0; i < answer->action_count; i++ )
        if ( answer->actions[i].type == DRAGOMAN_EDIT_ARGUMENTS )
        {
            edits = true;
            count += answer->actions[i].edit.head.added;
        }
    if ( !edits )
        return true;
    while ( *argv++ != NULL )
        count++;
    *edited = calloc(count + 1, sizeof(**edited));
    return *edited != NULL || because(why, "no memory for %zu arguments", count);
}

/* What the room was made for. Both end with a NULL. */
static void edit_arguments(const struct answer *answer, char *const argv[], char **edited)
{
    uint32_t next = 0;

    for ( size_t i = 0; i < answer->action_count; i++ )
    {
        const struct edit *edit = &answer->actions[i].edit;
        char *word = edit->words;

        if ( answer->actions[i].type != DRAGOMAN_EDIT_ARGUMENTS )
            continue;
        while ( next < edit->head.first )
            *edited++ = argv[next++];
        next += edit->head.removed;
        for ( uint32_t added = 0; added < edit->head.added; added++ )
        {
            *edited++ = word;
            word += strlen(word) + 1;
        }
    }
    while ( argv[next] != NULL )
        *edited++ = argv[next++];
}

bool carry_out(const struct answer *answer, const struct stream *stream, char ***argv,
               struct reason *why)
{
    char **edited;

    /* Before the stream is another: what fails then has changed nothing. */
    if ( !make_room(answer, *argv, &edited, why) )
        return false;
    for ( size_t i = 0; i < answer->action_count; i++ )
        if ( answer->actions[i].type == DRAGOMAN_USE_STREAM &&
             !use_stream(answer->actions[i].fd, stream, why) )
        {
            free(edited);
            return false;
        }
    if ( edited != NULL )
    {
        edit_arguments(answer, *argv, edited);
        *argv = edited;
    }
    return true;
}

const struct dragoman_relocation *find_relocation(const struct answer *answer)
{
    const struct action *last = &answer->actions[answer->action_count];

    if ( answer->action_count == 0 || (--last)->type != DRAGOMAN_RELOCATE )
        return NULL;
    return &last->relocation;
}

void release_answer(struct answer *answer)
{
    for ( size_t i = 0; i < answer->action_count; i++ )
        if ( answer->actions[i].fd >= 0 )
            close(answer->actions[i].fd);
    answer->action_count = 0;
}
