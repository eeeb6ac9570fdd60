/* Waiting, never longer than until a point in time: nanoseconds of CLOCK_MONOTONIC. */
#ifndef DRAGOMAN_DEADLINE_H
#define DRAGOMAN_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

int64_t now(void);
int64_t after_ms(int64_t point, uint32_t ms);
int64_t earlier(int64_t one, int64_t other);
struct timespec as_time(int64_t ns);

/* Milliseconds until the point, rounded up; 0 when it is over. */
uint32_t left_ms(int64_t until);

/* Waits for poll's events, or an error, on the descriptor. False: the time is over. */
bool wait_for(int fd, short events, int64_t until);

/* False: the time is over, and it did not sleep. */
bool sleep_ms(uint32_t ms, int64_t until);

/* A non-blocking Unix socket, also where too many wait. False: errno says why. */
struct sockaddr_un;
bool connect_in_time(int socket, const struct sockaddr_un *address, int64_t until);

#endif
