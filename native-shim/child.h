/* Programs that the shim runs beside itself, for a moment. */
#ifndef DRAGOMAN_CHILD_H
#define DRAGOMAN_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* In the parent, before it forks. SIGCHLD is afterwards the caller's to put back. */
void expect_children(struct sigaction *before);

/* In the child: nothing of what the toolstack set for the device model, and a group of its own. */
void become_child(void);
/* Standard input is this, output goes where the errors go. No other is left open. */
bool set_descriptors(int input);
/* What a program has instead of the toolstack's. */
extern char *const child_environment[];

/* False: it still runs. What it leaves is not yet reaped, so its pid and its group are its own. */
bool wait_for_end(pid_t pid, int64_t until, siginfo_t *status);

/* Ends it and all of its group, and reaps it. */
void end_child(pid_t pid);

#endif
