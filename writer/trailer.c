/* Writing, reading and checking the trailer that trailer.h describes. */
#include "trailer.h"

#include "common/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <libdeflate.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <wsiproc/version.h>

enum { FOOTER_BYTES = 38, FOOTER_TEXT = 64, PARTS_MAX = 4096, TRAILER_BYTES_MAX = 64 << 20 };
#define FOOTER_FORMAT "wsiproc-trailer 1 %010zu %08" PRIx32 "\n"

char *wsi_json_text(const json_t *json, size_t extra_flags)
{
    const size_t flags = JSON_COMPACT | JSON_ENSURE_ASCII | JSON_ENCODE_ANY | extra_flags;
    const size_t size = json_dumpb(json, NULL, 0, flags);
    char *text = size ? wsi_calloc(size + 1, 1) : NULL;
    if (text && json_dumpb(json, text, size, flags) != size) {
        wsi_free(text);
        text = NULL;
    }
    return text;
}

/* Blocks a part, so that there are at most PARTS_MAX of them. */
static uint64_t blocks_per_part(uint64_t bytes)
{
    const uint64_t blocks = (bytes + WSI_BLOCK_BYTES - 1) / WSI_BLOCK_BYTES;
    uint64_t n = 1;
    while ((blocks + n - 1) / n > PARTS_MAX) n *= 2;
    return n;
}

static uint32_t fold(uint32_t crc, uint32_t block_crc)
{
    const unsigned char bytes[4] = {(unsigned char)block_crc, (unsigned char)(block_crc >> 8),
                                    (unsigned char)(block_crc >> 16), (unsigned char)(block_crc >> 24)};
    return libdeflate_crc32(crc, bytes, sizeof bytes);
}

/* ---- Writing ---- */

static char *part_digits(const uint32_t *crcs, size_t blocks, uint64_t per_part)
{
    const size_t parts = (size_t)((blocks + per_part - 1) / per_part);
    char *digits = wsi_calloc(parts * 8 + 1, 1);
    if (!digits) return NULL;
    for (size_t part = 0; part < parts; part++) {
        uint32_t crc = 0;
        for (uint64_t i = part * per_part; i < (part + 1) * per_part && i < blocks; i++)
            crc = per_part == 1 ? crcs[i] : fold(crc, crcs[i]);
        snprintf(digits + part * 8, 9, "%08" PRIx32, crc);
    }
    return digits;
}

wsi_status wsi_trailer_make(wsi_outfile *file, const char *format, const char *fingerprint_json, json_t **out,
                            wsi_error *err)
{
    const uint64_t bytes = wsi_outfile_size(file);
    const uint64_t per_part = blocks_per_part(bytes);
    uint32_t *crcs = NULL;
    size_t blocks = 0;
    WSI_FORWARD(wsi_outfile_checksums(file, &crcs, &blocks, err));
    char *digits = part_digits(crcs, blocks, per_part);
    wsi_free(crcs);
    *out = digits ? json_pack("{s:s,s:s,s:I,s:I,s:s,s:s}", "wsiproc", WSI_VERSION_STRING, "format", format, "bytes",
                              (json_int_t)bytes, "part_bytes", (json_int_t)(per_part * WSI_BLOCK_BYTES), "crc32",
                              digits, "fingerprint", fingerprint_json ? fingerprint_json : "{}")
                  : NULL;
    wsi_free(digits);
    WSI_RETURN_IF(!*out, WSI_ERR_NO_MEMORY, "out of memory");
    return WSI_OK;
}

wsi_status wsi_trailer_write(wsi_outfile *file, const char *format, const char *fingerprint_json, wsi_error *err)
{
    const uint64_t bytes = wsi_outfile_size(file);
    json_t *json = NULL;
    WSI_FORWARD(wsi_trailer_make(file, format, fingerprint_json, &json, err));
    char *line = wsi_json_text(json, 0);
    json_decref(json);
    WSI_RETURN_IF(!line, WSI_ERR_NO_MEMORY, "out of memory");
    const size_t length = strlen(line);
    char footer[FOOTER_TEXT];
    line[length] = '\n';
    snprintf(footer, sizeof footer, FOOTER_FORMAT, length + 1, libdeflate_crc32(0, line, length + 1));
    wsi_status status = wsi_outfile_write(file, bytes, line, length + 1, err);
    if (status == WSI_OK) status = wsi_outfile_write(file, bytes + length + 1, footer, FOOTER_BYTES, err);
    wsi_free(line);
    return status;
}

/* ---- Reading ---- */

static wsi_status read_exactly(int fd, uint64_t offset, void *bytes, size_t size, wsi_error *err)
{
    unsigned char *to = bytes;
    while (size > 0) {
        const ssize_t n = pread(fd, to, size, (off_t)offset);
        if (n < 0 && errno == EINTR) continue;
        WSI_RETURN_IF(n < 0, WSI_ERR_OUTPUT, "cannot read: %s", strerror(errno));
        WSI_RETURN_IF(n == 0, WSI_ERR_VERIFY, "ends early");
        to += n;
        offset += (uint64_t)n;
        size -= (size_t)n;
    }
    return WSI_OK;
}

