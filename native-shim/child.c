#include "child.h"

#include "deadline.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* A killed process is gone at once, unless the kernel holds it, for which nobody waits. */
#define REAP_MS 1000
/* Without close_range (Linux 5.9), descriptors are closed one by one. */
#define MAX_DESCRIPTORS 1048576

static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
static char language[] = "LANG=C.UTF-8";
char *const child_environment[] = {path, language, NULL};

void expect_children(struct sigaction *before)
{
    const struct sigaction wanted = {.sa_handler = SIG_DFL};

    /* Were SIGCHLD ignored, as it may be here, an ended child's pid would be anybody's. */
    sigaction(SIGCHLD, &wanted, before);
}

static void set_default_signals(void)
{
    /* The kernel's structure, whose zeros are SIG_DFL: the C library keeps two signals to itself. */
    static const unsigned long action[8];
    const size_t mask_size = 8;
    sigset_t none;

    for ( int signal = 1; signal < NSIG; signal++ )
        syscall(SYS_rt_sigaction, signal, action, NULL, mask_size);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

bool set_descriptors(int input)
{
    struct rlimit limit;

    if ( dup2(input, STDIN_FILENO) < 0 )
        return false;
    if ( fcntl(STDERR_FILENO, F_SETFD, 0) != 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0 )
        return false;
    if ( syscall(SYS_close_range, STDERR_FILENO + 1u, ~0u, 0u) == 0 )
        return true;
    if ( getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max > MAX_DESCRIPTORS )
        limit.rlim_max = MAX_DESCRIPTORS;
    for ( int fd = STDERR_FILENO + 1; fd < (int)limit.rlim_max; fd++ )
        close(fd);
    return true;
}

/* What dm_restrict limits is the device model's. A core would hold the guest's state. */
static void set_limits(void)
{
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
}

void become_child(void)
{
    set_default_signals();
    /* One group, so that what a launcher starts can be ended with it. */
    setsid();
    set_limits();
    /* Who may read the audit log does not depend on who restores. */
    umask(022);
}

static bool has_ended(pid_t pid, siginfo_t *status)
{
    status->si_pid = 0;
    return waitid(P_PID, (id_t)pid, status, WEXITED | WNOHANG | WNOWAIT) != 0 ||
           status->si_pid != 0;
}

bool wait_for_end(pid_t pid, int64_t until, siginfo_t *status)
{
    while ( !has_ended(pid, status) )
        if ( !sleep_ms(1, until) )
            return false;
    return true;
}

void end_child(pid_t pid)
{
    siginfo_t status;

    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);
    if ( wait_for_end(pid, after_ms(now(), REAP_MS), &status) )
        waitpid(pid, NULL, WNOHANG);
}
