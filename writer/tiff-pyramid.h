/* The tiled pyramid that the drivers `tiff`, `ome-tiff` and `svs` share. They differ in how the levels are linked and
 * in what the directories' descriptions say; `svs` has a thumbnail as well. */
#ifndef WSI_TIFF_PYRAMID_H
#define WSI_TIFF_PYRAMID_H

#include "describe.h"
#include "encode.h"
#include "tiff-ifd.h"
#include "tiff-thumbnail.h"
#include "writer-private.h"

/* One directory, as its tags need it. */
typedef struct wsi_tiff_page {
    int level;                           /* whose tiles it has, or whose picture it is */
    const wsi_tiff_thumbnail *thumbnail; /* NULL: a level */
    char *description;                   /* or NULL */
    const uint64_t *subifds;             /* offsets of the levels below, or NULL */
    int subifd_count;
} wsi_tiff_page;

typedef struct wsi_tiff_profile {
    const char *format; /* name in the trailer */
    int subifds;        /* 1: lower levels hang below the first directory; 0: one chain of pages */
    int always_big;
    int thumbnail; /* 1: the second page is a thumbnail in strips, every page has a description, and none is called
                      reduced; 0: the first page alone is described */
    /* ImageDescription of a page, 7-bit text freed with wsi_free; NULL when out of memory. */
    char *(*describe)(const wsi_sink *sink, const json_t *facts, const wsi_tiff_page *page);
} wsi_tiff_profile;

typedef struct wsi_tiff_level {
    uint64_t *offsets, *counts; /* a tile each */
} wsi_tiff_level;

/* The drivers' private part. */
typedef struct wsi_tiff_priv {
    const wsi_tiff_profile *profile; /* set by the driver before wsi_tiff_open */
    int big;
    uint64_t at; /* end of what has been appended */
    wsi_encoder_pool *encoders;
    wsi_tiff_level levels[WSI_LEVELS_MAX];
    wsi_level_record records[WSI_LEVELS_MAX];
    wsi_tiff_thumbnail *thumbnail; /* NULL: none */
} wsi_tiff_priv;

enum {
    WSI_TIFF_CODECS = 1u << WSI_CODEC_NONE | 1u << WSI_CODEC_DEFLATE | 1u << WSI_CODEC_ZSTD | 1u << WSI_CODEC_LZW |
                      1u << WSI_CODEC_JPEG
};

static inline wsi_tiff_priv *wsi_tiff_priv_of(const wsi_sink *sink)
{
    return (wsi_tiff_priv *)(void *)sink->priv;
}

/* What stands before our own facts in the description of level 0 in the svs layout. */
#define WSI_SVS_FACTS "|wsiproc = "

/* The driver functions of writer.h. */
wsi_status wsi_tiff_stored(wsi_codec codec, wsi_pixfmt in, wsi_pixfmt *out, wsi_error *err);
wsi_status wsi_tiff_open(wsi_sink *sink, const wsi_tiff_profile *profile, wsi_error *err);
size_t wsi_tiff_bound(const wsi_sink *sink, int result);
wsi_status wsi_tiff_encode(wsi_sink *sink, int result, int level, const wsi_image *tile, void *out, size_t capacity,
                           size_t *size, wsi_error *err);
wsi_status wsi_tiff_encode_bits(wsi_sink *sink, int result, int level, const void *bits, void *out, size_t capacity,
                                size_t *size, wsi_error *err);
wsi_status wsi_tiff_jpeg(wsi_sink *sink, int result, wsi_jpeg_encoding *out, wsi_error *err);
wsi_status wsi_tiff_append(wsi_sink *sink, int result, int level, int64_t tx, int64_t ty, const void *bytes,
                           size_t size, wsi_error *err);
int wsi_tiff_seen_level(const wsi_sink *sink, int result);
void wsi_tiff_see(wsi_sink *sink, int result, int64_t tx, int64_t ty, const wsi_image *tile);
wsi_status wsi_tiff_finish(wsi_sink *sink, wsi_error *err);
void wsi_tiff_abort(wsi_sink *sink);

/* Writes bytes behind what is there, at an even offset, which *offset gets. */
wsi_status wsi_tiff_put(wsi_sink *sink, const void *bytes, size_t size, uint64_t *offset, wsi_error *err);
/* JSON text in which none of the avoided words stands as it is: their last letter becomes a JSON escape. (No such
 * letter may be a hexadecimal digit or follow a backslash, so that no escape is torn.) Freed with wsi_free; NULL when
 * out of memory. */
char *wsi_tiff_json_avoiding(const json_t *json, const char *const *words, size_t count);

/* tiff-tags.c: adds all tags of a page to an empty directory. */
wsi_status wsi_tiff_add_tags(const wsi_sink *sink, const wsi_tiff_page *page, wsi_ifd *ifd, wsi_error *err);
wsi_jpeg_settings wsi_tiff_jpeg_settings(const wsi_sink *sink);
/* 1: predictor 2 is used: integer samples of a picture in a lossless codec. Masks and labels, flat as they are,
 * compress no better with it, and more slowly. */
int wsi_tiff_predicts(const wsi_sink *sink);

/* What the rows of all TIFF profiles have in common. */
#define WSI_TIFF_WRITER                                                                                                \
    .many_results = 0, .is_tiff = 1, .default_codec = WSI_CODEC_DEFLATE, .default_tile = 256,                          \
    .priv_size = sizeof(wsi_tiff_priv), .bound = wsi_tiff_bound, .encode = wsi_tiff_encode,                            \
    .encode_bits = wsi_tiff_encode_bits, .jpeg = wsi_tiff_jpeg, .append = wsi_tiff_append, .finish = wsi_tiff_finish,  \
    .abort = wsi_tiff_abort

#endif
