/*
 * What the shim says: on stderr, which libxl makes the device model's log, and to syslog.
 *
 * Names and texts come from others. Whatever in them is not printable UTF-8 becomes a '?'.
 */
#ifndef DRAGOMAN_REPORT_H
#define DRAGOMAN_REPORT_H

#include "arguments.h"

#include <stdint.h>

/* syslog's numbers. */
enum severity
{
    SEVERITY_ERROR = 3,
    SEVERITY_WARNING = 4,
    SEVERITY_INFO = 6,
};

/* Whom the lines are about. */
void report_about(const struct domain *domain);

/* How long a log that is not read may hold what is said after this. */
void report_until(int64_t point);

/*
 * The first line, behind "dragoman: domain 7 'web1': ", goes to both. Further ones are details, and
 * go to stderr, indented.
 */
void report(enum severity severity, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Room for as many octets as the text has is always enough. Returns how many there are. */
size_t clean_text(char *cleaned, const char *text, size_t size);

#endif
