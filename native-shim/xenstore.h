#ifndef DRAGOMAN_XENSTORE_H
#define DRAGOMAN_XENSTORE_H

#include <stdbool.h>
#include <stdint.h>

#define UUID_SIZE 36

/* Asks xenstored for the domain's uuid. False, and an empty text: it could not be found out. */
bool read_uuid(int domid, int64_t until, char uuid[UUID_SIZE + 1]);

#endif
