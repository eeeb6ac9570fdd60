/*
 * Runs the real shim, in a directory made for each test: dm is the shim, dm.real stands in for the
 * device model, dm.dragoman has the settings, stream is a traditional device model's. The test
 * stands in for the helper.
 */
#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include "../protocol.h"
#include "reply.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum needs
{
    NEEDS_ROOT = 1,
    NEEDS_SYSLOG = 2,
    NEEDS_PLAIN_SHIM = 4, /* neither sanitizers nor valgrind */
    FOR_VALGRIND = 8,     /* one of those that are worth the time there */
};

struct test
{
    const char *name;
    void (*run)(const void *with);
    const void *with;
    unsigned needs;
};

extern const struct test start_tests[];
extern const struct test answer_tests[];
extern const struct test fallback_tests[];
extern const struct test settings_tests[];
extern const struct test edit_tests[];
extern const struct test relocate_tests[];
extern const struct test topology_tests[];

/* Says where and what, and fails the test, which goes on. */
#define CHECK(condition, ...)                                                                      \
    do                                                                                             \
    {                                                                                              \
        if ( !(condition) )                                                                        \
            fail_test(__FILE__, __LINE__, #condition, __VA_ARGS__);                                \
    } while ( 0 )
void fail_test(const char *file, int line, const char *condition, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Of this test. Written into dm.dragoman before the shim is started, unless the test takes it away. */
extern struct dragoman_settings settings;
extern bool write_settings;

/* Called in the process that becomes the shim, last of all. */
extern void (*prepare)(void);

/* Under valgrind. */
extern bool slow;
/* Milliseconds, more of them where everything is slow. */
uint32_t scaled(uint32_t ms);

/* A path in the test's directory; good for 255 more calls. */
const char *in_directory(const char *name);
void put_file(const char *name, const void *bytes, size_t size, mode_t mode);

extern const char original[];
extern const size_t original_size;
#define STREAM_FD 14
#define STREAM_ARGUMENT "fd:14"

/* What the last run came to. */
struct result
{
    int status; /* exit status, or 128 and the signal */
    pid_t pid;
    long ms;
    char err[65536];
    char dump[262144]; /* "": the device model was not started */
    char syslog[16384];
};
extern struct result result;

/* The shim, with these arguments after its name. */
void run_dm(const char *argument, ...) __attribute__((sentinel));
/* Any program of the directory, by this name, with all its arguments, argv[0] first. */
void run_program(const char *path, const char *const argv[]);
void start_program(const char *path, const char *const argv[]);
void finish_program(void);

bool said(const char *text);
bool dumped(const char *line);
/* The first line of the dump that begins so; "" if none does. */
const char *dumped_line(const char *beginning);
/* How many the device model was started with. */
int open_descriptors(void);
/* How many lines one has that the other has not, those that begin so left out. */
int differing_lines(const char *one, const char *other, const char *but);

/* The device model was started with the original, on fd 14, as it was. */
void expect_original(void);
/* ... with what the helper made of it, on fd 14. */
void expect_translated(void);
/* It was not started. */
void expect_not_started(int status);

/* A helper in a process of its own: what it does with one connection. */
typedef void helper(int connection);
void start_helper(helper *behaviour);
void start_helper_as(uid_t uid, helper *behaviour);
/* Its exit status, where it has ended by itself. */
int stop_helper(void);
/* Of what a test has started beside it; ends with it. */
extern pid_t second_helper_pid;

/* Not every root may: CAP_SYS_RESOURCE. */
bool may_raise_limits(void);

void use_fallback(const char *behaviour);
void use_relocate(const char *behaviour);

/* The program itself, with a stand-in for Xen's library. */
void run_relocate(const char *argument, ...) __attribute__((sentinel));
/* Where that is. */
const char *library_path(void);

#endif
