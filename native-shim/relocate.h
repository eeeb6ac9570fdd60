/* Moving frames of the guest's memory, which a program beside the shim does. */
#ifndef DRAGOMAN_RELOCATE_H
#define DRAGOMAN_RELOCATE_H

#include "protocol.h"
#include "reason.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * False: it is not known how much was moved, if the program was started at all. Nothing of it is
 * left when this returns.
 */
bool relocate(const struct dragoman_settings *settings,
              const struct dragoman_relocation *relocation, int64_t until, struct reason *why);

#endif
