/*
 * Stands in for NAME.real. Writes what it was started with, and what it can read of its stream, to
 * NAME.real.dump.
 */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static FILE *dump;

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
    for ( size_t i = 0; i < size; i++ )
        hash = (hash ^ ((const unsigned char *)bytes)[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t hash_file(int fd)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    char bytes[65536];
    off_t offset = 0;
    ssize_t size;

    while ( (size = pread(fd, bytes, sizeof(bytes), offset)) > 0 )
    {
        hash = hash_bytes(hash, bytes, (size_t)size);
        offset += size;
    }
    return hash;
}

static void dump_text(const char *what, int index, const char *text)
{
    size_t length = strlen(text);

    fprintf(dump, "%s %d ", what, index);
    if ( length < 1000 )
        fprintf(dump, "%s\n", text);
    else
        fprintf(dump, "%zu octets, hash %016llx\n", length,
                (unsigned long long)hash_bytes(0, text, length));
}

static void dump_file(int fd)
{
    struct stat status;

    if ( fstat(fd, &status) != 0 )
        abort();
    fprintf(dump, "mode=%o flags=%x cloexec=%d", status.st_mode & S_IFMT,
            (unsigned)fcntl(fd, F_GETFL), fcntl(fd, F_GETFD));
    /* The log grows. */
    if ( fd > 2 )
        fprintf(dump, " position=%lld", (long long)lseek(fd, 0, SEEK_CUR));
    if ( fd > 2 && S_ISREG(status.st_mode) )
        fprintf(dump, " size=%lld hash=%016llx", (long long)status.st_size,
                (unsigned long long)hash_file(fd));
    fprintf(dump, "\n");
}

static void dump_descriptors(void)
{
    for ( int fd = 0; fd < 4096; fd++ )
        if ( fcntl(fd, F_GETFD) >= 0 )
        {
            fprintf(dump, "fd %d ", fd);
            dump_file(fd);
        }
}

static void dump_status(void)
{
    static const char *const wanted[] = {
        "Umask",  "Uid",    "Gid",    "Groups", "SigPnd", "ShdPnd",     "SigBlk",  "SigIgn",
        "SigCgt", "CapInh", "CapPrm", "CapEff", "CapAmb", "NoNewPrivs", "Seccomp", "Threads"};
    FILE *status = fopen("/proc/self/status", "re");
    char line[512];

    while ( status != NULL && fgets(line, sizeof(line), status) != NULL )
        for ( size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++ )
            if ( strncmp(line, wanted[i], strlen(wanted[i])) == 0 )
                fputs(line, dump);
    if ( status != NULL )
        fclose(status);
}

/* POSIX timers, of which an exec leaves none. */
static void dump_timers(void)
{
    FILE *timers = fopen("/proc/self/timers", "re");
    char line[512];

    while ( timers != NULL && fgets(line, sizeof(line), timers) != NULL )
        fprintf(dump, "timer %s", line);
    if ( timers != NULL )
        fclose(timers);
}

int main(int argc, char **argv, char **environment)
{
    char path[4200];
    char *text;
    size_t size;
    struct rlimit descriptors;
    ssize_t length = readlink("/proc/self/exe", path, 4096);
    int fd;

    if ( length <= 0 )
        return 98;
    strcpy(path + length, ".dump");
    dump = open_memstream(&text, &size);
    if ( dump == NULL )
        return 98;

    dump_descriptors();
    for ( int i = 0; i < argc; i++ )
        dump_text("argument", i, argv[i]);
    for ( int i = 0; environment[i] != NULL; i++ )
        dump_text("environment", i, environment[i]);
    fprintf(dump, "pid %d\n", (int)getpid());
    fprintf(dump, "parent %d group %d session %d\n", (int)getppid(), (int)getpgrp() == getpid(),
            (int)getsid(0) == getpid());
    {
        char directory[4096];

        fprintf(dump, "directory %s\n", getcwd(directory, sizeof(directory)));
    }
    for ( int resource = 0; resource < RLIM_NLIMITS; resource++ )
    {
        struct rlimit limit;

        if ( getrlimit((__rlimit_resource_t)resource, &limit) == 0 )
            fprintf(dump, "limit %d %llx %llx\n", resource, (unsigned long long)limit.rlim_cur,
                    (unsigned long long)limit.rlim_max);
    }
    dump_status();
    dump_timers();
    for ( int i = 1; i + 1 < argc; i++ )
        if ( strcmp(argv[i], "-loadvm") == 0 && (fd = open(argv[i + 1], O_RDONLY)) >= 0 )
        {
            fprintf(dump, "loaded ");
            dump_file(fd);
            close(fd);
        }
    fclose(dump);

    /* The tests limit what may be written, and how many descriptors there may be. */
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_NOFILE, &descriptors);
    descriptors.rlim_cur = descriptors.rlim_max;
    setrlimit(RLIMIT_NOFILE, &descriptors);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    return fd >= 0 && write(fd, text, size) == (ssize_t)size ? 0 : 97;
}
