#include "reply.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

const char translated[] = "QEVM\0\0\0\3\1this is what the device model shall read";
const size_t translated_size = sizeof(translated);

void receive_question(int socket, struct asked *asked)
{
    union
    {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int) * 4)];
    } control;
    struct iovec parts[] = {
        {.iov_base = &asked->head, .iov_len = sizeof(asked->head)},
        {.iov_base = asked->arguments, .iov_len = sizeof(asked->arguments)},
    };
    struct msghdr message = {
        .msg_iov = parts,
        .msg_iovlen = 2,
        .msg_control = control.bytes,
        .msg_controllen = sizeof(control.bytes),
    };
    ssize_t size;

    while ( (size = recvmsg(socket, &message, MSG_CMSG_CLOEXEC)) < 0 )
    {
        /* A fallback's end of the pair does not block. */
        usleep(1000);
    }
    asked->size = (size_t)size;
    asked->stream = -1;
    if ( size > 0 && message.msg_controllen == CMSG_SPACE(sizeof(int)) )
        memcpy(&asked->stream, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
}

struct reply *new_reply(uint32_t outcome)
{
    struct reply *reply = calloc(1, sizeof(*reply));

    if ( reply == NULL )
        abort();
    reply->head.magic = DRAGOMAN_ANSWER_MAGIC;
    reply->head.outcome = outcome;
    return reply;
}

static void add(struct reply *reply, const void *bytes, size_t size)
{
    if ( size > sizeof(reply->body) - reply->body_size )
        abort();
    memcpy(reply->body + reply->body_size, bytes, size);
    reply->body_size += size;
}

void add_action(struct reply *reply, uint32_t type, const void *body, uint32_t size)
{
    struct dragoman_action head = {.type = type, .size = size};

    add(reply, &head, sizeof(head));
    add(reply, body, size);
    reply->head.actions++;
    reply->head.actions_size += (uint32_t)sizeof(head) + size;
}

void add_fd(struct reply *reply, int fd)
{
    reply->fds[reply->fd_count++] = fd;
}

void add_use_stream(struct reply *reply, int fd, uint64_t size)
{
    add_action(reply, DRAGOMAN_USE_STREAM, &size, sizeof(size));
    add_fd(reply, fd);
}

void add_edit(struct reply *reply, uint32_t first, uint32_t removed, uint32_t added,
              const char *words, size_t size)
{
    char body[DRAGOMAN_MAX_ACTIONS_SIZE] = {0};
    const struct dragoman_edit head = {first, removed, added};

    memcpy(body, &head, sizeof(head));
    memcpy(body + sizeof(head), words, size);
    add_action(reply, DRAGOMAN_EDIT_ARGUMENTS, body, (uint32_t)(sizeof(head) + size + 3) / 4 * 4);
}

void add_relocation(struct reply *reply, uint64_t from, uint64_t to, uint32_t frames,
                    uint32_t domid)
{
    const struct dragoman_relocation body = {from, to, frames, domid};

    add_action(reply, DRAGOMAN_RELOCATE, &body, sizeof(body));
}

void add_text(struct reply *reply, const char *text, size_t size)
{
    add(reply, text, size);
    reply->head.text_size += (uint32_t)size;
}

size_t reply_size(const struct reply *reply)
{
    return sizeof(reply->head) + reply->body_size;
}

void send_reply(int socket, const struct reply *reply, size_t size)
{
    union
    {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int) * MAX_REPLY_FDS)];
    } control = {0};
    size_t fds_size = sizeof(int) * (size_t)reply->fd_count;
    size_t head_size = size < sizeof(reply->head) ? size : sizeof(reply->head);
    struct iovec parts[] = {
        {.iov_base = (void *)(uintptr_t)&reply->head, .iov_len = head_size},
        {.iov_base = (void *)(uintptr_t)reply->body, .iov_len = size - head_size},
    };
    struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

    if ( reply->fd_count != 0 )
    {
        struct cmsghdr *rights = &control.align;

        message.msg_control = control.bytes;
        message.msg_controllen = CMSG_SPACE(fds_size);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(fds_size);
        memcpy(CMSG_DATA(rights), reply->fds, fds_size);
    }
    sendmsg(socket, &message, MSG_NOSIGNAL);
}

int sealed_memfd(const void *bytes, size_t size, int seals)
{
    int fd = memfd_create("stream", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    if ( fd < 0 || write(fd, bytes, size) != (ssize_t)size || fcntl(fd, F_ADD_SEALS, seals) != 0 )
    {
        perror("memfd");
        exit(99);
    }
    return fd;
}

void reply_translated(int socket)
{
    static const char text[] = "translated from xenserver-6.2 to xen-4.17: 1 edit";
    struct reply *reply = new_reply(DRAGOMAN_GO);

    add_use_stream(reply, sealed_memfd(translated, translated_size, ALL_SEALS), translated_size);
    add_text(reply, text, sizeof(text) - 1);
    send_reply(socket, reply, reply_size(reply));
}
