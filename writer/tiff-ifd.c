/* Serialising TIFF directories: see tiff-ifd.h for the layout. */
#include "tiff-ifd.h"

#include "common/image.h"
#include "common/mem.h"

#include <math.h>
#include <string.h>

enum { ENTRIES_MAX = 40 };

typedef struct entry {
    uint16_t tag, type;
    uint64_t count;
    size_t bytes;
    unsigned char *values;
} entry;

struct wsi_ifd {
    int big;
    int n;
    entry entries[ENTRIES_MAX];
};

static size_t type_size(wsi_tiff_type type)
{
    switch (type) {
    case WSI_TIFF_ASCII:
    case WSI_TIFF_UNDEFINED:
        return 1;
    case WSI_TIFF_SHORT:
        return 2;
    case WSI_TIFF_LONG:
    case WSI_TIFF_IFD:
        return 4;
    case WSI_TIFF_RATIONAL:
    case WSI_TIFF_LONG8:
    case WSI_TIFF_IFD8:
        return 8;
    }
    return 0;
}

static size_t align(size_t n)
{
    return (n + WSI_TIFF_ALIGN - 1) / WSI_TIFF_ALIGN * WSI_TIFF_ALIGN;
}

static unsigned char *put(unsigned char *to, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++) to[i] = (unsigned char)(value >> (8 * i));
    return to + bytes;
}

wsi_status wsi_ifd_create(int big, wsi_ifd **out, wsi_error *err)
{
    *out = wsi_calloc(1, sizeof **out);
    WSI_RETURN_IF(!*out, WSI_ERR_NO_MEMORY, "out of memory");
    (*out)->big = big;
    return WSI_OK;
}

void wsi_ifd_destroy(wsi_ifd **ifd)
{
    if (!*ifd) return;
    for (int i = 0; i < (*ifd)->n; i++) wsi_free((*ifd)->entries[i].values);
    wsi_free(*ifd);
    *ifd = NULL;
}

wsi_status wsi_ifd_add(wsi_ifd *ifd, uint16_t tag, wsi_tiff_type type, uint64_t count, const void *values,
                       wsi_error *err)
{
    WSI_RETURN_IF(ifd->n == ENTRIES_MAX || (ifd->n > 0 && ifd->entries[ifd->n - 1].tag >= tag), WSI_ERR_INTERNAL,
                  "TIFF tag %d is out of order", tag);
    entry *e = &ifd->entries[ifd->n];
    *e = (entry){tag, (uint16_t)type, count, 0, NULL};
    WSI_RETURN_IF(!wsi_mul_size((size_t)count, type_size(type), &e->bytes), WSI_ERR_INTERNAL, "TIFF tag %d is too long",
                  tag);
    e->values = wsi_calloc(e->bytes ? e->bytes : 1, 1);
    WSI_RETURN_IF(!e->values, WSI_ERR_NO_MEMORY, "out of memory");
    memcpy(e->values, values, e->bytes);
    ifd->n++;
    return WSI_OK;
}

wsi_status wsi_ifd_add_number(wsi_ifd *ifd, uint16_t tag, wsi_tiff_type type, uint32_t value, wsi_error *err)
{
    const uint16_t narrow = (uint16_t)value;
    return wsi_ifd_add(ifd, tag, type, 1, type == WSI_TIFF_SHORT ? (const void *)&narrow : (const void *)&value, err);
}

wsi_status wsi_ifd_add_repeated(wsi_ifd *ifd, uint16_t tag, uint16_t value, int n, wsi_error *err)
{
    uint16_t values[WSI_CHANNELS_MAX];
    WSI_RETURN_IF(n < 1 || n > WSI_CHANNELS_MAX, WSI_ERR_INTERNAL, "TIFF tag %d for %d samples", tag, n);
    for (int i = 0; i < n; i++) values[i] = value;
    return wsi_ifd_add(ifd, tag, WSI_TIFF_SHORT, (uint64_t)n, values, err);
}

