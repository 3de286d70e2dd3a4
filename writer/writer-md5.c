/* md5: a text file with the MD5 of the decoded pixels of every tile and level, for golden tests.
 *
 *     # wsiproc-md5 1
 *     # fingerprint {...}
 *     NAME LEVEL TX TY MD5          one line a tile, in raster order, level after level
 *     NAME LEVEL total WxH MD5      over all tiles of the level in that order
 *     # end SHA256                  of everything before this line
 *
 * A tile's pixels are its clipped rectangle, row after row, little-endian, BOOL as 0 and 255: what any other output
 * of the same run decodes to, whatever its codec. Sums are kept until the end, so that the text does not depend on
 * how the levels were interleaved. */
#include "writer-private.h"

#include "common/mem.h"
#include "digest.h"
#include "pack.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { HEX = 33 };

typedef struct level_sums {
    char (*tiles)[HEX]; /* hexadecimal text of each tile */
    wsi_digest *total;
} level_sums;

typedef struct priv {
    level_sums *levels; /* as sink->levels */
    wsi_digest *tile;   /* writer thread */
    wsi_digest *text;   /* over the file so far */
    uint64_t at;
} priv;

static priv *priv_of(const wsi_sink *sink)
{
    return (priv *)(void *)sink->priv;
}

static wsi_status stored(wsi_codec codec, wsi_pixfmt in, wsi_pixfmt *out, wsi_error *err)
{
    (void)codec, (void)err;
    *out = in;
    return WSI_OK;
}

static wsi_status open_level(wsi_sink *sink, int r, int l, wsi_error *err)
{
    const wsi_sink_level *level = wsi_sink_level_of(sink, r, l);
    level_sums *sums = &priv_of(sink)->levels[(ptrdiff_t)r * WSI_LEVELS_MAX + l];
    sums->tiles = wsi_calloc((size_t)level->tiles_x * (size_t)level->tiles_y, sizeof *sums->tiles);
    WSI_RETURN_IF(!sums->tiles, WSI_ERR_NO_MEMORY, "out of memory");
    return wsi_digest_create(WSI_DIGEST_MD5, &sums->total, err);
}

static wsi_status open_sink(wsi_sink *sink, wsi_error *err)
{
    priv *p = priv_of(sink);
    p->levels = wsi_calloc((size_t)sink->spec.result_count * WSI_LEVELS_MAX, sizeof *p->levels);
    WSI_RETURN_IF(!p->levels, WSI_ERR_NO_MEMORY, "out of memory");
    WSI_FORWARD(wsi_digest_create(WSI_DIGEST_MD5, &p->tile, err));
    WSI_FORWARD(wsi_digest_create(WSI_DIGEST_SHA256, &p->text, err));
    for (int r = 0; r < sink->spec.result_count; r++)
        for (int l = 0; l < sink->spec.results[r].level_count; l++) WSI_FORWARD(open_level(sink, r, l, err));
    return WSI_OK;
}

static size_t bound(const wsi_sink *sink, int result)
{
    return (size_t)sink->spec.tile * (size_t)sink->spec.tile * wsi_pixfmt_size(sink->spec.results[result].fmt);
}

static wsi_status encode(wsi_sink *sink, int result, int level, const wsi_image *tile, void *out, size_t capacity,
                         size_t *size, wsi_error *err)
{
    (void)sink, (void)result, (void)level;
    *size = (size_t)tile->w * (size_t)tile->h * wsi_pixfmt_size(tile->fmt);
    WSI_RETURN_IF(*size > capacity, WSI_ERR_INTERNAL, "the buffer of %zu bytes is too small", capacity);
    wsi_pack_plain(tile, tile->w, tile->h, out);
    return WSI_OK;
}

static wsi_status append(wsi_sink *sink, int result, int level, int64_t tx, int64_t ty, const void *bytes, size_t size,
                         wsi_error *err)
{
    priv *p = priv_of(sink);
    level_sums *sums = &p->levels[(ptrdiff_t)result * WSI_LEVELS_MAX + level];
    char text[WSI_DIGEST_HEX_MAX];
    (void)tx, (void)ty;
    WSI_FORWARD(wsi_digest_update(sums->total, bytes, size, err));
    WSI_FORWARD(wsi_digest_update(p->tile, bytes, size, err));
    WSI_FORWARD(wsi_digest_hex(p->tile, text, err));
    memcpy(sums->tiles[wsi_sink_level_of(sink, result, level)->next], text, HEX);
    return WSI_OK;
}

