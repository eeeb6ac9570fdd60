/*
 * Against being held. To let go of a descriptor can take as long as its sender likes: closing a
 * socket that lingers waits for its other end. A deadline of one's own waiting does not help there.
 */
#ifndef DRAGOMAN_WATCHDOG_H
#define DRAGOMAN_WATCHDOG_H

#include <stdint.h>

/* Kills this process at that point, whatever it is at. An exec ends it; a child does not have it. */
void end_at(int64_t point);

/* In between, what a signal can interrupt holds this process for a moment only. */
void start_interrupting(void);
/* Signals are as they were before. */
void stop_interrupting(void);

#endif