wsi_status wsi_ifd_add_text(wsi_ifd *ifd, uint16_t tag, const char *text, wsi_error *err)
{
    return wsi_ifd_add(ifd, tag, WSI_TIFF_ASCII, strlen(text) + 1, text, err);
}

wsi_status wsi_ifd_add_wide(wsi_ifd *ifd, uint16_t tag, wsi_tiff_type narrow, wsi_tiff_type wide, uint64_t count,
                            const uint64_t *values, wsi_error *err)
{
    if (ifd->big) return wsi_ifd_add(ifd, tag, wide, count, values, err);
    uint32_t *small = wsi_calloc((size_t)count + 1, sizeof *small);
    WSI_RETURN_IF(!small, WSI_ERR_NO_MEMORY, "out of memory");
    int fits = 1;
    for (uint64_t i = 0; i < count; i++) {
        fits &= values[i] <= UINT32_MAX;
        small[i] = (uint32_t)values[i];
    }
    const wsi_status status = fits ? wsi_ifd_add(ifd, tag, narrow, count, small, err)
                                   : wsi_error_set(err, WSI_ERR_INTERNAL, "classic TIFF has outgrown 4 GiB");
    wsi_free(small);
    return status;
}

void wsi_tiff_rational(double value, uint32_t out[2])
{
    /* Continued fraction: p/q are its convergents. */
    uint64_t p0 = 0, q0 = 1, p1 = 1, q1 = 0;
    double rest = value;
    for (int i = 0; i < 40; i++) {
        const double whole = floor(rest);
        if (!(whole < 2147483648.0)) break;
        const uint64_t a = (uint64_t)whole;
        const uint64_t p2 = a * p1 + p0, q2 = a * q1 + q0;
        if (p2 > INT32_MAX || q2 > INT32_MAX) break;
        p0 = p1, q0 = q1, p1 = p2, q1 = q2;
        if (rest - whole < 1e-12 * (rest > 1 ? rest : 1)) break;
        rest = 1 / (rest - whole);
    }
    out[0] = q1 ? (uint32_t)p1 : INT32_MAX;
    out[1] = q1 ? (uint32_t)q1 : 1;
}

/* ---- Bytes ---- */

static size_t table_size(const wsi_ifd *ifd)
{
    return ifd->big ? 8 + (size_t)ifd->n * 20 + 8 : 2 + (size_t)ifd->n * 12 + 4;
}

size_t wsi_ifd_size(const wsi_ifd *ifd)
{
    const size_t slot = ifd->big ? 8 : 4;
    size_t size = align(table_size(ifd));
    for (int i = 0; i < ifd->n; i++)
        if (ifd->entries[i].bytes > slot) size += align(ifd->entries[i].bytes);
    return size;
}

void wsi_ifd_serialise(const wsi_ifd *ifd, uint64_t at, uint64_t next, unsigned char *out)
{
    const int slot = ifd->big ? 8 : 4;
    size_t value_at = align(table_size(ifd));
    unsigned char *to = out;
    memset(out, 0, wsi_ifd_size(ifd));
    to = put(to, (uint64_t)ifd->n, ifd->big ? 8 : 2);
    for (int i = 0; i < ifd->n; i++) {
        const entry *e = &ifd->entries[i];
        to = put(to, e->tag, 2);
        to = put(to, e->type, 2);
        to = put(to, e->count, slot);
        if (e->bytes <= (size_t)slot) {
            memcpy(to, e->values, e->bytes);
        } else {
            put(to, at + value_at, slot);
            memcpy(out + value_at, e->values, e->bytes);
            value_at += align(e->bytes);
        }
        to += slot;
    }
    put(to, next, slot);
}

size_t wsi_tiff_header(int big, uint64_t first, unsigned char out[WSI_TIFF_HEADER_MAX])
{
    unsigned char *to = out;
    *to++ = 'I';
    *to++ = 'I';
    to = put(to, big ? 43 : 42, 2);
    if (big) {
        to = put(to, 8, 2); /* bytes an offset */
        to = put(to, 0, 2);
    }
    to = put(to, first, big ? 8 : 4);
    return (size_t)(to - out);
}
