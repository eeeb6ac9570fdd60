/*
 * Times whole commands, side by side: they take turns, so what disturbs the machine disturbs all.
 *
 *   hook-bench [-n ROUNDS] [-w WARMUP] [--burst COUNT] LABEL [fd:N=FILE] COMMAND [ARGUMENT ...] [-- LABEL ...]
 *
 * Prints one JSON object: for each label the runs, those that failed, and microseconds from before
 * the start until the end was seen: p50, p99, least and most. An argument that is "--" must be
 * written as "\--". With --burst, COUNT of each command are started at once, ROUNDS times, and each
 * is timed from the start of its burst.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX_COMMANDS 16
#define MAX_BURST 1024

struct command
{
    const char *label;
    char **argv;
    int fd; /* -1: none */
    const char *file;
    double *us;
    size_t runs;
    size_t failures;
};

extern char **environ;

__attribute__((noreturn)) static void die(const char *what)
{
    fprintf(stderr, "hook-bench: %s: %s\n", what, strerror(errno));
    exit(1);
}

__attribute__((noreturn)) static void usage(void)
{
    fprintf(
        stderr,
        "usage: hook-bench [-n ROUNDS] [-w WARMUP] [--burst COUNT] LABEL [fd:N=FILE] COMMAND [ARGUMENT ...] [-- LABEL ...]\n");
    exit(2);
}

static double now_us(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static pid_t start(const struct command *command)
{
    posix_spawn_file_actions_t actions;
    int fd = -1;
    pid_t pid;

    posix_spawn_file_actions_init(&actions);
    if ( command->fd >= 0 )
    {
        /* Opened each time: a position of its own. */
        fd = open(command->file, O_RDONLY | O_CLOEXEC);
        if ( fd < 0 )
            die(command->file);
        posix_spawn_file_actions_adddup2(&actions, fd, command->fd);
    }
    errno = posix_spawnp(&pid, command->argv[0], &actions, NULL, command->argv, environ);
    if ( errno != 0 )
        die(command->argv[0]);
    if ( fd >= 0 )
        close(fd);
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

static void run_once(struct command *command, bool counts)
{
    double before = now_us();
    pid_t pid = start(command);
    int status;

    if ( waitpid(pid, &status, 0) != pid )
        die("waitpid");
    if ( !counts )
        return;
    command->us[command->runs++] = now_us() - before;
    command->failures += status != 0;
}

static void run_burst(struct command *command, int count, bool counts)
{
    double before = now_us();

    for ( int i = 0; i < count; i++ )
        start(command);
    for ( int i = 0; i < count; i++ )
    {
        int status;

        if ( wait(&status) < 0 )
            die("wait");
        if ( !counts )
            continue;
        command->us[command->runs++] = now_us() - before;
        command->failures += status != 0;
    }
}

static int compare(const void *one, const void *other)
{
    double a = *(const double *)one;
    double b = *(const double *)other;

    return (a > b) - (a < b);
}

/* The least that so many of a hundred do not exceed. */
static double percentile(const struct command *command, size_t percent)
{
    size_t rank = (command->runs * percent + 99) / 100;

    return command->us[rank == 0 ? 0 : rank - 1];
}

static void print(struct command *command, bool last)
{
    qsort(command->us, command->runs, sizeof(*command->us), compare);
    printf(
        "\"%s\":{\"runs\":%zu,\"failures\":%zu,\"p50_us\":%.1f,\"p99_us\":%.1f,\"min_us\":%.1f,\"max_us\":%.1f}%s",
        command->label, command->runs, command->failures, percentile(command, 50),
        percentile(command, 99), command->us[0], command->us[command->runs - 1], last ? "" : ",");
}

static char **read_command(char **at, struct command *command)
{
    char *end;

    command->label = *at++;
    command->fd = -1;
    if ( *at != NULL && strncmp(*at, "fd:", 3) == 0 )
    {
        command->fd = (int)strtol(*at + 3, &end, 10);
        if ( *end != '=' || command->fd < 0 )
            usage();
        command->file = end + 1;
        at++;
    }
    command->argv = at;
    for ( ; *at != NULL && strcmp(*at, "--") != 0; at++ )
        if ( strcmp(*at, "\\--") == 0 )
            ++*at;
    if ( at == command->argv )
        usage();
    if ( *at != NULL )
        *at++ = NULL;
    return at;
}

int main(int argc, char **argv)
{
    struct command commands[MAX_COMMANDS] = {0};
    size_t count = 0;
    int rounds = 500;
    int warmup = 20;
    int burst = 1;

    (void)argc;
    for ( argv++; *argv != NULL && **argv == '-'; argv += 2 )
    {
        int *number = strcmp(*argv, "-n") == 0        ? &rounds
                      : strcmp(*argv, "-w") == 0      ? &warmup
                      : strcmp(*argv, "--burst") == 0 ? &burst
                                                      : NULL;

        if ( number == NULL || argv[1] == NULL )
            usage();
        *number = atoi(argv[1]);
    }
    while ( *argv != NULL && count < MAX_COMMANDS )
        argv = read_command(argv, &commands[count++]);
    if ( count == 0 || *argv != NULL || rounds < 1 || warmup < 0 || burst < 1 || burst > MAX_BURST )
        usage();
    for ( size_t i = 0; i < count; i++ )
    {
        commands[i].us = calloc((size_t)rounds * (size_t)burst, sizeof(double));
        if ( commands[i].us == NULL )
            die("memory");
    }

    for ( int round = -warmup; round < rounds; round++ )
        for ( size_t i = 0; i < count; i++ )
        {
            if ( burst == 1 )
                run_once(&commands[i], round >= 0);
            else
                run_burst(&commands[i], burst, round >= 0);
        }

    printf("{");
    for ( size_t i = 0; i < count; i++ )
        print(&commands[i], i + 1 == count);
    printf("}\n");
    for ( size_t i = 0; i < count; i++ )
        free(commands[i].us);
    return 0;
}
