/* Answers as a helper gives them, and as it must not. */
#ifndef TESTS_REPLY_H
#define TESTS_REPLY_H

#include "../protocol.h"

#include <fcntl.h>
#include <stddef.h>

#define MAX_REPLY_FDS 8

struct reply
{
    struct dragoman_answer head;
    unsigned char body[65536];
    size_t body_size;
    int fds[MAX_REPLY_FDS];
    int fd_count;
};

/* What came, with the descriptor that came with it. */
struct asked
{
    struct dragoman_question head;
    char arguments[DRAGOMAN_MAX_ARGV_SIZE + 1];
    size_t size; /* of the whole message */
    int stream;  /* -1: none */
};

/* A size of 0: the other side is gone. */
void receive_question(int socket, struct asked *asked);

struct reply *new_reply(uint32_t outcome);
void add_action(struct reply *reply, uint32_t type, const void *body, uint32_t size);
void add_fd(struct reply *reply, int fd);
void add_use_stream(struct reply *reply, int fd, uint64_t size);
/* The words are `size` octets, with all their NULs; padded. */
void add_edit(struct reply *reply, uint32_t first, uint32_t removed, uint32_t added,
              const char *words, size_t size);
void add_relocation(struct reply *reply, uint64_t from, uint64_t to, uint32_t frames,
                    uint32_t domid);
void add_text(struct reply *reply, const char *text, size_t size);

/* As it stands, whatever is wrong in it. */
void send_reply(int socket, const struct reply *reply, size_t size);
size_t reply_size(const struct reply *reply);

#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
extern const char translated[];
extern const size_t translated_size;
int sealed_memfd(const void *bytes, size_t size, int seals);

/* "translated", with the one action that this takes. */
void reply_translated(int socket);

#endif
