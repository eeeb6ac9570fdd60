#include "settings.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_text(const char *text, size_t room)
{
    return memchr(text, '\0', room) != NULL;
}

/* An absolute path, or none. */
static bool is_program(const char *text, size_t room)
{
    return is_text(text, room) && (*text == '/' || *text == '\0');
}

bool check_settings(const struct dragoman_settings *settings, struct reason *why)
{
    if ( memcmp(settings->magic, DRAGOMAN_SETTINGS_MAGIC, sizeof(settings->magic)) != 0 )
        return because(why, "it does not begin with %s", DRAGOMAN_SETTINGS_MAGIC);
    if ( settings->version != DRAGOMAN_SETTINGS_VERSION )
        return because(why, "it is of version %u, expected %u", settings->version,
                       DRAGOMAN_SETTINGS_VERSION);
    if ( settings->mode > DRAGOMAN_ENFORCE )
        return because(why, "it has an unknown mode, %u", settings->mode);
    if ( settings->on_failure > DRAGOMAN_PASS_THROUGH )
        return because(why, "it has an unknown on-failure, %u", settings->on_failure);
    if ( settings->every_stream > 1 || settings->want_uuid > 1 )
        return because(why, "it has a flag that is neither 0 nor 1");
    if ( settings->deadline_ms == 0 || settings->helper_ms > settings->deadline_ms )
        return because(why, "it has a deadline of %u ms, %u of them for the helper",
                       settings->deadline_ms, settings->helper_ms);
    if ( !is_text(settings->socket, sizeof(settings->socket)) || settings->socket[0] != '/' )
        return because(why, "its socket is not an absolute path");
    if ( !is_program(settings->fallback, sizeof(settings->fallback)) )
        return because(why, "its fallback is not an absolute path");
    if ( !is_program(settings->relocate, sizeof(settings->relocate)) )
        return because(why, "its program that moves memory is not an absolute path");
    return true;
}

static bool check_owner(int fd, struct reason *why)
{
    struct stat status;

    if ( fstat(fd, &status) != 0 )
        return because(why, "%s", strerror(errno));
    if ( !S_ISREG(status.st_mode) )
        return because(why, "it is not a regular file");
    if ( status.st_uid != 0 && status.st_uid != geteuid() )
        return because(why, "it belongs to uid %u, expected root", status.st_uid);
    if ( (status.st_mode & (S_IWGRP | S_IWOTH)) != 0 )
        return because(why, "others than its owner may write it (mode %04o)",
                       status.st_mode & 07777u);
    return true;
}

bool read_settings(const char *path, struct dragoman_settings *settings, struct reason *why)
{
    char bytes[sizeof(*settings) + 1];
    ssize_t size;
    /* Non-blocking, for the case that it is a FIFO. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if ( fd < 0 )
        return because(why, "%s", strerror(errno));
    if ( !check_owner(fd, why) )
    {
        close(fd);
        return false;
    }
    size = read(fd, bytes, sizeof(bytes));
    close(fd);
    if ( size < 0 )
        return because(why, "%s", strerror(errno));
    if ( (size_t)size != sizeof(*settings) )
        return because(why, "it has %s octets than %zu",
                       (size_t)size < sizeof(*settings) ? "fewer" : "more", sizeof(*settings));
    memcpy(settings, bytes, sizeof(*settings));
    return check_settings(settings, why);
}
