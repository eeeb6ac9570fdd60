/*
 * dragoman-relocate DOMID FROM TO FRAMES moves frames of a domain's memory to other guest frame
 * numbers. dragoman-dm, which is static, has it do so: Xen's library belongs to the Xen that runs,
 * and is found when this starts.
 */
#include "protocol.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define EXIT_USAGE 2
#define EXIT_FAILED 6

#define LIBRARY "libxendevicemodel.so.1"
/* From here on, domain ids mean something else. */
#define FIRST_RESERVED_DOMID 0x7ff0
/* No processor has more bits of a physical address than 52, and a frame has 12 of them. */
#define FRAME_LIMIT (UINT64_C(1) << 40)

/* What this uses of it, as Xen 4.11 and later have it. */
struct library
{
    void *(*open)(void *logger, unsigned flags);
    int (*relocate_memory)(void *handle, uint16_t domid, uint32_t size, uint64_t from, uint64_t to);
    int (*close)(void *handle);
};

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
    va_list arguments;

    fputs("dragoman-relocate: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

static int value_of(char digit)
{
    if ( digit >= '0' && digit <= '9' )
        return digit - '0';
    if ( digit >= 'a' && digit <= 'f' )
        return digit - 'a' + 10;
    return 16;
}

/* Decimal, or hexadecimal behind 0x, and nothing else. */
static bool parse_number(const char *name, const char *text, uint64_t least, uint64_t most,
                         uint64_t *number)
{
    const char *at = text;
    uint64_t base = 10;
    uint64_t sum = 0;

    if ( strncmp(at, "0x", 2) == 0 )
    {
        base = 16;
        at += 2;
    }
    if ( *at == '\0' )
    {
        say("%s is '%s', expected a number", name, text);
        return false;
    }
    for ( ; *at != '\0'; at++ )
    {
        uint64_t digit = (uint64_t)value_of(*at);

        if ( digit >= base )
        {
            say("%s is '%s', expected a number", name, text);
            return false;
        }
        /* All limits are far from where this wraps. */
        if ( sum <= most )
            sum = sum * base + digit;
    }
    if ( sum < least || sum > most )
    {
        say("%s is %s, expected %llu to %llu", name, text, (unsigned long long)least,
            (unsigned long long)most);
        return false;
    }
    *number = sum;
    return true;
}

static bool parse_arguments(char *const argv[], struct dragoman_relocation *relocation)
{
    uint64_t domid;
    uint64_t frames;
    uint64_t distance;

    if ( !parse_number("DOMID", argv[1], 1, FIRST_RESERVED_DOMID - 1, &domid) ||
         !parse_number("FRAMES", argv[4], 1, DRAGOMAN_MAX_FRAMES, &frames) ||
         !parse_number("FROM", argv[2], 0, FRAME_LIMIT - frames, &relocation->from) ||
         !parse_number("TO", argv[3], 0, FRAME_LIMIT - frames, &relocation->to) )
        return false;
    distance = relocation->from < relocation->to ? relocation->to - relocation->from
                                                 : relocation->from - relocation->to;
    if ( distance < frames )
    {
        say("FROM and TO are %llu frames apart, expected at least FRAMES, %llu",
            (unsigned long long)distance, (unsigned long long)frames);
        return false;
    }
    relocation->domid = (uint32_t)domid;
    relocation->frames = (uint32_t)frames;
    return true;
}

static bool load_library(struct library *library)
{
    void *loaded = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);

    if ( loaded == NULL )
    {
        say("Xen's library cannot be loaded: %s; install it, on Debian with the package "
            "libxendevicemodel1, or run ldconfig",
            dlerror());
        return false;
    }
    library->open = (void *(*)(void *, unsigned))dlsym(loaded, "xendevicemodel_open");
    library->relocate_memory = (int (*)(void *, uint16_t, uint32_t, uint64_t, uint64_t))dlsym(
        loaded, "xendevicemodel_relocate_memory");
    library->close = (int (*)(void *))dlsym(loaded, "xendevicemodel_close");
    if ( library->open == NULL || library->relocate_memory == NULL || library->close == NULL )
    {
        say("%s is not Xen's of 4.11 or later: it lacks a function", LIBRARY);
        return false;
    }
    return true;
}

static const char *meaning_at_open(int error)
{
    switch ( error )
    {
    case ENOENT:
    case ENODEV:
    case ENXIO:
        return "is this Xen's control domain, and the kernel's module xen-privcmd loaded?";
    case EACCES:
    case EPERM:
        return "this must be run as root";
    default:
        return "is this Xen's control domain?";
    }
}

static const char *meaning_at_relocation(int error)
{
    switch ( error )
    {
    case ESRCH:
        return "there is no such domain";
    case EACCES:
    case EPERM:
        return "Xen does not let this domain, or this process, control that one: run it as root in "
               "the control domain, and look at Xen's security policy, if it has one";
    case EINVAL:
        return "the domain has no memory at one of these frames, or is none with a device model";
    case ENOMEM:
        return "Xen has no memory left for the domain's page tables, or the frames are shared";
    case ENOSYS:
    case EOPNOTSUPP:
        return "this Xen cannot do it; it takes 4.11 or later";
    default:
        return "xl dmesg may say more";
    }
}

static bool relocate(const struct library *library, const struct dragoman_relocation *relocation)
{
    void *handle = library->open(NULL, 0);
    int error;

    if ( handle == NULL )
    {
        error = errno;
        say("Xen cannot be asked: %s: %s", strerror(error), meaning_at_open(error));
        return false;
    }
    if ( library->relocate_memory(handle, (uint16_t)relocation->domid, relocation->frames,
                                  relocation->from, relocation->to) != 0 )
    {
        error = errno;
        library->close(handle);
        say("%u frames of domain %u cannot be moved from 0x%llx to 0x%llx: %s: %s. Some may "
            "have been: the domain must not run",
            relocation->frames, relocation->domid, (unsigned long long)relocation->from,
            (unsigned long long)relocation->to, strerror(error), meaning_at_relocation(error));
        return false;
    }
    library->close(handle);
    return true;
}

int main(int argc, char **argv)
{
    struct dragoman_relocation relocation = {0};
    struct library library = {0};

    if ( argc != 5 )
    {
        fputs("usage: dragoman-relocate DOMID FROM TO FRAMES\n", stderr);
        return EXIT_USAGE;
    }
    if ( !parse_arguments(argv, &relocation) )
        return EXIT_USAGE;
    return load_library(&library) && relocate(&library, &relocation) ? 0 : EXIT_FAILED;
}
