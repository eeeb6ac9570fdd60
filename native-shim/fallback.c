#include "fallback.h"

#include "deadline.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* It may have something to write down after it has answered. */
#define GRACE_MS 200
/* The question is sent at once. */
#define QUESTION_MS 1000
/* A killed process is gone at once, unless the kernel holds it, for which nobody waits. */
#define REAP_MS 1000
/* Without close_range (Linux 5.9), descriptors are closed one by one. */
#define MAX_DESCRIPTORS 1048576

/* It could not be started: says so in its place. */
__attribute__((noreturn)) static void fail_as_fallback(int socket, const char *step, int error)
{
    struct
    {
        struct dragoman_answer head;
        char text[256];
    } message = {.head = {.magic = DRAGOMAN_ANSWER_MAGIC, .outcome = DRAGOMAN_FAILED}};
    int size = snprintf(message.text, sizeof(message.text), "%s: %s", step, strerror(error));

    message.head.text_size =
        (uint32_t)size < sizeof(message.text) ? (uint32_t)size : sizeof(message.text) - 1;
    /* To leave the question unread would be a reset, and the answer lost. */
    wait_for(socket, POLLIN, after_ms(now(), QUESTION_MS));
    recv(socket, &(char){0}, 1, MSG_DONTWAIT);
    send(socket, &message, sizeof(message.head) + message.head.text_size, MSG_NOSIGNAL);
    _exit(127);
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

/* Standard input is the socket, output goes where the errors go. No other is left open. */
static bool set_descriptors(int socket)
{
    struct rlimit limit;

    if ( dup2(socket, STDIN_FILENO) < 0 )
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

/*
 * The session keyring stays with a change of uid, and what is in it can be read: root's keys, where
 * the toolstack has some. False, but for a kernel without keyrings, or a filter of system calls,
 * which holds for the fallback, too.
 */
static bool leave_keyring(void)
{
    return syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0 || errno == ENOSYS ||
           errno == EPERM;
}

static bool drop_privileges(const struct dragoman_settings *settings)
{
    /* Not everywhere to be had, and less than what the user cannot do. */
    unshare(CLONE_NEWNET);
    unshare(CLONE_NEWIPC);
    if ( !leave_keyring() )
        return false;
    if ( geteuid() == 0 &&
         (setgroups(0, NULL) != 0 ||
          setresgid(settings->helper_gid, settings->helper_gid, settings->helper_gid) != 0 ||
          setresuid(settings->helper_uid, settings->helper_uid, settings->helper_uid) != 0) )
        return false;
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

__attribute__((noreturn)) static void become_fallback(const struct dragoman_settings *settings,
                                                      int socket, pid_t shim)
{
    static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
    static char language[] = "LANG=C.UTF-8";
    char *const environment[] = {path, language, NULL};
    char program[sizeof(settings->fallback)];
    char *const arguments[] = {program, NULL};

    memcpy(program, settings->fallback, sizeof(program));
    set_default_signals();
    /* One group, so that what a launcher starts can be ended with it. */
    setsid();
    set_limits();
    /* Who may read the audit log does not depend on who restores. */
    umask(022);
    if ( !set_descriptors(socket) )
        fail_as_fallback(socket, "its standard input and output cannot be set", errno);
    socket = STDIN_FILENO;
    if ( !drop_privileges(settings) )
        fail_as_fallback(socket, "its privileges cannot be dropped", errno);
    /* A change of uid clears it, so not before. */
    if ( prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != shim )
        _exit(127);
    if ( chdir("/") != 0 )
        fail_as_fallback(socket, "/", errno);
    execve(program, arguments, environment);
    fail_as_fallback(socket, program, errno);
}

/* False: it still runs. What it leaves is not yet reaped, so its pid and its group are still its own. */
static bool has_ended(pid_t pid, siginfo_t *status)
{
    status->si_pid = 0;
    return waitid(P_PID, (id_t)pid, status, WEXITED | WNOHANG | WNOWAIT) != 0 ||
           status->si_pid != 0;
}

static bool wait_for_end(pid_t pid, uint32_t ms, siginfo_t *status)
{
    int64_t until = after_ms(now(), ms);

    while ( !has_ended(pid, status) )
        if ( !sleep_ms(1, until) )
            return false;
    return true;
}

/* Ends it and all of its group. */
static void end_fallback(pid_t pid, bool answered, int64_t until, struct reason *why)
{
    siginfo_t status;
    uint32_t grace = answered || left_ms(until) > GRACE_MS ? GRACE_MS : left_ms(until);
    bool by_itself = wait_for_end(pid, grace, &status);
    size_t length = strlen(why->text);

    if ( !answered && by_itself && status.si_pid != 0 && status.si_status != 0 )
        snprintf(why->text + length, sizeof(why->text) - length, " (%s %d)",
                 status.si_code == CLD_EXITED ? "exit status" : "ended by signal",
                 status.si_status);
    kill(-pid, SIGKILL);
    kill(pid, SIGKILL);
    if ( by_itself || wait_for_end(pid, REAP_MS, &status) )
        waitpid(pid, NULL, WNOHANG);
}

static bool start_and_ask(const struct dragoman_settings *settings, const struct question *question,
                          int64_t until, struct answer *answer, struct reason *why)
{
    int ends[2];
    pid_t shim = getpid();
    pid_t pid;
    bool answered;

    if ( socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0 )
        return because(why, "the fallback cannot be asked: %s", strerror(errno));
    pid = fork();
    if ( pid == 0 )
        become_fallback(settings, ends[1], shim);
    close(ends[1]);
    if ( pid < 0 )
    {
        close(ends[0]);
        return because(why, "the fallback cannot be started: %s", strerror(errno));
    }
    answered = ask_over(ends[0], "fallback", question, until, answer, why);
    close(ends[0]);
    end_fallback(pid, answered, until, why);
    return answered;
}

bool ask_fallback(const struct dragoman_settings *settings, const struct question *question,
                  int64_t until, struct answer *answer, struct reason *why)
{
    const struct sigaction wanted = {.sa_handler = SIG_DFL};
    struct sigaction before;
    bool answered;

    if ( settings->fallback[0] == '\0' )
        return because(why, "there is no fallback");
    if ( geteuid() == 0 && (settings->helper_uid == 0 || settings->helper_gid == 0) )
        return because(why, "the fallback is not started as root");
    if ( left_ms(until) == 0 )
        return because(why, "no time was left for the fallback");
    /* Were SIGCHLD ignored, as it may be here, an ended child's pid would be anybody's. */
    sigaction(SIGCHLD, &wanted, &before);
    answered = start_and_ask(settings, question, until, answer, why);
    sigaction(SIGCHLD, &before, NULL);
    return answered;
}
