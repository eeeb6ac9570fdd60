#include "deadline.h"

#include <poll.h>
#include <stddef.h>
#include <time.h>

#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

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

static struct timespec duration(int64_t ns)
{
    return (struct timespec){.tv_sec = ns / NS_PER_S, .tv_nsec = ns % NS_PER_S};
}

bool wait_for(int fd, short events, int64_t until)
{
    struct pollfd poll = {.fd = fd, .events = events};

    for ( ;; )
    {
        int64_t left = until - now();
        struct timespec timeout = duration(left);

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
    time = duration(earlier(left, ms * NS_PER_MS));
    nanosleep(&time, NULL);
    return true;
}
