/* Scratch files: unlinked as soon as they are open, so the system removes them with the process. */
#include "scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mem.h"

enum { ALIGN = 16 };

struct wsi_scratch {
    int fd;
    char *folder;
    _Atomic uint64_t size;
};

static wsi_status failed(const wsi_scratch *s, const char *what, wsi_error *err)
{
    const int full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
    return wsi_error_set(err, full ? WSI_ERR_OUTPUT_FULL : WSI_ERR_OUTPUT, "%s: scratch file: %s: %s", s->folder, what,
                         strerror(errno));
}

/* A file without a name: by O_TMPFILE where the file system has it. */
static int open_nameless(const char *folder)
{
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0) return fd;
    char *name = wsi_asprintf("%s/.wsiproc-XXXXXX", folder);
    if (!name) return -1;
    fd = mkostemp(name, O_CLOEXEC);
    if (fd >= 0) unlink(name);
    wsi_free(name);
    return fd;
}

wsi_status wsi_scratch_open(const char *folder, wsi_scratch **out, wsi_error *err)
{
    wsi_scratch *s = wsi_calloc(1, sizeof *s);
    WSI_RETURN_IF(!s, WSI_ERR_NO_MEMORY, "no memory for a scratch file");
    s->fd = -1;
    s->folder = wsi_strdup(folder ? folder : "no folder");
    wsi_status status = s->folder ? WSI_OK : wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for a scratch file");
    if (status == WSI_OK && folder) {
        s->fd = open_nameless(folder);
        if (s->fd < 0) status = failed(s, "open", err);
    }
    if (status != WSI_OK) wsi_scratch_close(&s);
    *out = s;
    return status;
}

wsi_status wsi_scratch_write(wsi_scratch *s, uint64_t at, const void *bytes, size_t size, wsi_error *err)
{
    for (const char *p = bytes; size > 0;) {
        const ssize_t n = pwrite(s->fd, p, size, (off_t)at);
        if (n < 0 && errno == EINTR) continue;
        if (n == 0) errno = EIO;
        if (n <= 0) return failed(s, "write", err);
        p += n;
        at += (uint64_t)n;
        size -= (size_t)n;
    }
    return WSI_OK;
}

wsi_status wsi_scratch_append(wsi_scratch *s, const void *bytes, size_t size, uint64_t *at, wsi_error *err)
{
    *at = s->size;
    WSI_FORWARD(wsi_scratch_write(s, *at, bytes, size, err));
    s->size = (*at + size + ALIGN - 1) / ALIGN * ALIGN;
    return WSI_OK;
}

wsi_status wsi_scratch_read(const wsi_scratch *s, uint64_t at, void *bytes, size_t size, wsi_error *err)
{
    for (char *p = bytes; size > 0;) {
        const ssize_t n = pread(s->fd, p, size, (off_t)at);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return failed(s, "read", err);
        WSI_RETURN_IF(n == 0, WSI_ERR_OUTPUT, "%s: scratch file: read beyond its end", s->folder);
        p += n;
        at += (uint64_t)n;
        size -= (size_t)n;
    }
    return WSI_OK;
}

uint64_t wsi_scratch_size(const wsi_scratch *s)
{
    return s->size;
}

void wsi_scratch_close(wsi_scratch **scratch)
{
    wsi_scratch *s = *scratch;
    if (!s) return;
    if (s->fd >= 0) close(s->fd);
    wsi_free(s->folder);
    wsi_free(s);
    *scratch = NULL;
}