/* Length of the trailer's first line, or an error when the footer is not one. */
static wsi_status read_footer(int fd, uint64_t file_size, size_t *length, uint32_t *crc, wsi_error *err)
{
    static const char none[] = "has no end mark of wsiproc: incomplete, cut short or not made by wsiproc";
    char footer[FOOTER_TEXT] = {0}, again[FOOTER_TEXT];
    WSI_RETURN_IF(file_size < FOOTER_BYTES, WSI_ERR_VERIFY, "%s", none);
    WSI_FORWARD(read_exactly(fd, file_size - FOOTER_BYTES, footer, FOOTER_BYTES, err));
    const int fields = sscanf(footer, "wsiproc-trailer 1 %10zu %8" SCNx32, length, crc);
    WSI_RETURN_IF(fields != 2, WSI_ERR_VERIFY, "%s", none);
    snprintf(again, sizeof again, FOOTER_FORMAT, *length, *crc);
    WSI_RETURN_IF(memcmp(footer, again, FOOTER_BYTES) != 0 || *length > TRAILER_BYTES_MAX ||
                      *length > file_size - FOOTER_BYTES,
                  WSI_ERR_VERIFY, "the end mark is damaged");
    return WSI_OK;
}

wsi_status wsi_trailer_parse(const char *line, size_t length, uint64_t before, wsi_trailer *out, wsi_error *err)
{
    json_error_t problem;
    out->text = json_loadb(line, length, 0, &problem);
    WSI_RETURN_IF(!out->text, WSI_ERR_VERIFY, "the trailer is not JSON: %s", problem.text);
    json_int_t bytes = -1, part = -1;
    const char *format = NULL, *digits = NULL;
    const int bad = json_unpack(out->text, "{s:s,s:I,s:I,s:s}", "format", &format, "bytes", &bytes, "part_bytes", &part,
                                "crc32", &digits);
    WSI_RETURN_IF(bad || bytes < 0 || (uint64_t)bytes != before, WSI_ERR_VERIFY,
                  "the trailer does not fit the file's length");
    const uint64_t per_part = blocks_per_part(before) * WSI_BLOCK_BYTES;
    WSI_RETURN_IF(part < 0 || (uint64_t)part != per_part || strlen(digits) != (before + per_part - 1) / per_part * 8,
                  WSI_ERR_VERIFY, "the trailer's list of checksums does not fit the file's length");
    out->bytes = before;
    return WSI_OK;
}

wsi_status wsi_trailer_read(int fd, wsi_trailer *out, wsi_error *err)
{
    struct stat st;
    *out = (wsi_trailer){0};
    WSI_RETURN_IF(fstat(fd, &st) != 0 || st.st_size < 0, WSI_ERR_OUTPUT, "cannot read: %s", strerror(errno));
    size_t length = 0;
    uint32_t crc = 0;
    WSI_FORWARD(read_footer(fd, (uint64_t)st.st_size, &length, &crc, err));
    const uint64_t before = (uint64_t)st.st_size - FOOTER_BYTES - length;
    char *line = wsi_calloc(length + 1, 1);
    WSI_RETURN_IF(!line, WSI_ERR_NO_MEMORY, "out of memory");
    wsi_status status = read_exactly(fd, before, line, length, err);
    if (status == WSI_OK && libdeflate_crc32(0, line, length) != crc)
        status = wsi_error_set(err, WSI_ERR_VERIFY, "the trailer was changed after it was written");
    if (status == WSI_OK) status = wsi_trailer_parse(line, length, before, out, err);
    wsi_free(line);
    if (status != WSI_OK) wsi_trailer_clear(out);
    return status;
}

void wsi_trailer_clear(wsi_trailer *trailer)
{
    json_decref(trailer->text);
    *trailer = (wsi_trailer){0};
}

const char *wsi_trailer_format(const wsi_trailer *trailer)
{
    return json_string_value(json_object_get(trailer->text, "format"));
}

/* ---- Checking ---- */

static wsi_status part_crc(int fd, uint64_t start, uint64_t end, int fold_blocks, unsigned char *buffer, uint32_t *crc,
                           wsi_error *err)
{
    *crc = 0;
    for (uint64_t at = start; at < end; at += WSI_BLOCK_BYTES) {
        const size_t n = end - at < WSI_BLOCK_BYTES ? (size_t)(end - at) : WSI_BLOCK_BYTES;
        WSI_FORWARD(read_exactly(fd, at, buffer, n, err));
        const uint32_t block_crc = libdeflate_crc32(0, buffer, n);
        *crc = fold_blocks ? fold(*crc, block_crc) : block_crc;
    }
    return WSI_OK;
}

static wsi_status check_parts(int fd, const wsi_trailer *trailer, unsigned char *buffer, wsi_error *err)
{
    const uint64_t step = blocks_per_part(trailer->bytes) * WSI_BLOCK_BYTES;
    const char *digits = json_string_value(json_object_get(trailer->text, "crc32"));
    for (uint64_t start = 0; start < trailer->bytes; start += step, digits += 8) {
        const uint64_t end = trailer->bytes - start < step ? trailer->bytes : start + step;
        uint32_t crc = 0;
        char found[9];
        WSI_FORWARD(part_crc(fd, start, end, step > WSI_BLOCK_BYTES, buffer, &crc, err));
        snprintf(found, sizeof found, "%08" PRIx32, crc);
        WSI_RETURN_IF(memcmp(found, digits, 8) != 0, WSI_ERR_VERIFY,
                      "was changed after it was written, between bytes %" PRIu64 " and %" PRIu64
                      " (CRC-32 %s, was %.8s)",
                      start, end - 1, found, digits);
    }
    return WSI_OK;
}

wsi_status wsi_trailer_check(int fd, const wsi_trailer *trailer, wsi_error *err)
{
    unsigned char *buffer = wsi_calloc(1, WSI_BLOCK_BYTES);
    WSI_RETURN_IF(!buffer, WSI_ERR_NO_MEMORY, "out of memory");
    const wsi_status status = check_parts(fd, trailer, buffer, err);
    wsi_free(buffer);
    return status;
}
