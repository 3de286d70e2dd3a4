/* A TIFF writer of fifty lines that believes everything it is told. */
#include "reader-maker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"

uint64_t maker_bytes(maker *m, const void *bytes, size_t size)
{
    while (m->size + size + 8 > m->room) {
        m->room = m->room ? 2 * m->room : 4096;
        m->data = wsi_realloc_array(m->data, m->room, 1);
        if (!m->data) abort();
    }
    if (m->size & 1) m->data[m->size++] = 0; /* values begin at even offsets */
    if (size > 0) memcpy(m->data + m->size, bytes, size);
    m->size += size;
    return m->size - size;
}

static void put(const maker *m, unsigned char *p, uint64_t v, int n)
{
    for (int i = 0; i < n; i++) p[m->big_endian ? n - 1 - i : i] = (unsigned char)(v >> (8 * i));
}

void maker_start(maker *m, int big, int big_endian)
{
    unsigned char header[16] = {0};
    *m = (maker){.big = big, .big_endian = big_endian};
    memcpy(header, big_endian ? "MM" : "II", 2);
    put(m, header + 2, big ? 43 : 42, 2);
    if (big) put(m, header + 4, 8, 2);
    maker_bytes(m, header, big ? 16 : 8);
    m->link = big ? 8 : 4;
}

static maker_tag *slot(maker *m, uint16_t tag)
{
    for (int i = 0; i < m->tag_count; i++) {
        if (m->tags[i].tag == tag) return &m->tags[i];
    }
    if (m->tag_count == MAKER_TAGS_MAX) abort();
    return &m->tags[m->tag_count++];
}

void maker_tags(maker *m, uint16_t tag, uint16_t type, const uint64_t *values, int count)
{
    maker_tag *t = slot(m, tag);
    *t = (maker_tag){.tag = tag, .type = type, .count = (uint64_t)count};
    const int n = type == 5 ? 2 * count : count;
    if (n > MAKER_VALUES_MAX) abort();
    memcpy(t->values, values, (size_t)n * sizeof *values);
}

void maker_tag1(maker *m, uint16_t tag, uint16_t type, uint64_t value)
{
    maker_tags(m, tag, type, &value, 1);
}

void maker_text(maker *m, uint16_t tag, const char *text)
{
    *slot(m, tag) = (maker_tag){.tag = tag, .type = 2, .count = strlen(text) + 1, .bytes = text};
}

void maker_drop(maker *m, uint16_t tag)
{
    maker_tag *t = slot(m, tag);
    *t = m->tags[--m->tag_count];
}

void maker_image(maker *m, uint32_t w, uint32_t h, int samples, int bits, int photometric, int compression,
                 uint32_t tile)
{
    uint64_t depth[MAKER_VALUES_MAX];
    m->tag_count = 0;
    for (int i = 0; i < samples; i++) depth[i] = (uint64_t)bits;
    maker_tag1(m, 256, 4, w);
    maker_tag1(m, 257, 4, h);
    maker_tags(m, 258, 3, depth, samples);
    maker_tag1(m, 259, 3, (uint64_t)compression);
    maker_tag1(m, 262, 3, (uint64_t)photometric);
    maker_tag1(m, 277, 3, (uint64_t)samples);
    if (tile > 0) {
        maker_tag1(m, 322, 4, tile);
        maker_tag1(m, 323, 4, tile);
    } else {
        maker_tag1(m, 278, 4, h);
    }
}

void maker_grey_tiles(maker *m, uint32_t w, uint32_t h, uint32_t tile, int first)
{
    uint64_t offsets[MAKER_VALUES_MAX], counts[MAKER_VALUES_MAX];
    unsigned char block[MAKER_TILE_MAX * MAKER_TILE_MAX];
    int n = 0;
    maker_image(m, w, h, 1, 8, 1, 1, tile);
    for (uint32_t y = 0; y < h; y += tile) {
        for (uint32_t x = 0; x < w; x += tile, n++) {
            memset(block, first + n, (size_t)tile * tile);
            offsets[n] = maker_bytes(m, block, (size_t)tile * tile);
            counts[n] = (uint64_t)tile * tile;
        }
    }
    maker_tags(m, 324, 16, offsets, n);
    maker_tags(m, 325, 4, counts, n);
}

