/* Outputs read back: which format, its own checks, the summary. Nothing in the file is trusted. */
#include "verify.h"

#include "common/mem.h"
#include "seal.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- What the formats share ---- */

wsi_status wsi_verify_description(const char *text, json_t **out, int *level_count, wsi_error *err)
{
    json_error_t problem;
    json_t *json = json_loads(text, 0, &problem);
    WSI_RETURN_IF(!json, WSI_ERR_VERIFY, "the description is not JSON: %s", problem.text);
    const json_t *levels = json_object_get(json, "levels"), *columns = json_object_get(json, "columns");
    const size_t n = json_array_size(levels);
    const char *version = json_string_value(json_object_get(json, "wsiproc"));
    const json_int_t format = json_integer_value(json_object_get(json, "format_version"));
    if (!version || !json_string_value(json_object_get(json, "result")) || (n < 1 && !columns) || n > WSI_LEVELS_MAX ||
        format != WSI_FORMAT_VERSION) {
        json_decref(json);
        return wsi_error_set(err, WSI_ERR_VERIFY, "the description is not one of wsiproc's, format version %d",
                             WSI_FORMAT_VERSION);
    }
    *out = json;
    *level_count = (int)n;
    return WSI_OK;
}

static wsi_status expect(const json_t *level, int number, const char *key, uint64_t found, wsi_error *err)
{
    const json_t *value = json_object_get(level, key);
    WSI_RETURN_IF(!json_is_integer(value) || (uint64_t)json_integer_value(value) != found, WSI_ERR_VERIFY,
                  "level %d: %s is %" PRIu64 ", the description says %" JSON_INTEGER_FORMAT, number, key, found,
                  json_integer_value(value));
    return WSI_OK;
}

wsi_status wsi_verify_level(const json_t *description, int level, int64_t w, int64_t h, int64_t tiles, uint64_t bytes,
                            const char *sha256, wsi_error *err)
{
    const json_t *facts = json_array_get(json_object_get(description, "levels"), (size_t)level);
    const char *said = json_string_value(json_object_get(facts, "sha256"));
    WSI_FORWARD(expect(facts, level, "width", (uint64_t)w, err));
    WSI_FORWARD(expect(facts, level, "height", (uint64_t)h, err));
    WSI_FORWARD(expect(facts, level, "tiles", (uint64_t)tiles, err));
    WSI_FORWARD(expect(facts, level, "bytes", bytes, err));
    WSI_RETURN_IF(!said || strcmp(said, sha256) != 0, WSI_ERR_VERIFY,
                  "level %d: the tiles' digest is %s, the description says %s", level, sha256, said ? said : "nothing");
    return WSI_OK;
}

/* ---- Dispatch ---- */

typedef enum file_kind { KIND_UNKNOWN = 0, KIND_HDF5, KIND_TIFF, KIND_MD5, KIND_TABLE } file_kind;

static file_kind kind_of(int fd)
{
    static const char hdf5[] = "\211HDF\r\n\032\n", md5[] = "# wsiproc-md5 ";
    char head[16] = {0};
    if (pread(fd, head, sizeof head, 0) < 8) return KIND_UNKNOWN;
    if (memcmp(head, hdf5, 8) == 0) return KIND_HDF5;
    if (memcmp(head, "II\x2a\0", 4) == 0 || memcmp(head, "II\x2b\0", 4) == 0) return KIND_TIFF;
    return memcmp(head, md5, sizeof md5 - 1) == 0 ? KIND_MD5 : KIND_UNKNOWN;
}

