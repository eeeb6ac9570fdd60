#include "report.h"

#include "deadline.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FACILITY_DAEMON 3
#define MAX_NAME 128
#define MAX_DETAILS 64
/* The helper's text, a reason or two, and a sentence around them. */
#define MAX_MESSAGE (DRAGOMAN_MAX_TEXT_SIZE + 2048)

/* A log is a file, mostly. A reader of a pipe that takes nothing for so long, hangs. */
#define LOG_MS 1000

static char subject[MAX_NAME + 64];
static int64_t last_point = INT64_MAX;

/* The octets of the printable character that the text begins with, or 0. */
static size_t printable(const unsigned char *text, size_t size)
{
    static const uint32_t smallest[] = {0, 0x20, 0xa0, 0x800, 0x10000};
    size_t length = text[0] < 0x80             ? 1
                    : (text[0] & 0xe0) == 0xc0 ? 2
                    : (text[0] & 0xf0) == 0xe0 ? 3
                    : (text[0] & 0xf8) == 0xf0 ? 4
                                               : 0;
    uint32_t character;

    if ( length == 0 || length > size )
        return 0;
    if ( length == 1 )
        return text[0] < 0x20 || text[0] == 0x7f ? 0 : 1;
    character = text[0] & (0x7fu >> length);
    for ( size_t i = 1; i < length; i++ )
    {
        if ( (text[i] & 0xc0) != 0x80 )
            return 0;
        character = character << 6 | (text[i] & 0x3f);
    }
    /* Longer than need be (below 0xa0 are control characters), a surrogate, or none at all. */
    if ( character < smallest[length] || (character >= 0xd800 && character < 0xe000) ||
         character > 0x10ffff )
        return 0;
    return length;
}

size_t clean_text(char *cleaned, const char *text, size_t size)
{
    size_t written = 0;

    for ( size_t i = 0; i < size; )
    {
        size_t length = printable((const unsigned char *)text + i, size - i);

        if ( length == 0 )
        {
            cleaned[written++] = '?';
            i++;
            continue;
        }
        memcpy(cleaned + written, text + i, length);
        written += length;
        i += length;
    }
    return written;
}

void report_about(const struct domain *domain)
{
    char name[MAX_NAME];
    size_t size = domain->name_size < MAX_NAME ? domain->name_size : MAX_NAME;
    char id[32] = "";

    if ( domain->id >= 0 )
        snprintf(id, sizeof(id), "domain %d", domain->id);
    if ( domain->name == NULL )
        snprintf(subject, sizeof(subject), "%s%s", id, *id ? ": " : "");
    else
        snprintf(subject, sizeof(subject), "%s '%.*s%s': ", *id ? id : "domain",
                 (int)clean_text(name, domain->name, size), name,
                 size < domain->name_size ? "..." : "");
}

void report_until(int64_t point)
{
    last_point = point;
}

/* Ready also when there is no time left, but not full. */
static bool is_ready(int64_t until)
{
    struct pollfd log = {.fd = STDERR_FILENO, .events = POLLOUT};

    return poll(&log, 1, 0) > 0 || wait_for(STDERR_FILENO, POLLOUT, until);
}

/* Without the signals that writing may bring: a log may be a closed pipe, or full (RLIMIT_FSIZE). */
static void write_stderr(const char *text, size_t size)
{
    static const int signals[] = {SIGPIPE, SIGXFSZ};
    const struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction before[2];
    int64_t until = earlier(after_ms(now(), LOG_MS), last_point);

    for ( int i = 0; i < 2; i++ )
        sigaction(signals[i], &ignore, &before[i]);
    /* As much at a time as a pipe that is ready takes without waiting. What is left is dropped. */
    while ( size > 0 && is_ready(until) )
    {
        ssize_t written = write(STDERR_FILENO, text, size < PIPE_BUF ? size : PIPE_BUF);

        if ( written <= 0 )
            break;
        text += written;
        size -= (size_t)written;
    }
    for ( int i = 0; i < 2; i++ )
        sigaction(signals[i], &before[i], NULL);
}

/* One datagram that is lost rather than waited for. syslog(3) would wait. */
static void write_syslog(enum severity severity, const char *line, size_t size)
{
    const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
    char head[64];
    struct iovec parts[] = {
        {.iov_base = head},
        {.iov_base = (void *)(uintptr_t)line, .iov_len = size},
    };
    const struct msghdr message = {
        .msg_name = (void *)(uintptr_t)&address,
        .msg_namelen = sizeof(address),
        .msg_iov = parts,
        .msg_iovlen = 2,
    };
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if ( fd < 0 )
        return;
    parts[0].iov_len = (size_t)snprintf(head, sizeof(head), "<%d>dragoman-dm[%d]: ",
                                        FACILITY_DAEMON * 8 + (int)severity, (int)getpid());
    sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    close(fd);
}

void report(enum severity severity, const char *format, ...)
{
    static char message[MAX_MESSAGE];
    static char out[sizeof("dragoman: \n") + sizeof(subject) + MAX_MESSAGE + 3 * (MAX_DETAILS + 1)];
    const char *line = message;
    size_t size = (size_t)snprintf(out, sizeof(out), "dragoman: %s", subject);
    int details = 0;
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);

    for ( ;; )
    {
        size_t length = strcspn(line, "\n");

        size += clean_text(out + size, line, length);
        out[size++] = '\n';
        if ( line == message )
            write_syslog(severity, out, size - 1);
        line += length;
        line += strspn(line, "\n");
        if ( *line == '\0' || details++ == MAX_DETAILS )
            break;
        out[size++] = ' ';
        out[size++] = ' ';
    }
    write_stderr(out, size);
}
