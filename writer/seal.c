/* Writing and reading of what seal.h describes.
 *
 * The old seal goes before the new output comes, and the new seal comes last: whenever a run dies in between, there is
 * an output without a seal, which the next run makes again. */
#include "seal.h"

#include "common/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libdeflate.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { END_BYTES = 20, END_TEXT = 32, SEAL_BYTES_MAX = 64 << 20 };
#define END_FORMAT ",\"seal\":\"%08" PRIx32 "\"}\n"

static char *seal_path(const char *path)
{
    return wsi_asprintf("%s.json", path);
}

/* ---- Writing ---- */

/* The object's text with its own checksum at the end. */
static char *sealed_text(const json_t *json)
{
    char *text = wsi_json_text(json, 0);
    char end[END_TEXT];
    if (!text) return NULL;
    const size_t length = strlen(text) - 1; /* without the closing brace */
    snprintf(end, sizeof end, END_FORMAT, libdeflate_crc32(0, text, length));
    text[length] = '\0';
    char *whole = wsi_asprintf("%s%s", text, end);
    wsi_free(text);
    return whole;
}

static wsi_status write_seal(const char *name, const char *text, wsi_outfile **out, wsi_error *err)
{
    WSI_RETURN_IF(!text, WSI_ERR_NO_MEMORY, "out of memory");
    WSI_FORWARD(wsi_outfile_create(name, out, err));
    return wsi_outfile_write(*out, 0, text, strlen(text), err);
}

static wsi_status commit_both(const char *path, const char *name, wsi_outfile **file, wsi_outfile **seal,
                              wsi_error *err)
{
    if (unlink(name) != 0 && errno != ENOENT) return wsi_output_errno(err, errno, "cannot remove the old seal");
    WSI_FORWARD(wsi_outfile_commit(file, err));
    const wsi_status status = wsi_outfile_commit(seal, err);
    if (status != WSI_OK) unlink(path);
    return status;
}

wsi_status wsi_seal_commit(const char *path, wsi_outfile **file, const char *format, const char *fingerprint_json,
                           json_t *about, wsi_error *err)
{
    char *name = seal_path(path), *text = NULL;
    json_t *json = NULL;
    wsi_outfile *seal = NULL;
    wsi_status status = name ? WSI_OK : wsi_error_set(err, WSI_ERR_NO_MEMORY, "out of memory");
    if (status == WSI_OK) status = wsi_trailer_make(*file, format, fingerprint_json, &json, err);
    if (status == WSI_OK && json_object_update(json, about) == 0) text = sealed_text(json);
    if (status == WSI_OK) status = write_seal(name, text, &seal, err);
    if (status == WSI_OK) status = commit_both(path, name, file, &seal, err);
    wsi_outfile_discard(&seal);
    wsi_outfile_discard(file);
    json_decref(json);
    wsi_free(text);
    wsi_free(name);
    return status;
}

/* ---- Reading ---- */

int wsi_seal_exists(const char *path)
{
    char *name = seal_path(path);
    const int there = name && access(name, F_OK) == 0;
    wsi_free(name);
    return there;
}

static wsi_status read_text(const char *name, char **text, size_t *size, wsi_error *err)
{
    struct stat st;
    const int fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    WSI_RETURN_IF(fd < 0, WSI_ERR_VERIFY, "has no seal %s: %s", name, strerror(errno));
    const int fits =
        fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > END_BYTES && st.st_size < SEAL_BYTES_MAX;
    *size = fits ? (size_t)st.st_size : 0;
    *text = fits ? wsi_calloc(*size + 1, 1) : NULL;
    size_t have = 0;
    for (ssize_t n = 1; *text && have < *size && n > 0; have += n > 0 ? (size_t)n : 0)
        n = read(fd, *text + have, *size - have);
    close(fd);
    if (*text && have == *size) return WSI_OK;
    wsi_free(*text);
    *text = NULL;
    return wsi_error_set(err, WSI_ERR_VERIFY, "the seal %s cannot be read", name);
}

static wsi_status check_text(const char *text, size_t size, wsi_error *err)
{
    char end[END_TEXT];
    snprintf(end, sizeof end, END_FORMAT, libdeflate_crc32(0, text, size - END_BYTES));
    WSI_RETURN_IF(memcmp(text + size - END_BYTES, end, END_BYTES) != 0, WSI_ERR_VERIFY,
                  "the seal was changed after it was written, or is not whole");
    return WSI_OK;
}

wsi_status wsi_seal_read(int fd, const char *path, wsi_trailer *out, wsi_error *err)
{
    struct stat st;
    char *name = seal_path(path), *text = NULL;
    size_t size = 0;
    *out = (wsi_trailer){0};
    wsi_status status = name ? WSI_OK : wsi_error_set(err, WSI_ERR_NO_MEMORY, "out of memory");
    if (status == WSI_OK && fstat(fd, &st) != 0)
        status = wsi_error_set(err, WSI_ERR_OUTPUT, "cannot read: %s", strerror(errno));
    if (status == WSI_OK) status = read_text(name, &text, &size, err);
    if (status == WSI_OK) status = check_text(text, size, err);
    if (status == WSI_OK) status = wsi_trailer_parse(text, size, (uint64_t)st.st_size, out, err);
    if (status != WSI_OK) wsi_trailer_clear(out);
    wsi_free(text);
    wsi_free(name);
    return status;
}
