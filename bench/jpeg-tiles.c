/* Reads just enough TIFF to find an Aperio file's tiles, so that the benchmark needs no library but libjpeg-turbo. */
#include "jpeg-tiles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

enum { WIDTH = 256, LENGTH = 257, TILE_WIDTH = 322, TILE_OFFSETS = 324, TILE_COUNTS = 325, TABLES = 347 };

typedef struct file {
    unsigned char *data;
    size_t size;
} file;

static uint32_t u32(const file *f, size_t at)
{
    if (at + 4 > f->size) return 0;
    const unsigned char *p = f->data + at;
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* The count and value (or offset) of a tag of the first directory. */
static uint32_t tag(const file *f, uint32_t which, uint32_t *count)
{
    const size_t dir = u32(f, 4), n = u32(f, dir) & 0xFFFF;
    for (size_t i = 0; i < n; i++) {
        const size_t at = dir + 2 + 12 * i;
        if ((u32(f, at) & 0xFFFF) != which) continue;
        *count = u32(f, at + 4);
        return u32(f, at + 8);
    }
    *count = 0;
    return 0;
}

static int read_file(const char *path, file *out)
{
    FILE *in = fopen(path, "rb");
    if (!in) return 0;
    fseek(in, 0, SEEK_END);
    out->size = (size_t)ftell(in);
    rewind(in);
    out->data = malloc(out->size + 1);
    const int good = out->data && fread(out->data, 1, out->size, in) == out->size;
    fclose(in);
    return good;
}

static unsigned char *copy_of(const void *bytes, size_t size)
{
    unsigned char *copy = malloc(size ? size : 1);
    if (!copy) abort();
    memcpy(copy, bytes, size);
    return copy;
}

/* Tables without their end marker, then the stream without its start. */
static void make_whole(jpeg_tiles *t)
{
    const size_t head = t->tables_size - 2;
    t->whole = calloc((size_t)t->distinct, sizeof *t->whole);
    t->whole_sizes = calloc((size_t)t->distinct, sizeof *t->whole_sizes);
    for (int i = 0; i < t->distinct; i++) {
        t->whole_sizes[i] = head + t->sizes[i] - 2;
        t->whole[i] = malloc(t->whole_sizes[i]);
        if (!t->whole[i]) abort();
        memcpy(t->whole[i], t->tables, head);
        memcpy(t->whole[i] + head, t->bytes[i] + 2, t->sizes[i] - 2);
    }
}

static void repeat(jpeg_tiles *t, size_t bytes)
{
    size_t total = 0;
    for (int i = 0; i < t->distinct; i++) total += t->sizes[i];
    const int copies = 1 + (int)(bytes / (total + 1));
    t->count = t->distinct * copies;
    t->bytes = realloc(t->bytes, (size_t)t->count * sizeof *t->bytes);
    t->sizes = realloc(t->sizes, (size_t)t->count * sizeof *t->sizes);
    for (int i = t->distinct; i < t->count; i++) {
        t->sizes[i] = t->sizes[i % t->distinct];
        t->bytes[i] = copy_of(t->bytes[i % t->distinct], t->sizes[i]);
    }
    make_whole(t);
}

static int load(const file *f, jpeg_tiles *out)
{
    uint32_t n, count, tables_size;
    const uint32_t w = tag(f, WIDTH, &n), h = tag(f, LENGTH, &n), side = tag(f, TILE_WIDTH, &n);
    const uint32_t offsets = tag(f, TILE_OFFSETS, &count), counts = tag(f, TILE_COUNTS, &n);
    const uint32_t tables = tag(f, TABLES, &tables_size);
    if (!side || !count || !tables_size || (size_t)tables + tables_size > f->size) return 0;
    const uint32_t across = (w + side - 1) / side;
    out->side = (int)side;
    out->tables = copy_of(f->data + tables, tables_size);
    out->tables_size = tables_size;
    out->bytes = calloc(count, sizeof *out->bytes);
    out->sizes = calloc(count, sizeof *out->sizes);
    for (uint32_t i = 0; i < count; i++) {
        const size_t at = u32(f, offsets + 4 * (size_t)i), size = u32(f, counts + 4 * (size_t)i);
        if (i % across >= w / side || i / across >= h / side) continue; /* partly outside the slide */
        if (size < 4 || at + size > f->size) return 0;
        out->sizes[out->distinct] = size;
        out->bytes[out->distinct++] = copy_of(f->data + at, size);
    }
    return out->distinct > 0;
}

int jpeg_tiles_load(const char *path, size_t bytes, jpeg_tiles *out)
{
    file f = {NULL, 0};
    *out = (jpeg_tiles){.colour = WSI_JPEG_AS_STORED};
    const int good = read_file(path, &f) && u32(&f, 0) == 0x002A4949 && load(&f, out);
    free(f.data);
    if (!good) return 0;
    snprintf(out->name, sizeof out->name, "file-%d", out->side);
    repeat(out, bytes);
    return 1;
}

int jpeg_tiles_decode(wsi_jpeg *jpeg, const jpeg_tiles *t, int i, unsigned char *pixels, size_t stride)
{
    const wsi_jpeg_tables tables = {t->tables, t->tables_size, (uint64_t)t->side};
    const wsi_image dst = {pixels, (ptrdiff_t)stride, t->side, t->side, {WSI_U8, 3}};
    return wsi_jpeg_decode(jpeg, &tables, t->colour, t->bytes[i], t->sizes[i], t->side, t->side, &dst, NULL) == WSI_OK;
}

static void set_up(struct jpeg_compress_struct *c, int side, int quality)
{
    c->image_width = c->image_height = (JDIMENSION)side;
    c->input_components = 3;
    c->in_color_space = JCS_RGB;
    jpeg_set_defaults(c);
    jpeg_set_quality(c, quality, TRUE);
    c->write_JFIF_header = FALSE;
}

/* Compresses a square of the mosaic; tables, when not NULL, gets the shared ones. */
static void compress(unsigned char *from, size_t stride, int side, int quality, unsigned char **bytes, size_t *size,
                     unsigned char **tables, size_t *tables_size)
{
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr errors;
    unsigned long length = 0;
    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    unsigned char *first = NULL;
    jpeg_mem_dest(&c, &first, &length);
    set_up(&c, side, quality);
    jpeg_write_tables(&c);
    *tables_size = length;
    free(*tables);
    *tables = first;
    jpeg_suppress_tables(&c, TRUE);
    *bytes = NULL;
    length = 0;
    jpeg_mem_dest(&c, bytes, &length);
    jpeg_start_compress(&c, FALSE);
    while (c.next_scanline < c.image_height) {
        JSAMPROW row = from + stride * c.next_scanline;
        jpeg_write_scanlines(&c, &row, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    *size = length;
}

int jpeg_tiles_recode(const jpeg_tiles *in, int side, int quality, size_t bytes, jpeg_tiles *out)
{
    const int across = 9, down = in->distinct / across; /* the file's own grid does not matter: any mosaic is tissue */
    const size_t stride = (size_t)(across * in->side) * 3;
    unsigned char *mosaic = calloc((size_t)(down * in->side), stride);
    wsi_jpeg *jpeg = wsi_jpeg_create(NULL);
    const int nx = across * in->side / side, ny = down * in->side / side;
    *out = (jpeg_tiles){.side = side, .colour = WSI_JPEG_YCC_TO_RGB};
    int good = mosaic && jpeg && nx * ny > 0;
    for (int i = 0; good && i < across * down; i++) {
        unsigned char *at = mosaic + (size_t)(i / across * in->side) * stride + (size_t)(i % across * in->side) * 3;
        good = jpeg_tiles_decode(jpeg, in, i, at, stride);
    }
    if (good) {
        out->bytes = calloc((size_t)(nx * ny), sizeof *out->bytes);
        out->sizes = calloc((size_t)(nx * ny), sizeof *out->sizes);
        for (int i = 0; i < nx * ny; i++, out->distinct++) {
            unsigned char *at = mosaic + (size_t)(i / nx * side) * stride + (size_t)(i % nx * side) * 3;
            compress(at, stride, side, quality, &out->bytes[i], &out->sizes[i], &out->tables, &out->tables_size);
        }
        snprintf(out->name, sizeof out->name, "q%d-420-%d", quality, side);
        repeat(out, bytes);
    }
    wsi_jpeg_destroy(&jpeg);
    free(mosaic);
    return good;
}

void jpeg_tiles_free(jpeg_tiles *t)
{
    for (int i = 0; i < t->count; i++) free(t->bytes[i]);
    for (int i = 0; i < t->distinct; i++) free(t->whole[i]);
    free(t->bytes);
    free(t->sizes);
    free(t->whole);
    free(t->whole_sizes);
    free(t->tables);
    *t = (jpeg_tiles){0};
}
