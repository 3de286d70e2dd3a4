/* LZW without a codec of our own: libtiff writes one strip into a file in memory, from which the bytes are taken.
 *
 * The "file" is laid out over the caller's buffer: what libtiff writes before the strip (the header) and behind it
 * (nothing, as the directory is never written) is dropped, the strip itself lands at its place at once. */
#include "encode-lzw.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <tiffio.h>

typedef struct memory_file {
    unsigned char head[16]; /* the TIFF header */
    unsigned char *body;    /* what follows it */
    uint64_t capacity, at, end;
    int overflow;
} memory_file;

enum { HEAD_BYTES = 8 };

static tmsize_t write_memory(thandle_t handle, void *bytes, tmsize_t n)
{
    memory_file *m = (memory_file *)handle;
    const unsigned char *from = bytes;
    for (tmsize_t left = n; left > 0;) {
        const int head = m->at < HEAD_BYTES;
        const uint64_t room = head ? HEAD_BYTES - m->at : m->capacity - (m->at - HEAD_BYTES);
        const uint64_t step = (uint64_t)left < room ? (uint64_t)left : room;
        if (step == 0) {
            m->overflow = 1;
            return 0;
        }
        memcpy(head ? m->head + m->at : m->body + (m->at - HEAD_BYTES), from, (size_t)step);
        from += step;
        left -= (tmsize_t)step;
        m->at += step;
    }
    if (m->at > m->end) m->end = m->at;
    return n;
}

static tmsize_t read_nothing(thandle_t handle, void *bytes, tmsize_t n)
{
    (void)handle, (void)bytes, (void)n;
    return 0;
}

static toff_t seek_memory(thandle_t handle, toff_t offset, int whence)
{
    memory_file *m = (memory_file *)handle;
    const toff_t base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? m->at : m->end;
    const toff_t at = base + offset;
    if (at > HEAD_BYTES + m->capacity) return (toff_t)-1;
    m->at = at;
    return at;
}

static int close_memory(thandle_t handle)
{
    (void)handle;
    return 0;
}

static toff_t size_memory(thandle_t handle)
{
    return ((memory_file *)handle)->end;
}

WSI_PRINTF(4, 0)
static int keep_message(TIFF *tif, void *user, const char *module, const char *fmt, va_list args)
{
    (void)tif, (void)module;
    vsnprintf(user, 256, fmt, args);
    return 1;
}

static int drop_message(TIFF *tif, void *user, const char *module, const char *fmt, va_list args)
{
    (void)tif, (void)user, (void)module, (void)fmt, (void)args;
    return 1;
}

static TIFF *open_memory(memory_file *m, char message[256])
{
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    if (!options) return NULL;
    TIFFOpenOptionsSetErrorHandlerExtR(options, keep_message, message);
    TIFFOpenOptionsSetWarningHandlerExtR(options, drop_message, NULL);
    TIFF *tif = TIFFClientOpenExt("memory", "wlm", (thandle_t)m, read_nothing, write_memory, seek_memory, close_memory,
                                  size_memory, NULL, NULL, options);
    TIFFOpenOptionsFree(options);
    return tif;
}

static int encode_strip(TIFF *tif, const void *in, size_t raw)
{
    /* One row of bytes: the content has been predicted already, so its shape does not matter. */
    return TIFFSetField(tif, TIFFTAG_IMAGEWIDTH, (uint32_t)raw) && TIFFSetField(tif, TIFFTAG_IMAGELENGTH, 1) &&
           TIFFSetField(tif, TIFFTAG_BITSPERSAMPLE, 8) && TIFFSetField(tif, TIFFTAG_SAMPLESPERPIXEL, 1) &&
           TIFFSetField(tif, TIFFTAG_ROWSPERSTRIP, 1) && TIFFSetField(tif, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) &&
           TIFFSetField(tif, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK) &&
           TIFFSetField(tif, TIFFTAG_COMPRESSION, COMPRESSION_LZW) &&
           TIFFWriteEncodedStrip(tif, 0, (void *)in, (tmsize_t)raw) == (tmsize_t)raw && TIFFFlushData(tif);
}

size_t wsi_lzw_bound(size_t raw)
{
    /* A code of at most 12 bits a byte, a clear code every 3800 or so, and libtiff's own slack. */
    return raw + raw / 2 + raw / 64 + 1024;
}

wsi_status wsi_lzw_encode(const void *in, size_t raw, void *out, size_t capacity, size_t *size, wsi_error *err)
{
    memory_file m = {.body = out, .capacity = capacity};
    char message[256] = "cannot start";
    TIFF *tif = open_memory(&m, message);
    const int ok = tif && encode_strip(tif, in, raw);
    const uint64_t end = m.end;
    if (tif) TIFFCleanup(tif);
    WSI_RETURN_IF(m.overflow, WSI_ERR_INTERNAL, "lzw: the buffer of %zu bytes is too small", capacity);
    WSI_RETURN_IF(!ok || end <= HEAD_BYTES, WSI_ERR_INTERNAL, "lzw: %s", message);
    *size = (size_t)(end - HEAD_BYTES);
    return WSI_OK;
}
