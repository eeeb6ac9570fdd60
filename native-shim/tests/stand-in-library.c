/* Stands in for libxendevicemodel. What it does, the environment says; what it is told, its log. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

void *xendevicemodel_open(void *logger, unsigned flags);
int xendevicemodel_close(void *handle);
int xendevicemodel_relocate_memory(void *handle, uint16_t domid, uint32_t size, uint64_t from,
                                   uint64_t to);

static int opened;

static int error_of(const char *name)
{
    const char *text = getenv(name);

    return text == NULL ? 0 : atoi(text);
}

void *xendevicemodel_open(void *logger, unsigned flags)
{
    printf("open %d %u\n", logger != NULL, flags);
    errno = error_of("OPEN_ERROR");
    return errno != 0 ? NULL : &opened;
}

int xendevicemodel_close(void *handle)
{
    printf("close %d\n", handle == &opened);
    errno = 0;
    return 0;
}

int xendevicemodel_relocate_memory(void *handle, uint16_t domid, uint32_t size, uint64_t from,
                                   uint64_t to)
{
    printf("relocate %d %u %u 0x%llx 0x%llx\n", handle == &opened, domid, size,
           (unsigned long long)from, (unsigned long long)to);
    errno = error_of("RELOCATE_ERROR");
    return errno != 0 ? -1 : 0;
}
