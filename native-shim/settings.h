#ifndef DRAGOMAN_SETTINGS_H
#define DRAGOMAN_SETTINGS_H

#include "protocol.h"
#include "reason.h"

#include <stdbool.h>

/* Reads and checks all of it. False: not there, not to be trusted, or not well-formed. */
bool read_settings(const char *path, struct dragoman_settings *settings, struct reason *why);

/* The part of it that knows no file. */
bool check_settings(const struct dragoman_settings *settings, struct reason *why);

#endif
