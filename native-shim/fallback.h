/* Asking without a resident helper: a program is started for one question. */
#ifndef DRAGOMAN_FALLBACK_H
#define DRAGOMAN_FALLBACK_H

#include "ask.h"

/* Nothing of the program, and of what it started in its session, is left when this returns. */
bool ask_fallback(const struct dragoman_settings *settings, const struct question *question,
                  int64_t until, struct answer *answer, struct reason *why);

#endif
