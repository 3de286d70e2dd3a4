/* md5 texts: the digest in the last line, the shape of every line (writer-md5.c). */
#include "verify.h"

#include "common/mem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_MAX = 1 << 30 };

static wsi_status read_text(int fd, char **out, wsi_error *err)
{
    struct stat st;
    WSI_RETURN_IF(fstat(fd, &st) != 0 || st.st_size > TEXT_MAX, WSI_ERR_VERIFY, "is too long");
    char *text = wsi_calloc((size_t)st.st_size + 1, 1);
    WSI_RETURN_IF(!text, WSI_ERR_NO_MEMORY, "out of memory");
    size_t at = 0;
    for (ssize_t n = 1; n > 0 && at<(size_t)st.st_size; at += n> 0 ? (size_t)n : 0)
        n = pread(fd, text + at, (size_t)st.st_size - at, (off_t)at);
    if (at != (size_t)st.st_size || strlen(text) != at) {
        wsi_free(text);
        return wsi_error_set(err, WSI_ERR_VERIFY, "is not text");
    }
    *out = text;
    return WSI_OK;
}

static wsi_status check_end(const char *text, wsi_error *err)
{
    const size_t size = strlen(text), last = strlen("# end ") + 64 + 1;
    char sum[WSI_DIGEST_HEX_MAX];
    wsi_digest *digest = NULL;
    WSI_RETURN_IF(size < last || strncmp(text + size - last, "# end ", 6) != 0 || text[size - 1] != '\n',
                  WSI_ERR_VERIFY, "has no end mark: incomplete or cut short");
    WSI_FORWARD(wsi_digest_create(WSI_DIGEST_SHA256, &digest, err));
    wsi_status status = wsi_digest_update(digest, text, size - last, err);
    if (status == WSI_OK) status = wsi_digest_hex(digest, sum, err);
    wsi_digest_destroy(&digest);
    WSI_FORWARD(status);
    WSI_RETURN_IF(strncmp(text + size - 65, sum, 64) != 0, WSI_ERR_VERIFY, "was changed after it was written");
    return WSI_OK;
}

static wsi_status count_line(const char *line, json_t *results, wsi_verify_counts *counts, wsi_error *err)
{
    char name[256], tx[32], rest[80];
    int level = 0;
    if (line[0] == '#') return WSI_OK;
    WSI_RETURN_IF(sscanf(line, "%255s %d %31s %79s", name, &level, tx, rest) != 4, WSI_ERR_VERIFY, "bad line: %.60s",
                  line);
    if (strcmp(tx, "total") != 0) {
        counts->tiles++;
        return WSI_OK;
    }
    counts->levels++;
    if (level == 0) json_array_append_new(results, json_string(name));
    return WSI_OK;
}

static wsi_status check_lines(char *text, json_t *results, wsi_verify_counts *counts, wsi_error *err)
{
    char *rest = NULL;
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        WSI_FORWARD(count_line(line, results, counts, err));
    return WSI_OK;
}

wsi_status wsi_verify_md5(int fd, json_t *results, wsi_verify_counts *counts, wsi_error *err)
{
    char *text = NULL;
    WSI_FORWARD(read_text(fd, &text, err));
    counts->bytes = strlen(text);
    wsi_status status = check_end(text, err);
    if (status == WSI_OK) status = check_lines(text, results, counts, err);
    wsi_free(text);
    return status;
}

wsi_status wsi_md5_fingerprint(int fd, char **json, wsi_error *err)
{
    static const char key[] = "\n# fingerprint ";
    char *text = NULL;
    WSI_FORWARD(read_text(fd, &text, err));
    wsi_status status = check_end(text, err);
    const char *from = status == WSI_OK ? strstr(text, key) : NULL;
    const char *end = from ? strchr(from + 1, '\n') : NULL;
    if (status == WSI_OK && !end) status = wsi_error_set(err, WSI_ERR_VERIFY, "has no fingerprint");
    if (status == WSI_OK) {
        from += sizeof key - 1;
        *json = wsi_strndup(from, (size_t)(end - from));
        if (!*json) status = wsi_error_set(err, WSI_ERR_NO_MEMORY, "out of memory");
    }
    wsi_free(text);
    return status;
}
