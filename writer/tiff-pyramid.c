/* Tiles are appended to the file in the order they come, whatever their level; where each lies is kept in memory and
 * written into the directories at the end. Nothing is written twice but the header's pointer to the first directory.
 *
 * Classic TIFF is chosen only when the file must stay below 2 GiB even if no tile compresses at all. */
#include "tiff-pyramid.h"

#include "common/mem.h"
#include "pack.h"
#include "trailer.h"

#include <string.h>

enum { PAGES_MAX = WSI_LEVELS_MAX + 1 };

static const uint64_t classic_limit = (uint64_t)2 << 30;

wsi_status wsi_tiff_stored(wsi_codec codec, wsi_pixfmt in, wsi_pixfmt *out, wsi_error *err)
{
    *out = in;
    if (codec != WSI_CODEC_JPEG) return WSI_OK;
    WSI_RETURN_IF(in.channels != 1 && in.channels != 3, WSI_ERR_USAGE,
                  "JPEG holds 1 or 3 channels, not %d; use deflate, zstd, lzw or none", in.channels);
    const int convertible =
        in.type == WSI_BOOL || in.type == WSI_U8 || in.type == WSI_U16 || in.type == WSI_F32 || in.type == WSI_F64;
    WSI_RETURN_IF(!convertible, WSI_ERR_USAGE, "JPEG cannot hold %s; use deflate, zstd, lzw or none",
                  wsi_dtype_name(in.type));
    out->type = WSI_U8;
    return WSI_OK;
}

static size_t raw_tile(const wsi_sink *sink)
{
    const size_t edge = (size_t)sink->spec.tile;
    return edge * edge * wsi_pixfmt_size(sink->spec.results[0].fmt);
}

size_t wsi_tiff_bound(const wsi_sink *sink, int result)
{
    (void)result;
    if (sink->spec.codec == WSI_CODEC_JPEG) {
        const wsi_jpeg_settings settings = wsi_tiff_jpeg_settings(sink);
        return wsi_jpeg_bound(&settings);
    }
    return wsi_encode_bound(sink->spec.codec, raw_tile(sink));
}

static int needs_big(const wsi_sink *sink)
{
    const wsi_result_spec *spec = &sink->spec.results[0];
    const uint64_t tile = wsi_tiff_bound(sink, 0) + 16; /* its table entries too */
    uint64_t worst = (sink->spec.source ? sink->spec.source->icc_size : 0) * (uint64_t)spec->level_count + (1u << 20);
    if (wsi_tiff_priv_of(sink)->thumbnail) worst += WSI_TIFF_THUMBNAIL_BYTES_MAX;
    for (int l = 0; l < spec->level_count; l++) {
        const wsi_sink_level *level = wsi_sink_level_of(sink, 0, l);
        const uint64_t tiles = (uint64_t)level->tiles_x * (uint64_t)level->tiles_y;
        if (tiles > classic_limit / tile) return 1;
        worst += tiles * tile;
    }
    return worst > classic_limit;
}

wsi_status wsi_tiff_open(wsi_sink *sink, const wsi_tiff_profile *profile, wsi_error *err)
{
    wsi_tiff_priv *p = wsi_tiff_priv_of(sink);
    const wsi_jpeg_settings jpeg = wsi_tiff_jpeg_settings(sink);
    const wsi_result_spec *spec = &sink->spec.results[0];
    p->profile = profile;
    if (profile->thumbnail) WSI_FORWARD(wsi_tiff_thumbnail_create(sink, &p->thumbnail, err));
    p->big = profile->always_big || sink->spec.force_bigtiff || needs_big(sink);
    WSI_FORWARD(wsi_encoder_pool_create(sink->spec.codec, sink->spec.level, &jpeg, &p->encoders, err));
    for (int l = 0; l < spec->level_count; l++) {
        const wsi_sink_level *level = wsi_sink_level_of(sink, 0, l);
        const size_t tiles = (size_t)level->tiles_x * (size_t)level->tiles_y;
        p->levels[l].offsets = wsi_calloc(tiles, sizeof *p->levels[l].offsets);
        p->levels[l].counts = wsi_calloc(tiles, sizeof *p->levels[l].counts);
        WSI_RETURN_IF(!p->levels[l].offsets || !p->levels[l].counts, WSI_ERR_NO_MEMORY, "out of memory");
    }
    WSI_FORWARD(wsi_level_records_open(sink, 0, p->records, err));
    const unsigned char nothing[WSI_TIFF_HEADER_MAX] = {0};
    p->at = WSI_TIFF_HEADER_MAX;
    return wsi_outfile_write(sink->file, 0, nothing, sizeof nothing, err);
}

