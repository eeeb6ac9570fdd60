/* Waiting, never longer than until a point in time: nanoseconds of CLOCK_MONOTONIC. */
#ifndef DRAGOMAN_DEADLINE_H
#define DRAGOMAN_DEADLINE_H

#include <stdbool.h>
#include <stdint.h>

int64_t now(void);
int64_t after_ms(int64_t point, uint32_t ms);
int64_t earlier(int64_t one, int64_t other);

/* Milliseconds until the point, rounded up; 0 when it is over. */
uint32_t left_ms(int64_t until);

/* Waits for poll's events, or an error, on the descriptor. False: the time is over. */
bool wait_for(int fd, short events, int64_t until);

/* False: the time is over, and it did not sleep. */
bool sleep_ms(uint32_t ms, int64_t until);

#endif
