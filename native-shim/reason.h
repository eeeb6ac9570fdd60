/* Why something could not be done: a clause of a sentence. */
#ifndef DRAGOMAN_REASON_H
#define DRAGOMAN_REASON_H

struct reason
{
    char text[512];
};

/* Always false, for `return because(why, ...)`. */
_Bool because(struct reason *why, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
