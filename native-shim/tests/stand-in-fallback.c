/*
 * Stands in for the fallback. Its name says how it behaves. Says on stdout what it was started with.
 */
#include "reply.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/keyctl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct asked asked;

static void say_what_it_has(int argc, char **environment)
{
    gid_t groups[64];
    struct rlimit size;
    struct rlimit core;
    struct stat network;
    struct stat standard[3];
    char directory[512];
    char status[4096];
    int death = 0;
    FILE *file;

    getrlimit(RLIMIT_FSIZE, &size);
    getrlimit(RLIMIT_CORE, &core);
    prctl(PR_GET_PDEATHSIG, &death);
    printf("fallback: arguments %d directory %s\n", argc, getcwd(directory, sizeof(directory)));
    printf("fallback: uid %u %u gid %u %u groups %d\n", getuid(), geteuid(), getgid(), getegid(),
           getgroups(64, groups));
    printf("fallback: no_new_privs %d death signal %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0),
           death);
    printf("fallback: limits size %d core %d\n", size.rlim_cur == RLIM_INFINITY,
           (int)core.rlim_max);
    printf("fallback: session %d\n", getsid(0) == getpid());
    printf("fallback: umask %03o\n", umask(0));
    /* KEY_SPEC_SESSION_KEYRING */
    if ( syscall(SYS_keyctl, KEYCTL_SEARCH, -3, "user", "dragoman-test", 0) >= 0 )
        printf("fallback: has a key\n");
    for ( int i = 0; environment[i] != NULL; i++ )
        printf("fallback: environment %s\n", environment[i]);
    for ( int fd = 0; fd < 4096; fd++ )
        if ( fcntl(fd, F_GETFD) >= 0 )
            printf("fallback: fd %d\n", fd);
    for ( int fd = 0; fd < 3; fd++ )
        fstat(fd, &standard[fd]);
    printf("fallback: input is a socket %d, output is as errors %d\n",
           S_ISSOCK(standard[0].st_mode), standard[1].st_ino == standard[2].st_ino);
    if ( stat("/proc/self/ns/net", &network) == 0 )
        printf("fallback: network %llu\n", (unsigned long long)network.st_ino);
    file = fopen("/proc/self/status", "re");
    while ( file != NULL && fgets(status, sizeof(status), file) != NULL )
        if ( strncmp(status, "SigBlk", 6) == 0 || strncmp(status, "SigIgn", 6) == 0 ||
             strncmp(status, "CapEff", 6) == 0 || strncmp(status, "CapPrm", 6) == 0 )
            printf("fallback: %s", status);
    if ( file != NULL )
        fclose(file);
    fflush(stdout);
}

static void answer_as(uint32_t outcome, const char *text)
{
    struct reply *reply = new_reply(outcome);

    add_text(reply, text, strlen(text));
    send_reply(STDIN_FILENO, reply, reply_size(reply));
}

static void keep_slots(void)
{
    static const char card[] = "-device\0e1000,addr=0x5";
    static const char footers[] = "-global\0migration.send-section-footer=on";
    struct reply *reply = new_reply(DRAGOMAN_GO);

    add_edit(reply, 5, 2, 2, card, sizeof(card));
    add_edit(reply, asked.head.argc, 0, 2, footers, sizeof(footers));
    send_reply(STDIN_FILENO, reply, reply_size(reply));
}

static void hang(void)
{
    for ( ;; )
        pause();
}

int main(int argc, char **argv, char **environment)
{
    const char *how = strrchr(argv[0], '/') + 1;

    say_what_it_has(argc, environment);
    if ( strcmp(how, "ends") == 0 )
        return 3;
    if ( strcmp(how, "crashes") == 0 )
        raise(SIGSEGV);
    if ( strcmp(how, "hangs") == 0 )
        hang();
    if ( strcmp(how, "hangs-with-children") == 0 )
    {
        for ( int i = 0; i < 3; i++ )
            if ( fork() == 0 )
                hang();
        hang();
    }
    if ( strcmp(how, "leaves-a-child") == 0 && fork() == 0 )
        hang();
    receive_question(STDIN_FILENO, &asked);
    if ( asked.size == 0 || asked.head.magic != DRAGOMAN_QUESTION_MAGIC ||
         (asked.stream < 0) != (asked.head.kind == DRAGOMAN_START) )
        return 90;
    printf("fallback: %u ms, %u arguments\n", asked.head.deadline_ms, asked.head.argc);
    fflush(stdout);

    if ( strcmp(how, "translates") == 0 || strcmp(how, "leaves-a-child") == 0 )
        reply_translated(STDIN_FILENO);
    if ( strcmp(how, "keeps-slots") == 0 )
        keep_slots();
    if ( strcmp(how, "refuses") == 0 )
        answer_as(DRAGOMAN_REFUSED, "refused by the fallback\nno product writes this");
    if ( strcmp(how, "fails") == 0 )
        answer_as(DRAGOMAN_FAILED, "no policy can be read\ndetails");
    if ( strcmp(how, "garbles") == 0 )
        send(STDIN_FILENO, "what?", 5, MSG_NOSIGNAL);
    if ( strcmp(how, "logs-afterwards") == 0 )
    {
        reply_translated(STDIN_FILENO);
        usleep(60000);
        printf("fallback: logged afterwards\n");
        fflush(stdout);
    }
    if ( strcmp(how, "lingers") == 0 )
    {
        reply_translated(STDIN_FILENO);
        hang();
    }
    return 0;
}