/* Packed bytes of a tile. Labels, integers whose pyramid is made by taking neighbours, come in runs. */
static wsi_status encode_bytes(wsi_sink *sink, wsi_encoder *encoder, const void *bytes, void *out, size_t capacity,
                               size_t *size, wsi_error *err)
{
    const wsi_result_spec *spec = &sink->spec.results[0];
    const size_t raw = raw_tile(sink), pixel = wsi_pixfmt_size(spec->fmt);
    if (spec->nearest && spec->fmt.type != WSI_BOOL)
        return wsi_encode_labels(encoder, bytes, raw, pixel, pixel * (size_t)sink->spec.tile, out, capacity, size, err);
    return wsi_encode_packed(encoder, bytes, raw, out, capacity, size, err);
}

static wsi_status encode_lossless(wsi_sink *sink, wsi_encoder *encoder, const wsi_image *tile, void *out,
                                  size_t capacity, size_t *size, wsi_error *err)
{
    const int64_t edge = sink->spec.tile;
    const size_t raw = raw_tile(sink);
    const int predict = wsi_tiff_predicts(sink);
    WSI_FORWARD(wsi_encode_mask(encoder, tile, edge, edge, out, capacity, size, err));
    if (*size) return WSI_OK;
    if (!predict && wsi_pack_needless(tile, edge, edge))
        return encode_bytes(sink, encoder, tile->data, out, capacity, size, err);
    if (sink->spec.codec == WSI_CODEC_NONE) {
        WSI_RETURN_IF(capacity < raw, WSI_ERR_INTERNAL, "the buffer of %zu bytes is too small", capacity);
        wsi_pack_plain(tile, edge, edge, out);
        *size = raw;
        return WSI_OK;
    }
    void *packed = wsi_encoder_scratch(encoder, 0, raw);
    WSI_RETURN_IF(!packed, WSI_ERR_NO_MEMORY, "out of memory");
    if (predict)
        wsi_pack_predicted(tile, edge, edge, packed);
    else
        wsi_pack_plain(tile, edge, edge, packed);
    return encode_bytes(sink, encoder, packed, out, capacity, size, err);
}

wsi_status wsi_tiff_encode(wsi_sink *sink, int result, int level, const wsi_image *tile, void *out, size_t capacity,
                           size_t *size, wsi_error *err)
{
    wsi_encoder_pool *pool = wsi_tiff_priv_of(sink)->encoders;
    wsi_encoder *encoder = NULL;
    (void)result, (void)level;
    WSI_FORWARD(wsi_encoder_lend(pool, &encoder, err));
    const wsi_status status = sink->spec.codec == WSI_CODEC_JPEG
                                  ? wsi_jpeg_encode(wsi_encoder_jpeg(encoder), tile, out, capacity, size, err)
                                  : encode_lossless(sink, encoder, tile, out, capacity, size, err);
    wsi_encoder_give_back(pool, encoder);
    return status;
}

wsi_status wsi_tiff_encode_bits(wsi_sink *sink, int result, int level, const void *bits, void *out, size_t capacity,
                                size_t *size, wsi_error *err)
{
    if (wsi_sink_sees(sink, result, level)) return WSI_OK; /* its pixels are wanted */
    return wsi_encode_tile_bits(wsi_tiff_priv_of(sink)->encoders, bits, sink->spec.tile, out, capacity, size, err);
}

wsi_status wsi_tiff_jpeg(wsi_sink *sink, int result, wsi_jpeg_encoding *out, wsi_error *err)
{
    wsi_encoder_pool *pool = wsi_tiff_priv_of(sink)->encoders;
    wsi_encoder *encoder = NULL;
    if (wsi_sink_sees(sink, result, 0)) return WSI_OK; /* tiles encoded elsewhere are those of level 0 */
    WSI_FORWARD(wsi_encoder_lend(pool, &encoder, err));
    const wsi_status status = wsi_jpeg_describe(wsi_encoder_jpeg(encoder), out, err);
    wsi_encoder_give_back(pool, encoder);
    return status;
}

