/* Small files, read and written whole. */
#include "cli-file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/folders.h"
#include "common/mem.h"

/* ---- Reading ---- */

static wsi_status read_stream(FILE *file, const char *path, size_t max, char **text, size_t *size, wsi_error *err)
{
    size_t capacity = 1 << 14, used = 0;
    char *buf = wsi_calloc(capacity + 1, 1);
    while (buf) {
        used += fread(buf + used, 1, capacity - used, file);
        if (used < capacity || used > max) break;
        capacity *= 2;
        char *more = wsi_realloc_array(buf, capacity + 1, 1);
        if (!more) wsi_free(buf);
        buf = more;
    }
    WSI_RETURN_IF(!buf, WSI_ERR_NO_MEMORY, "%s: out of memory", path);
    buf[used] = '\0';
    *text = buf;
    *size = used;
    WSI_RETURN_IF(ferror(file), WSI_ERR_INPUT_OPEN, "%s: %s", path, strerror(errno));
    WSI_RETURN_IF(used > max, WSI_ERR_INPUT_FORMAT, "%s: larger than %zu bytes", path, max);
    WSI_RETURN_IF(strlen(buf) != used, WSI_ERR_INPUT_FORMAT, "%s: not a text file", path);
    return WSI_OK;
}

/* Closes the stream. */
static wsi_status read_and_close(FILE *file, const char *path, size_t max, char **text, size_t *size, wsi_error *err)
{
    WSI_RETURN_IF(!file, WSI_ERR_INPUT_OPEN, "%s: %s", path, strerror(errno));
    const wsi_status status = read_stream(file, path, max, text, size, err);
    fclose(file);
    if (status != WSI_OK) {
        wsi_free(*text);
        *text = NULL;
    }
    return status;
}

wsi_status wsi_file_read_text(const char *path, size_t max, char **text, size_t *size, wsi_error *err)
{
    *text = NULL;
    return read_and_close(fopen(path, "re"), path, max, text, size, err);
}

wsi_status wsi_file_read_foreign(const char *path, size_t max, char **text, size_t *size, wsi_error *err)
{
    struct stat st;
    *text = NULL;
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    WSI_RETURN_IF(fd < 0, errno == ELOOP ? WSI_ERR_INPUT_FORMAT : WSI_ERR_INPUT_OPEN, "%s: %s", path, strerror(errno));
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return wsi_error_set(err, WSI_ERR_INPUT_FORMAT, "%s: not a regular file", path);
    }
    FILE *file = fdopen(fd, "r");
    if (!file) close(fd);
    return read_and_close(file, path, max, text, size, err);
}

int wsi_file_has_size(const char *path, size_t size)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && (uint64_t)st.st_size == size;
}

int wsi_file_is_text(const char *path)
{
    struct stat st;
    unsigned char head[4096];
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode)) return 0;
    FILE *file = fopen(path, "re");
    if (!file) return 0;
    const size_t size = fread(head, 1, sizeof head, file);
    fclose(file);
    for (size_t i = 0; i < size; i++) {
        if (head[i] < 0x20 && head[i] != '\t' && head[i] != '\n' && head[i] != '\r') return 0;
    }
    return size > 0;
}

/* ---- Writing ---- */

wsi_status wsi_file_output_status(int error)
{
    return error == ENOSPC || error == EDQUOT || error == EFBIG ? WSI_ERR_OUTPUT_FULL : WSI_ERR_OUTPUT;
}

static wsi_status output_error(const char *path, int error, wsi_error *err)
{
    return wsi_error_set(err, wsi_file_output_status(error), "%s: %s", path, strerror(error));
}

/* 0 or errno. */
static int write_all(const char *path, const char *text, size_t size, int durable)
{
    const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0) return errno;
    int error = 0;
    while (size && !error) {
        const ssize_t n = write(fd, text, size);
        if (n < 0 && errno != EINTR) error = errno;
        if (n > 0) {
            text += n;
            size -= (size_t)n;
        }
    }
    if (!error && durable && fsync(fd) != 0) error = errno;
    if (close(fd) != 0 && !error) error = errno;
    return error;
}

static int is_special(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && !S_ISREG(st.st_mode);
}

/* Written beside it and renamed. The digits keep runs that share a folder, on this machine and others, from writing
 * into one temporary file. */
static wsi_status replace(const char *path, const char *text, size_t size, int durable, wsi_error *err)
{
    uint32_t digits = 0;
    (void)!getrandom(&digits, sizeof digits, GRND_NONBLOCK);
    char *part = wsi_asprintf("%s.%ld-%08" PRIx32 ".part", path, (long)getpid(), digits);
    WSI_RETURN_IF(!part, WSI_ERR_NO_MEMORY, "%s: out of memory", path);
    int error = write_all(part, text, size, durable);
    if (!error && rename(part, path) != 0) error = errno;
    if (error) unlink(part);
    wsi_free(part);
    return error ? output_error(path, error, err) : WSI_OK;
}

wsi_status wsi_file_write(const char *path, const char *text, size_t size, wsi_error *err)
{
    if (!is_special(path)) return replace(path, text, size, 1, err);
    const int error = write_all(path, text, size, 0);
    return error ? output_error(path, error, err) : WSI_OK;
}

wsi_status wsi_file_replace(const char *path, const char *text, size_t size, wsi_error *err)
{
    return replace(path, text, size, 0, err);
}

wsi_status wsi_file_check_writable(const char *path, wsi_error *err)
{
    struct stat st;
    if (stat(path, &st) == 0) {
        WSI_RETURN_IF(S_ISDIR(st.st_mode), WSI_ERR_OUTPUT, "%s: is a directory", path);
        if (access(path, W_OK) != 0) return output_error(path, errno, err);
        if (!S_ISREG(st.st_mode)) return WSI_OK;
    }
    const size_t name = wsi_file_name_offset(path);
    char *folder = name ? wsi_strndup(path, name) : wsi_strdup(".");
    WSI_RETURN_IF(!folder, WSI_ERR_NO_MEMORY, "%s: out of memory", path);
    const int usable = access(folder, W_OK | X_OK) == 0;
    const int error = errno;
    wsi_free(folder);
    return usable ? WSI_OK : output_error(path, error, err);
}

wsi_status wsi_file_make_folder(const char *path, wsi_error *err)
{
    struct stat st;
    char *inside = wsi_asprintf("%s/", path);
    WSI_RETURN_IF(!inside, WSI_ERR_NO_MEMORY, "%s: out of memory", path);
    const int error = stat(path, &st) == 0 ? 0 : wsi_make_parents(inside, NULL);
    wsi_free(inside);
    if (error) return output_error(path, error, err);
    if (stat(path, &st) != 0) return output_error(path, errno, err);
    if (!S_ISDIR(st.st_mode)) return output_error(path, ENOTDIR, err);
    return access(path, W_OK | X_OK) == 0 ? WSI_OK : output_error(path, errno, err);
}

int wsi_file_is_below(const char *path)
{
    for (const char *at = path;; at++) {
        const size_t length = strcspn(at, "/");
        const int dots = (length == 1 && at[0] == '.') || (length == 2 && at[0] == '.' && at[1] == '.');
        if (length == 0 || dots) return 0;
        at += length;
        if (!*at) return 1;
    }
}

char *wsi_file_working_folder(void)
{
    char *own = getcwd(NULL, 0), *path = own ? wsi_strdup(own) : NULL;
    free(own); /* the library's */
    return path;
}

size_t wsi_file_name_offset(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}
