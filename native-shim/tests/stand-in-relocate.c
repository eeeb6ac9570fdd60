/*
 * Stands in for dragoman-relocate. Its name says how it behaves. Writes what it was started with to
 * relocate.dump beside it.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static void write_down(int argc, char **argv, char **environment)
{
    char path[4200];
    char directory[512];
    int death = 0;
    FILE *dump;

    snprintf(path, sizeof(path), "%.*s/relocate.dump", (int)(strrchr(argv[0], '/') - argv[0]),
             argv[0]);
    dump = fopen(path, "ae");
    if ( dump == NULL )
        exit(98);
    for ( int i = 1; i < argc; i++ )
        fprintf(dump, "%s%c", argv[i], i + 1 < argc ? ' ' : '\n');
    prctl(PR_GET_PDEATHSIG, &death);
    fprintf(dump, "uid %u session %d death %d directory %s\n", geteuid(), getsid(0) == getpid(),
            death, getcwd(directory, sizeof(directory)));
    for ( int i = 0; environment[i] != NULL; i++ )
        fprintf(dump, "environment %s\n", environment[i]);
    for ( int fd = 3; fd < 4096; fd++ )
        if ( fd != fileno(dump) && fcntl(fd, F_GETFD) >= 0 )
            fprintf(dump, "fd %d\n", fd);
    fclose(dump);
}

static void hang(void)
{
    for ( ;; )
        pause();
}

int main(int argc, char **argv, char **environment)
{
    const char *how = strrchr(argv[0], '/') + 1;

    write_down(argc, argv, environment);
    if ( strcmp(how, "moves-and-says") == 0 )
        printf("moved\n");
    if ( strcmp(how, "fails") == 0 )
        fprintf(stderr, "it cannot be moved: no such domain\nand more\n");
    if ( strcmp(how, "crashes") == 0 )
        raise(SIGSEGV);
    if ( strcmp(how, "says-much") == 0 )
        for ( int i = 0; i < 100000; i++ )
            fputs("it cannot be moved ", stderr);
    if ( strcmp(how, "hangs-silently") == 0 )
    {
        close(STDIN_FILENO);
        close(STDOUT_FILENO);
        close(STDERR_FILENO);
        hang();
    }
    if ( strcmp(how, "hangs-with-children") == 0 )
    {
        fprintf(stderr, "half of it is moved");
        for ( int i = 0; i < 3; i++ )
            if ( fork() == 0 )
                hang();
        hang();
    }
    /* What it leaves has its output open. */
    if ( strcmp(how, "leaves-a-child") == 0 && fork() == 0 )
        hang();
    return strncmp(how, "moves", 5) == 0 ? 0 : 6;
}
