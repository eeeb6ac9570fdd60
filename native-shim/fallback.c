#include "fallback.h"

#include "child.h"
#include "deadline.h"

#include <errno.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* It may have something to write down after it has answered. */
#define GRACE_MS 200
/* The question is sent at once. */
#define QUESTION_MS 1000

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
    char program[sizeof(settings->fallback)];
    char *const arguments[] = {program, NULL};

    memcpy(program, settings->fallback, sizeof(program));
    become_child();
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
    execve(program, arguments, child_environment);
    fail_as_fallback(socket, program, errno);
}

/* Ends it and all of its group. */
static void end_fallback(pid_t pid, bool answered, int64_t until, struct reason *why)
{
    siginfo_t status;
    uint32_t grace = answered || left_ms(until) > GRACE_MS ? GRACE_MS : left_ms(until);
    bool by_itself = wait_for_end(pid, after_ms(now(), grace), &status);
    size_t length = strlen(why->text);

    if ( !answered && by_itself && status.si_pid != 0 && status.si_status != 0 )
        snprintf(why->text + length, sizeof(why->text) - length, " (%s %d)",
                 status.si_code == CLD_EXITED ? "exit status" : "ended by signal",
                 status.si_status);
    end_child(pid);
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
    struct sigaction before;
    bool answered;

    if ( settings->fallback[0] == '\0' )
        return because(why, "there is no fallback");
    if ( geteuid() == 0 && (settings->helper_uid == 0 || settings->helper_gid == 0) )
        return because(why, "the fallback is not started as root");
    if ( left_ms(until) == 0 )
        return because(why, "no time was left for the fallback");
    expect_children(&before);
    answered = start_and_ask(settings, question, until, answer, why);
    sigaction(SIGCHLD, &before, NULL);
    return answered;
}