static wsi_status put(wsi_sink *sink, const char *text, wsi_error *err)
{
    priv *p = priv_of(sink);
    const size_t n = strlen(text);
    WSI_FORWARD(wsi_digest_update(p->text, text, n, err));
    WSI_FORWARD(wsi_outfile_write(sink->file, p->at, text, n, err));
    p->at += n;
    return WSI_OK;
}

static wsi_status WSI_PRINTF(3, 4) put_line(wsi_sink *sink, wsi_error *err, const char *fmt, ...)
{
    char line[512];
    va_list args;
    va_start(args, fmt);
    const int n = vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    WSI_RETURN_IF(n < 0 || (size_t)n >= sizeof line, WSI_ERR_USAGE, "a result's name is too long");
    return put(sink, line, err);
}

static wsi_status put_level(wsi_sink *sink, int r, int l, wsi_error *err)
{
    const wsi_result_spec *spec = &sink->spec.results[r];
    const wsi_sink_level *level = wsi_sink_level_of(sink, r, l);
    level_sums *sums = &priv_of(sink)->levels[(ptrdiff_t)r * WSI_LEVELS_MAX + l];
    char total[WSI_DIGEST_HEX_MAX];
    for (int64_t i = 0; i < level->tiles_x * level->tiles_y; i++)
        WSI_FORWARD(put_line(sink, err, "%s %d %" PRId64 " %" PRId64 " %s\n", spec->name, l, i % level->tiles_x,
                             i / level->tiles_x, sums->tiles[i]));
    WSI_FORWARD(wsi_digest_hex(sums->total, total, err));
    return put_line(sink, err, "%s %d total %" PRId64 "x%" PRId64 " %s\n", spec->name, l, spec->level_w[l],
                    spec->level_h[l], total);
}

static wsi_status put_json(wsi_sink *sink, const char *key, const char *json, wsi_error *err)
{
    WSI_FORWARD(put_line(sink, err, "# %s ", key));
    WSI_FORWARD(put(sink, json, err));
    return put(sink, "\n", err);
}

static wsi_status finish(wsi_sink *sink, wsi_error *err)
{
    char sum[WSI_DIGEST_HEX_MAX];
    WSI_FORWARD(put_line(sink, err, "# wsiproc-md5 %d\n", WSI_FORMAT_VERSION));
    WSI_FORWARD(put_json(sink, "fingerprint", sink->spec.fingerprint_json ? sink->spec.fingerprint_json : "{}", err));
    if (sink->bad_tiles) WSI_FORWARD(put_json(sink, "bad_tiles", sink->bad_tiles, err));
    for (int r = 0; r < sink->spec.result_count; r++)
        for (int l = 0; l < sink->spec.results[r].level_count; l++) WSI_FORWARD(put_level(sink, r, l, err));
    WSI_FORWARD(wsi_digest_hex(priv_of(sink)->text, sum, err));
    return put_line(sink, err, "# end %s\n", sum);
}

static void abort_sink(wsi_sink *sink)
{
    priv *p = priv_of(sink);
    for (ptrdiff_t i = 0; p->levels && i < (ptrdiff_t)sink->spec.result_count * WSI_LEVELS_MAX; i++) {
        wsi_free(p->levels[i].tiles);
        wsi_digest_destroy(&p->levels[i].total);
    }
    wsi_free(p->levels);
    p->levels = NULL;
    wsi_digest_destroy(&p->tile);
    wsi_digest_destroy(&p->text);
}

const wsi_writer wsi_writer_md5 = {
    .name = "md5",
    .summary = "text file with the MD5 of every tile and level, for tests",
    .extension = ".md5",
    .many_results = 1,
    .codecs = 1u << WSI_CODEC_NONE,
    .default_codec = WSI_CODEC_NONE,
    .default_tile = 256,
    .stored = stored,
    .priv_size = sizeof(priv),
    .open = open_sink,
    .bound = bound,
    .encode = encode,
    .append = append,
    .finish = finish,
    .abort = abort_sink,
};