/* ---- The thumbnail ---- */

int wsi_tiff_seen_level(const wsi_sink *sink, int result)
{
    const wsi_tiff_thumbnail *thumbnail = wsi_tiff_priv_of(sink)->thumbnail;
    (void)result;
    return thumbnail ? thumbnail->level : -1;
}

void wsi_tiff_see(wsi_sink *sink, int result, int64_t tx, int64_t ty, const wsi_image *tile)
{
    (void)result;
    wsi_tiff_thumbnail_see(wsi_tiff_priv_of(sink)->thumbnail, tx * sink->spec.tile, ty * sink->spec.tile, tile);
}

/* ---- The file ---- */

/* Brings the end of the file to a multiple of n with zero bytes. */
static wsi_status pad_to(wsi_sink *sink, unsigned n, wsi_error *err)
{
    static const unsigned char zeros[WSI_TIFF_ALIGN];
    wsi_tiff_priv *p = wsi_tiff_priv_of(sink);
    const size_t missing = (n - p->at % n) % n;
    WSI_FORWARD(wsi_outfile_write(sink->file, p->at, zeros, missing, err));
    p->at += missing;
    return WSI_OK;
}

wsi_status wsi_tiff_put(wsi_sink *sink, const void *bytes, size_t size, uint64_t *offset, wsi_error *err)
{
    wsi_tiff_priv *p = wsi_tiff_priv_of(sink);
    WSI_FORWARD(pad_to(sink, 2, err)); /* TIFF 6.0: offsets are even */
    WSI_FORWARD(wsi_outfile_write(sink->file, p->at, bytes, size, err));
    *offset = p->at;
    p->at += size;
    return WSI_OK;
}

wsi_status wsi_tiff_append(wsi_sink *sink, int result, int level, int64_t tx, int64_t ty, const void *bytes,
                           size_t size, wsi_error *err)
{
    wsi_tiff_priv *p = wsi_tiff_priv_of(sink);
    const int64_t index = ty * wsi_sink_level_of(sink, result, level)->tiles_x + tx;
    WSI_FORWARD(wsi_tiff_put(sink, bytes, size, &p->levels[level].offsets[index], err));
    p->levels[level].counts[index] = size;
    return wsi_level_record_add(&p->records[level], bytes, size, err);
}

/* ---- Descriptions ---- */

static size_t avoided_length(const char *text, const char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strncmp(text, words[i], strlen(words[i])) == 0) return strlen(words[i]);
    return 0;
}

char *wsi_tiff_json_avoiding(const json_t *json, const char *const *words, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    enum { ESCAPE = 6 }; /* letters of "\\u007c" */
    char *text = wsi_json_text(json, 0);
    char *out = text ? wsi_calloc(strlen(text) + 1, ESCAPE) : NULL;
    char *to = out;
    for (const char *from = text; out && *from;) {
        const size_t n = avoided_length(from, words, count);
        if (n == 0) {
            *to++ = *from++;
            continue;
        }
        const unsigned char last = (unsigned char)from[n - 1];
        const char escape[ESCAPE] = {'\\', 'u', '0', '0', digits[last >> 4], digits[last & 15]};
        memcpy(to, from, n - 1);
        memcpy(to + n - 1, escape, ESCAPE);
        to += n - 1 + ESCAPE;
        from += n;
    }
    wsi_free(text);
    return out;
}

/* ---- The end ---- */

static wsi_status write_directory(wsi_sink *sink, const wsi_ifd *ifd, uint64_t next, wsi_error *err)
{
    wsi_tiff_priv *p = wsi_tiff_priv_of(sink);
    const size_t size = wsi_ifd_size(ifd);
    unsigned char *bytes = wsi_calloc(size, 1);
    WSI_RETURN_IF(!bytes, WSI_ERR_NO_MEMORY, "out of memory");
    wsi_ifd_serialise(ifd, p->at, next, bytes);
    const wsi_status status = wsi_outfile_write(sink->file, p->at, bytes, size, err);
    wsi_free(bytes);
    p->at += size;
    return status;
}

