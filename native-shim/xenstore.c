#include "xenstore.h"

#include "deadline.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* The part of xenstored's protocol that reads one value: a head, then `size` octets. */
#define XENSTORE_READ 2

struct head
{
    uint32_t type;
    uint32_t request;
    uint32_t transaction;
    uint32_t size;
};

struct request
{
    struct head head;
    char path[64]; /* sent with its NUL */
};

#define VALUE_PREFIX "/vm/"

static int connect_to(const char *path, int64_t until)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(path);
    int fd;

    if ( length >= sizeof(address.sun_path) )
        return -1;
    memcpy(address.sun_path, path, length);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if ( fd >= 0 && !connect_in_time(fd, &address, until) )
    {
        close(fd);
        return -1;
    }
    return fd;
}

/* A socket, or the kernel's way to a xenstored elsewhere, such as in a stub domain. */
static int open_place(const char *path, int64_t until)
{
    struct stat status;

    if ( stat(path, &status) != 0 )
        return -1;
    if ( S_ISSOCK(status.st_mode) )
        return connect_to(path, until);
    return open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

/* Where Xen's own library looks (tools/libs/store/xs.c), in that order. */
static int open_xenstored(int64_t until)
{
    static const char *const places[] = {"/run/xenstored/socket", "/var/run/xenstored/socket",
                                         "/dev/xen/xenbus", "/proc/xen/xenbus"};
    const char *path = getenv("XENSTORED_PATH");
    int fd = -1;

    if ( path != NULL )
        return open_place(path, until);
    for ( size_t i = 0; i < sizeof(places) / sizeof(*places) && fd < 0; i++ )
        fd = open_place(places[i], until);
    return fd;
}

static bool write_at_once(int fd, const void *bytes, size_t size)
{
    ssize_t written = send(fd, bytes, size, MSG_NOSIGNAL);

    if ( written < 0 && errno == ENOTSOCK )
        written = write(fd, bytes, size);
    return written == (ssize_t)size;
}

static bool read_exactly(int fd, void *to, size_t size, int64_t until)
{
    char *at = to;

    while ( size > 0 )
    {
        ssize_t got = wait_for(fd, POLLIN, until) ? read(fd, at, size) : 0;

        if ( got < 0 && (errno == EAGAIN || errno == EINTR) )
            continue;
        if ( got <= 0 )
            return false;
        at += got;
        size -= (size_t)got;
    }
    return true;
}

static bool is_uuid(const char *text)
{
    for ( int i = 0; i < UUID_SIZE; i++ )
    {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if ( dash ? text[i] != '-' : strchr("0123456789abcdefABCDEF", text[i]) == NULL )
            return false;
    }
    return true;
}

static bool read_value(int fd, int domid, int64_t until, char *value, size_t size)
{
    struct request request = {.head = {.type = XENSTORE_READ}};
    struct head head;
    int length = snprintf(request.path, sizeof(request.path), "/local/domain/%d/vm", domid) + 1;
    size_t total = sizeof(request.head) + (size_t)length;

    request.head.size = (uint32_t)length;
    /* So little is taken at once, by a new connection and by the kernel. */
    return write_at_once(fd, &request, total) && read_exactly(fd, &head, sizeof(head), until) &&
           head.type == XENSTORE_READ && head.size == size && read_exactly(fd, value, size, until);
}

bool read_uuid(int domid, int64_t until, char uuid[UUID_SIZE + 1])
{
    char value[sizeof(VALUE_PREFIX) - 1 + UUID_SIZE + 1] = "";
    const size_t size = sizeof(value) - 1;
    const char *found = value + sizeof(VALUE_PREFIX) - 1;
    bool is_found;
    int fd = open_xenstored(until);

    uuid[0] = '\0';
    if ( fd < 0 )
        return false;
    is_found = read_value(fd, domid, until, value, size) &&
               strncmp(value, VALUE_PREFIX, sizeof(VALUE_PREFIX) - 1) == 0 && is_uuid(found);
    close(fd);
    if ( is_found )
        memcpy(uuid, found, UUID_SIZE + 1);
    return is_found;
}