/* One strip of rows, made by hand. */
void maker_strip(maker *m, uint32_t w, uint32_t h, int bits, int photometric, const void *bytes, size_t size)
{
    maker_image(m, w, h, 1, bits, photometric, 1, 0);
    maker_tag1(m, 273, 4, maker_bytes(m, bytes, size));
    maker_tag1(m, 279, 4, size);
}

static int type_size(int type)
{
    return type == 3 ? 2 : type == 4 ? 4 : type == 5 ? 8 : type == 16 ? 8 : 1;
}

/* The tag's value as it stands in the file; returns its size. */
static size_t encode(const maker *m, const maker_tag *t, unsigned char *out)
{
    const int size = type_size(t->type);
    if (t->bytes) return 0;
    for (uint64_t i = 0; i < t->count; i++) {
        if (t->type == 5) {
            put(m, out + 8 * i, t->values[2 * i], 4);
            put(m, out + 8 * i + 4, t->values[2 * i + 1], 4);
        } else {
            put(m, out + (size_t)size * i, t->values[i], size);
        }
    }
    return (size_t)size * t->count;
}

static int by_tag(const void *a, const void *b)
{
    return (int)((const maker_tag *)a)->tag - (int)((const maker_tag *)b)->tag;
}

uint64_t maker_sub_directory(maker *m)
{
    unsigned char ifd[16 + 20 * MAKER_TAGS_MAX] = {0}, value[8 * MAKER_VALUES_MAX];
    const int head = m->big ? 8 : 2, entry = m->big ? 20 : 12, room = m->big ? 8 : 4;
    qsort(m->tags, (size_t)m->tag_count, sizeof *m->tags, by_tag);
    put(m, ifd, (uint64_t)m->tag_count, head);
    for (int i = 0; i < m->tag_count; i++) {
        const maker_tag *t = &m->tags[i];
        unsigned char *p = ifd + head + i * entry;
        const size_t encoded = encode(m, t, value), size = t->bytes ? (size_t)t->count : encoded;
        const void *bytes = t->bytes ? t->bytes : value;
        put(m, p, t->tag, 2);
        put(m, p + 2, t->type, 2);
        put(m, p + 4, t->count, room);
        if (size <= (size_t)room) {
            memcpy(p + 4 + room, bytes, size);
        } else {
            put(m, p + 4 + room, maker_bytes(m, bytes, size), room);
        }
    }
    return maker_bytes(m, ifd, (size_t)(head + m->tag_count * entry + room));
}

uint64_t maker_directory(maker *m)
{
    const uint64_t at = maker_sub_directory(m);
    put(m, m->data + m->link, at, m->big ? 8 : 4);
    m->link = m->size - (m->big ? 8 : 4);
    return at;
}

void maker_write(const char *path, const void *bytes, size_t size)
{
    FILE *f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, size, f) != size || fclose(f) != 0) abort();
}

void maker_save(maker *m, const char *path)
{
    maker_write(path, m->data, m->size);
    wsi_free(m->data);
    m->data = NULL;
}

unsigned char *maker_load(const char *path, size_t *size)
{
    struct stat st;
    FILE *f = fopen(path, "rb");
    if (!f) return NULL;
    if (fstat(fileno(f), &st) != 0) abort();
    *size = (size_t)st.st_size;
    unsigned char *data = wsi_calloc(*size + 1, 1);
    if (!data || fread(data, 1, *size, f) != *size) abort();
    fclose(f);
    return data;
}

const char *maker_path(int n)
{
    static char paths[8][512];
    const char *dir = getenv("TMPDIR");
    snprintf(paths[n], sizeof paths[n], "%s/wsi-reader-%ld-%d.tif", dir ? dir : "/tmp", (long)getpid(), n);
    return paths[n];
}

const char *maker_data(void)
{
    struct stat st;
    char slides[1024];
    const char *dir = getenv("WSIPROC_TEST_DATA");
    if (!dir) return NULL;
    snprintf(slides, sizeof slides, "%s/slides", dir);
    return stat(slides, &st) == 0 ? dir : NULL;
}
