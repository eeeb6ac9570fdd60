#include "deadline.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)
#define FIRST_RETRY_MS 1
#define LAST_RETRY_MS 16

int64_t now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * NS_PER_S + time.tv_nsec;
}

int64_t after_ms(int64_t point, uint32_t ms)
{
    return point + ms * NS_PER_MS;
}

int64_t earlier(int64_t one, int64_t other)
{
    return one < other ? one : other;
}

uint32_t left_ms(int64_t until)
{
    int64_t left = until - now();

    return left <= 0 ? 0 : (uint32_t)((left + NS_PER_MS - 1) / NS_PER_MS);
}

struct timespec as_time(int64_t ns)
{
    return (struct timespec){.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
}

bool wait_for(int fd, short events, int64_t until)
{
    struct pollfd poll = {.fd = fd, .events = events};

    for ( ;; )
    {
        int64_t left = until - now();
        struct timespec timeout = as_time(left);

        if ( left <= 0 )
            return false;
        if ( ppoll(&poll, 1, &timeout, NULL) > 0 )
            return true;
        /* Interrupted, or the time is over: the clock knows. */
    }
}

bool sleep_ms(uint32_t ms, int64_t until)
{
    int64_t left = until - now();
    struct timespec time;

    if ( left <= 0 )
        return false;
    time = as_time(earlier(left, ms * NS_PER_MS));
    nanosleep(&time, NULL);
    return true;
}

bool connect_in_time(int socket, const struct sockaddr_un *address, int64_t until)
{
    uint32_t pause = FIRST_RETRY_MS;

    while ( connect(socket, (const struct sockaddr *)address, sizeof(*address)) != 0 )
    {
        /* EAGAIN is too many that wait; there is no waiting for fewer but this. */
        if ( errno != EAGAIN && errno != EINTR )
            return false;
        if ( !sleep_ms(pause, until) )
        {
            errno = ETIMEDOUT;
            return false;
        }
        if ( pause < LAST_RETRY_MS )
            pause *= 2;
    }
    return true;
}
