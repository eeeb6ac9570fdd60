#include "ask.h"

#include "deadline.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char closed[] = "it closed the connection";
static const char late[] = "its time is over";

/* What the kernel counts for a message is more than its octets. */
#define SEND_BUFFER_SIZE (4 * DRAGOMAN_MAX_ARGV_SIZE)

bool put_arguments(struct question *question, char *const argv[], struct reason *why)
{
    size_t size = 0;
    uint32_t count;

    for ( count = 0; argv[count] != NULL; count++ )
    {
        size_t length = strlen(argv[count]) + 1;

        if ( length > sizeof(question->arguments) - size )
            return because(why, "the device model's arguments have more than %zu octets",
                           sizeof(question->arguments));
        memcpy(question->arguments + size, argv[count], length);
        size += length;
    }
    question->head.argc = count;
    question->head.argv_size = (uint32_t)size;
    return true;
}

static bool no_answer(const char *who, const char *problem, struct reason *why)
{
    return because(why, "the %s did not answer: %s", who, problem);
}

static bool is_worth_a_retry(int socket, short events, int64_t until)
{
    return errno == EINTR ||
           ((errno == EAGAIN || errno == EWOULDBLOCK) && wait_for(socket, events, until));
}

static bool send_question(int socket, const char *who, const struct question *question,
                          int64_t until, struct reason *why)
{
    struct dragoman_question head = question->head;
    union
    {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec parts[] = {
        {.iov_base = &head, .iov_len = sizeof(head)},
        {.iov_base = (void *)(uintptr_t)question->arguments, .iov_len = head.argv_size},
    };
    struct msghdr message = {
        .msg_iov = parts,
        .msg_iovlen = 2,
    };

    if ( question->stream >= 0 )
    {
        struct cmsghdr *rights = &control.align;

        message.msg_control = control.bytes;
        message.msg_controllen = sizeof(control.bytes);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(rights), &question->stream, sizeof(int));
    }
    setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &(int){SEND_BUFFER_SIZE}, sizeof(int));
    do
    {
        head.deadline_ms = left_ms(until);
        if ( head.deadline_ms == 0 )
            return no_answer(who, late, why);
        if ( sendmsg(socket, &message, MSG_NOSIGNAL) >= 0 )
            return true;
        if ( errno == EPIPE || errno == ECONNRESET )
            return no_answer(who, closed, why);
    } while ( is_worth_a_retry(socket, POLLOUT, until) );
    return no_answer(who, left_ms(until) == 0 ? "it takes no question" : strerror(errno), why);
}

struct received
{
    char bytes[MAX_ANSWER_SIZE];
    size_t size;
    int fds[DRAGOMAN_MAX_ANSWER_FDS];
    size_t fd_count;
    int flags;
};

static bool receive_answer(int socket, const char *who, int64_t until, struct received *received,
                           struct reason *why)
{
    union
    {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(received->fds))];
    } control;

    struct iovec part = {.iov_base = received->bytes, .iov_len = sizeof(received->bytes)};
    struct msghdr message;
    ssize_t size;

    do
    {
        message = (struct msghdr){
            .msg_iov = &part,
            .msg_iovlen = 1,
            .msg_control = control.bytes,
            .msg_controllen = sizeof(control.bytes),
        };
        /* To look first costs a system call more when it has answered, which it has not. */
        size = wait_for(socket, POLLIN, until)
                   ? recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT)
                   : (errno = ETIMEDOUT, -1);
    } while ( size < 0 && is_worth_a_retry(socket, POLLIN, until) );
    /* So says the kernel where the question was not read. */
    if ( size < 0 && errno == ECONNRESET )
        return no_answer(who, closed, why);
    if ( size < 0 )
        return no_answer(who, errno == ETIMEDOUT ? late : strerror(errno), why);

    received->size = (size_t)size;
    received->flags = message.msg_flags;
    received->fd_count = 0;
    for ( struct cmsghdr *part_of = CMSG_FIRSTHDR(&message); part_of != NULL;
          part_of = CMSG_NXTHDR(&message, part_of) )
    {
        size_t count = (part_of->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        if ( part_of->cmsg_level != SOL_SOCKET || part_of->cmsg_type != SCM_RIGHTS )
            continue;
        /* The control buffer has room for no more. */
        for ( size_t i = 0; i < count && received->fd_count < DRAGOMAN_MAX_ANSWER_FDS; i++ )
            memcpy(&received->fds[received->fd_count++], CMSG_DATA(part_of) + i * sizeof(int),
                   sizeof(int));
    }
    /* Nobody sends a message without octets. */
    if ( received->size == 0 && received->fd_count == 0 )
        return no_answer(who, closed, why);
    return true;
}

static bool understand(const char *who, const struct received *received,
                       const struct command_line *command, struct answer *answer,
                       struct reason *why)
{
    struct reason problem;

    if ( received->flags & MSG_TRUNC )
        because(&problem, "a message of more than %zu octets", sizeof(received->bytes));
    else if ( received->flags & MSG_CTRUNC )
        because(&problem, "file descriptors that could not be taken: too many, or no room here");
    else if ( parse_answer(received->bytes, received->size, received->fd_count, answer, &problem) &&
              check_actions(answer, command, &problem) )
    {
        if ( take_descriptors(answer, received->fds, &problem) )
            return true;
        release_answer(answer);
    }
    return because(why, "the %s answered with garbage: %s", who, problem.text);
}

bool ask_over(int socket, const char *who, const struct question *question, int64_t until,
              struct answer *answer, struct reason *why)
{
    static struct received received;
    bool understood;

    if ( !send_question(socket, who, question, until, why) ||
         !receive_answer(socket, who, until, &received, why) )
        return false;
    understood = understand(who, &received, question->command, answer, why);
    for ( size_t i = 0; i < received.fd_count; i++ )
        close(received.fds[i]);
    if ( understood && answer->outcome == DRAGOMAN_FAILED )
        return because(why, "the %s could not find out: %.*s", who,
                       (int)strcspn(answer->text, "\n"), answer->text);
    return understood;
}

/* Whoever listens gets the guest's state and decides what the device model reads. */
static bool check_peer(int socket, const struct dragoman_settings *settings, struct reason *why)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);

    if ( getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0 )
        return because(why, "the helper is away: nobody knows who listens at %s: %s",
                       settings->socket, strerror(errno));
    if ( peer.uid != 0 && peer.uid != settings->helper_uid )
        return because(why, "the helper is away: the socket %s belongs to uid %u", settings->socket,
                       peer.uid);
    return true;
}

bool ask_helper(const struct dragoman_settings *settings, const struct question *question,
                int64_t until, struct answer *answer, struct reason *why)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool answered;

    if ( fd < 0 )
        return because(why, "the helper cannot be asked: %s", strerror(errno));
    memcpy(address.sun_path, settings->socket, sizeof(address.sun_path));
    if ( connect_in_time(fd, &address, until) )
        answered =
            check_peer(fd, settings, why) && ask_over(fd, "helper", question, until, answer, why);
    else
        answered = because(why, "the helper is away: %s: %s", settings->socket, strerror(errno));
    close(fd);
    return answered;
}
