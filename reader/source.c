/* The file under a slide: one descriptor, positioned reads, so that any number of threads may use it. */
#include "reader-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

size_t wsi_source_peek(const wsi_source *src, uint64_t offset, size_t size, void *buf)
{
    size_t done = 0;
    if (src->fd < 0 || offset > (uint64_t)INT64_MAX - size) return 0;
    while (done < size) {
        const ssize_t n = pread(src->fd, (char *)buf + done, size - done, (off_t)(offset + done));
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) break;
        done += (size_t)n;
    }
    return done;
}

wsi_status wsi_source_read(const wsi_source *src, uint64_t offset, size_t size, void *buf, wsi_error *err)
{
    WSI_RETURN_IF(offset > src->size || size > src->size - offset, WSI_ERR_INPUT_CORRUPT,
                  "%zu bytes at %llu lie beyond the end of the file (%llu bytes)", size, (unsigned long long)offset,
                  (unsigned long long)src->size);
    errno = 0;
    const size_t n = wsi_source_peek(src, offset, size, buf);
    if (n == size) return WSI_OK;
    if (errno != 0) return wsi_error_set(err, WSI_ERR_INPUT_OPEN, "read failed: %s", strerror(errno));
    return wsi_error_set(err, WSI_ERR_INPUT_CORRUPT, "the file was cut short while it was read");
}

wsi_status wsi_source_open(wsi_source *src, const char *path, wsi_error *err)
{
    struct stat st;
    *src = (wsi_source){.path = path, .fd = -1};
    if (strncmp(path, "synthetic:", 10) == 0) return WSI_OK;
    src->fd = open(path, O_RDONLY | O_CLOEXEC);
    WSI_RETURN_IF(src->fd < 0, WSI_ERR_INPUT_OPEN, "%s", strerror(errno));
    if (fstat(src->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        wsi_source_close(src);
        return wsi_error_set(err, WSI_ERR_INPUT_OPEN, "not a regular file");
    }
    src->size = (uint64_t)st.st_size;
    src->modified = st.st_mtim;
    src->head_size = wsi_source_peek(src, 0, sizeof src->head, src->head);
    return WSI_OK;
}

int wsi_source_changed(const wsi_source *src)
{
    struct stat st;
    if (src->fd < 0 || fstat(src->fd, &st) != 0) return 0;
    return (uint64_t)st.st_size != src->size || st.st_mtim.tv_sec != src->modified.tv_sec ||
           st.st_mtim.tv_nsec != src->modified.tv_nsec;
}

void wsi_source_close(wsi_source *src)
{
    if (src->fd >= 0) close(src->fd);
    src->fd = -1;
}