static wsi_status open_output(const char *path, int *fd, file_kind *kind, wsi_error *err)
{
    struct stat st;
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    WSI_RETURN_IF(*fd < 0, WSI_ERR_OUTPUT, "cannot open: %s", strerror(errno));
    if (fstat(*fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(*fd);
        return wsi_error_set(err, WSI_ERR_OUTPUT, "is not a regular file");
    }
    *kind = kind_of(*fd);
    if (*kind == KIND_UNKNOWN && wsi_seal_exists(path)) *kind = KIND_TABLE;
    if (*kind == KIND_UNKNOWN) {
        close(*fd);
        return wsi_error_set(err, WSI_ERR_VERIFY,
                             "is neither HDF5 nor TIFF nor an md5 text of wsiproc, nor a table with its seal");
    }
    return WSI_OK;
}

static wsi_status prefixed(wsi_status status, const char *path, wsi_error *err)
{
    if (status != WSI_OK) (void)wsi_error_prefix(err, "%s: ", path);
    return status;
}

static wsi_status trailer_fingerprint(int fd, const char *path, file_kind kind, char **json, wsi_error *err)
{
    wsi_trailer trailer;
    WSI_FORWARD(kind == KIND_TABLE ? wsi_seal_read(fd, path, &trailer, err) : wsi_trailer_read(fd, &trailer, err));
    const char *text = json_string_value(json_object_get(trailer.text, "fingerprint"));
    *json = text ? wsi_strdup(text) : NULL;
    const int none = !text;
    wsi_trailer_clear(&trailer);
    WSI_RETURN_IF(none, WSI_ERR_VERIFY, "has no fingerprint");
    WSI_RETURN_IF(!*json, WSI_ERR_NO_MEMORY, "out of memory");
    return WSI_OK;
}

wsi_status wsi_output_fingerprint(const char *path, char **json, wsi_error *err)
{
    int fd = -1;
    file_kind kind = KIND_UNKNOWN;
    wsi_status status = open_output(path, &fd, &kind, err);
    if (status == WSI_OK) {
        status = kind == KIND_MD5 ? wsi_md5_fingerprint(fd, json, err) : trailer_fingerprint(fd, path, kind, json, err);
        close(fd);
    }
    return prefixed(status, path, err);
}

/* TIFF is taken apart first, so that damage is named by level and tile, and then compared byte by byte; HDF5 the
 * other way round, because its library is not made for damaged files. */
static wsi_status verify_sealed(int fd, const char *path, file_kind kind, json_t *summary, wsi_verify_counts *counts,
                                wsi_error *err)
{
    wsi_trailer trailer;
    json_t *results = json_object_get(summary, "results");
    WSI_FORWARD(wsi_trailer_read(fd, &trailer, err));
    const char *format = wsi_trailer_format(&trailer);
    wsi_status status = WSI_OK;
    if ((kind == KIND_HDF5) != (strcmp(format, "hdf5") == 0))
        status = wsi_error_set(err, WSI_ERR_VERIFY, "the trailer is that of a %s file", format);
    json_object_set_new(summary, "format", json_string(format));
    if (status == WSI_OK && kind == KIND_TIFF) status = wsi_verify_tiff(fd, path, results, counts, err);
    if (status == WSI_OK) status = wsi_trailer_check(fd, &trailer, err);
    if (status == WSI_OK && kind == KIND_HDF5) status = wsi_verify_hdf5(fd, path, results, counts, err);
    wsi_trailer_clear(&trailer);
    return status;
}

static wsi_status verify_kind(int fd, const char *path, file_kind kind, json_t *summary, wsi_verify_counts *counts,
                              wsi_error *err)
{
    if (kind == KIND_TABLE) return wsi_verify_table(fd, path, summary, counts, err);
    if (kind == KIND_MD5) return wsi_verify_md5(fd, json_object_get(summary, "results"), counts, err);
    return verify_sealed(fd, path, kind, summary, counts, err);
}

static wsi_status verify_open(int fd, const char *path, file_kind kind, char **text, wsi_error *err)
{
    wsi_verify_counts counts = {0};
    json_t *summary = json_pack("{s:s,s:[]}", "format", "md5", "results");
    WSI_RETURN_IF(!summary, WSI_ERR_NO_MEMORY, "out of memory");
    wsi_status status = verify_kind(fd, path, kind, summary, &counts, err);
    if (counts.tables) json_object_set_new(summary, "rows", json_integer(counts.rows));
    if (counts.levels || !counts.tables) {
        json_object_set_new(summary, "levels", json_integer(counts.levels));
        json_object_set_new(summary, "tiles", json_integer(counts.tiles));
    }
    json_object_set_new(summary, "bytes", json_integer((json_int_t)counts.bytes));
    *text = status == WSI_OK ? wsi_json_text(summary, 0) : NULL;
    json_decref(summary);
    if (status == WSI_OK && !*text) status = wsi_error_set(err, WSI_ERR_NO_MEMORY, "out of memory");
    return status;
}

wsi_status wsi_output_verify(const char *path, char **summary, wsi_error *err)
{
    int fd = -1;
    file_kind kind = KIND_UNKNOWN;
    wsi_status status = open_output(path, &fd, &kind, err);
    *summary = NULL;
    if (status == WSI_OK) {
        status = verify_open(fd, path, kind, summary, err);
        close(fd);
    }
    return prefixed(status, path, err);
}
