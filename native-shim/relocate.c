#include "relocate.h"

#include "child.h"
#include "deadline.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define NUMBER_SIZE 24
/* What it says is one line. More of it is dropped. */
#define MAX_SAID 400

/* It could not be started: says so in its place. */
__attribute__((noreturn)) static void fail_as_program(const char *step)
{
    dprintf(STDERR_FILENO, "%s: %s\n", step, strerror(errno));
    _exit(127);
}

/* As root, which the hypercall takes. */
__attribute__((noreturn)) static void become_program(const struct dragoman_settings *settings,
                                                     const struct dragoman_relocation *relocation,
                                                     int output, pid_t shim)
{
    char program[sizeof(settings->relocate)];
    char numbers[4][NUMBER_SIZE];
    char *const arguments[] = {program, numbers[0], numbers[1], numbers[2], numbers[3], NULL};

    memcpy(program, settings->relocate, sizeof(program));
    snprintf(numbers[0], NUMBER_SIZE, "%u", relocation->domid);
    snprintf(numbers[1], NUMBER_SIZE, "0x%llx", (unsigned long long)relocation->from);
    snprintf(numbers[2], NUMBER_SIZE, "0x%llx", (unsigned long long)relocation->to);
    snprintf(numbers[3], NUMBER_SIZE, "%u", relocation->frames);
    become_child();
    if ( dup2(output, STDERR_FILENO) < 0 || !set_descriptors(output) )
        fail_as_program("its standard input and output cannot be set");
    if ( prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 || getppid() != shim )
        _exit(127);
    if ( chdir("/") != 0 )
        fail_as_program("/");
    execve(program, arguments, child_environment);
    fail_as_program(program);
}

/* All that it says, until it ends. False: the time is over. */
static bool listen_to(int output, char said[MAX_SAID + 1], int64_t until)
{
    char dropped[MAX_SAID];
    size_t size = 0;

    said[0] = '\0';
    while ( wait_for(output, POLLIN, until) )
    {
        bool full = size == MAX_SAID;
        ssize_t got =
            read(output, full ? dropped : said + size, full ? sizeof(dropped) : MAX_SAID - size);

        if ( got < 0 && (errno == EINTR || errno == EAGAIN) )
            continue;
        if ( got <= 0 )
            return true;
        if ( full )
            continue;
        size += (size_t)got;
        said[size] = '\0';
    }
    return false;
}

static bool conclude(const char *program, bool ended, const siginfo_t *status, char *said,
                     struct reason *why)
{
    said[strcspn(said, "\n")] = '\0';
    if ( !ended )
        return because(why, "%s did not end in time%s%s", program, *said ? "; it said: " : "",
                       said);
    if ( status->si_pid != 0 && status->si_code == CLD_EXITED && status->si_status == 0 )
        return true;
    if ( *said != '\0' )
        return because(why, "%s", said);
    return because(why, "%s failed without a word (%s %d)", program,
                   status->si_code == CLD_EXITED ? "exit status" : "ended by signal",
                   status->si_status);
}

static bool run_program(const struct dragoman_settings *settings,
                        const struct dragoman_relocation *relocation, int64_t until,
                        struct reason *why)
{
    char said[MAX_SAID + 1];
    siginfo_t status = {0};
    pid_t shim = getpid();
    int ends[2];
    bool ended;
    pid_t pid;

    if ( pipe2(ends, O_CLOEXEC) != 0 )
        return because(why, "%s cannot be started: %s", settings->relocate, strerror(errno));
    pid = fork();
    if ( pid == 0 )
        become_program(settings, relocation, ends[1], shim);
    close(ends[1]);
    if ( pid < 0 )
    {
        close(ends[0]);
        return because(why, "%s cannot be started: %s", settings->relocate, strerror(errno));
    }
    ended = fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 && listen_to(ends[0], said, until) &&
            wait_for_end(pid, until, &status);
    close(ends[0]);
    end_child(pid);
    return conclude(settings->relocate, ended, &status, said, why);
}

bool relocate(const struct dragoman_settings *settings,
              const struct dragoman_relocation *relocation, int64_t until, struct reason *why)
{
    struct sigaction before;
    bool done;

    if ( settings->relocate[0] == '\0' )
        return because(
            why,
            "the settings name no program that does it, as those of older versions; run dragoman enable");
    if ( left_ms(until) == 0 )
        return because(why, "no time was left for it");
    expect_children(&before);
    done = run_program(settings, relocation, until, why);
    sigaction(SIGCHLD, &before, NULL);
    return done;
}