/* Directories in file order; each one's size is known before any is written, so every link points forward. */
static wsi_status write_directories(wsi_sink *sink, wsi_tiff_page *pages, int n, wsi_ifd **ifds, wsi_error *err)
{
    wsi_tiff_priv *p = wsi_tiff_priv_of(sink);
    const int subifds = p->profile->subifds;
    uint64_t offsets[PAGES_MAX + 1] = {0};
    pages[0].subifds = offsets + 1;
    pages[0].subifd_count = subifds ? n - 1 : 0;
    for (int pass = 0; pass < 2; pass++) {
        /* The first pass finds the offsets, which the second writes into the list of SubIFDs. */
        uint64_t at = p->at;
        for (int i = 0; i < n; i++) {
            wsi_ifd_destroy(&ifds[i]);
            WSI_FORWARD(wsi_ifd_create(p->big, &ifds[i], err));
            WSI_FORWARD(wsi_tiff_add_tags(sink, &pages[i], ifds[i], err));
            offsets[i] = at;
            at += wsi_ifd_size(ifds[i]);
        }
    }
    for (int i = 0; i < n; i++)
        WSI_FORWARD(write_directory(sink, ifds[i], subifds || i == n - 1 ? 0 : offsets[i + 1], err));
    unsigned char header[WSI_TIFF_HEADER_MAX];
    const size_t size = wsi_tiff_header(p->big, offsets[0], header);
    return wsi_outfile_write(sink->file, 0, header, size, err);
}

/* Level 0, the thumbnail where there is one, the levels below. Returns their number, 0 when out of memory. */
static int make_pages(const wsi_sink *sink, wsi_tiff_page *pages)
{
    const wsi_tiff_priv *p = wsi_tiff_priv_of(sink);
    json_t *facts = wsi_describe(sink, 0, p->records);
    int n = 0, made = facts != NULL;
    for (int l = 0; l < sink->spec.results[0].level_count; l++) {
        pages[n++].level = l;
        if (l > 0 || !p->thumbnail) continue;
        pages[n].level = p->thumbnail->level;
        pages[n++].thumbnail = p->thumbnail;
    }
    for (int i = 0; i < n && made && (i == 0 || p->thumbnail); i++) {
        pages[i].description = p->profile->describe(sink, facts, &pages[i]);
        made = pages[i].description != NULL;
    }
    json_decref(facts);
    return made ? n : 0;
}

wsi_status wsi_tiff_finish(wsi_sink *sink, wsi_error *err)
{
    wsi_tiff_priv *p = wsi_tiff_priv_of(sink);
    wsi_ifd *ifds[PAGES_MAX] = {NULL};
    wsi_tiff_page pages[PAGES_MAX] = {0};
    WSI_FORWARD(wsi_level_records_close(sink, 0, p->records, err));
    if (p->thumbnail) WSI_FORWARD(wsi_tiff_thumbnail_write(sink, p->thumbnail, err));
    WSI_FORWARD(pad_to(sink, WSI_TIFF_ALIGN, err));
    const int n = make_pages(sink, pages);
    wsi_status status =
        n ? write_directories(sink, pages, n, ifds, err) : wsi_error_set(err, WSI_ERR_NO_MEMORY, "out of memory");
    for (int i = 0; i < PAGES_MAX; i++) {
        wsi_ifd_destroy(&ifds[i]);
        wsi_free(pages[i].description);
    }
    if (status == WSI_OK) status = wsi_trailer_write(sink->file, p->profile->format, sink->spec.fingerprint_json, err);
    return status;
}

void wsi_tiff_abort(wsi_sink *sink)
{
    wsi_tiff_priv *p = wsi_tiff_priv_of(sink);
    wsi_encoder_pool_destroy(&p->encoders);
    wsi_level_records_destroy(p->records);
    wsi_tiff_thumbnail_destroy(&p->thumbnail);
    for (int l = 0; l < WSI_LEVELS_MAX; l++) {
        wsi_free(p->levels[l].offsets);
        wsi_free(p->levels[l].counts);
        p->levels[l] = (wsi_tiff_level){NULL, NULL};
    }
}
