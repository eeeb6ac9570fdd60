#include "watchdog.h"

#include "deadline.h"

#include <signal.h>
#include <stdbool.h>
#include <time.h>

/* One that nobody sends; the last one is valgrind's. */
#define INTERRUPT (SIGRTMAX - 1)
#define MOMENT_MS 10

static timer_t interrupter;
static bool interrupts;
static struct sigaction action_before;
static sigset_t mask_before;

/*
 * POSIX timers, which an exec deletes and a fork does not copy. One that cannot be had is done
 * without: who asks the shim to be quick must not keep it from its work.
 */
static bool start_timer(int signal, int flags, const struct itimerspec *when, timer_t *timer)
{
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = signal};

    return timer_create(CLOCK_MONOTONIC, &event, timer) == 0 &&
           timer_settime(*timer, flags, when, NULL) == 0;
}

void end_at(int64_t point)
{
    const struct itimerspec once = {.it_value = as_time(point)};
    timer_t timer;

    start_timer(SIGKILL, TIMER_ABSTIME, &once, &timer);
}

/* To be interrupted is all. */
static void do_nothing(int signal)
{
    (void)signal;
}

void start_interrupting(void)
{
    const struct itimerspec again = {
        .it_value = as_time(after_ms(0, MOMENT_MS)),
        .it_interval = as_time(after_ms(0, MOMENT_MS)),
    };
    const struct sigaction action = {.sa_handler = do_nothing};
    sigset_t wanted;

    sigaction(INTERRUPT, &action, &action_before);
    sigemptyset(&wanted);
    sigaddset(&wanted, INTERRUPT);
    sigprocmask(SIG_UNBLOCK, &wanted, &mask_before);
    interrupts = start_timer(INTERRUPT, 0, &again, &interrupter);
}

void stop_interrupting(void)
{
    /* Then no signal of it is pending: it is not blocked. */
    if ( interrupts )
        timer_delete(interrupter);
    sigprocmask(SIG_SETMASK, &mask_before, NULL);
    sigaction(INTERRUPT, &action_before, NULL);
}
