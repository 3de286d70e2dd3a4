/* Synthetic slides of any size: no file, every pixel computed from its position (reader-synthetic.h says what is
 * where). Used to prove that memory does not grow with the slide, and as a picture whose nuclei are known.
 *
 * A row is painted in three passes over one index row: tissue everywhere (a smooth field plus texture selects a colour
 * from a table of pinks), then background spans, then nuclei, both through tables of their own. No pass looks at
 * another tile, so tiles are independent. */
#include "reader-private.h"
#include "reader-synthetic.h"
#include "synthetic-private.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"

enum {
    NOISE = 256,       /* period of the texture along a row; rows are shifted by a hash, so it does not show */
    LATTICE_SHIFT = 8, /* the smooth field has a node every 256 px */
    LEVELS_MAX = 24,
    CHUNK = 4096, /* level-0 pixels painted at once */
    DISC_RADIUS = 480,
    SCENE_VERSION = 1 /* part of the fingerprint: raise it when pixels change */
};

typedef struct synthetic {
    wsi_synthetic_spec spec;
    uint8_t noise[NOISE][2 * NOISE]; /* 0..47; each row twice, so that a shifted row is contiguous */
    uint8_t pink[256][4], white[256][4], purple[256][4];
    uint8_t half[RADII][RADII][NUCLEUS_MAX + 1]; /* half-width of a nucleus by its radii and the row's distance */
} synthetic;

static int probe(const wsi_source *src)
{
    return src->fd < 0 && strncmp(src->path, "synthetic:", 10) == 0;
}

static void make_tables(synthetic *s)
{
    for (int y = 0; y < NOISE; y++) {
        for (int x = 0; x < NOISE; x++) {
            s->noise[y][x] = (uint8_t)(wsi_synthetic_hash(s->spec.seed, x + 7919, y) % 48);
            s->noise[y][x + NOISE] = s->noise[y][x];
        }
    }
    for (int i = 0; i < 256; i++) {
        const uint8_t pink[4] = {(uint8_t)(244 - i / 8), (uint8_t)(206 - i / 3), (uint8_t)(228 - i / 5), 0};
        const uint8_t white[4] = {(uint8_t)(246 - i % 4), (uint8_t)(245 - i % 4), (uint8_t)(247 - i % 4), 0};
        const uint8_t purple[4] = {(uint8_t)(72 + i / 8), (uint8_t)(40 + i / 8), (uint8_t)(118 + i / 8), 0};
        memcpy(s->pink[i], pink, 4);
        memcpy(s->white[i], white, 4);
        memcpy(s->purple[i], purple, 4);
    }
    for (int rx = 0; rx < RADII; rx++) {
        for (int ry = 0; ry < RADII; ry++) {
            const wsi_nucleus nucleus = {0, 0, rx + NUCLEUS_MIN, ry + NUCLEUS_MIN};
            for (int dy = 0; dy <= nucleus.ry; dy++) {
                s->half[rx][ry][dy] = (uint8_t)wsi_nucleus_half_width(&nucleus, dy);
            }
        }
    }
}

/* Smooth field at lattice node (i, j): 1..206 in 16.16 fixed point, so that rounding in between stays above 0. */
static int32_t node(const synthetic *s, int64_t i, int64_t j)
{
    return (int32_t)(wsi_synthetic_hash(s->spec.seed ^ 0x68E31DA4u, i, j) % 206 + 1) << 16;
}

static int32_t lerp(int32_t a, int32_t b, int32_t t)
{
    return a + ((b - a) >> LATTICE_SHIFT) * t;
}

/* Colour indices (0..253) of level-0 pixels x .. x+n-1 of row y. */
static void index_row(const synthetic *s, int64_t x, int64_t y, int n, uint8_t *out)
{
    const uint32_t shift = wsi_synthetic_hash(s->spec.seed ^ 0x1B56C4E9u, y, 0) % NOISE;
    const uint8_t *noise = s->noise[wsi_synthetic_hash(s->spec.seed, y, 1) % NOISE] + shift;
    const int64_t j = y >> LATTICE_SHIFT;
    const int32_t t = (int32_t)(y & ((1 << LATTICE_SHIFT) - 1));
    while (n > 0) {
        const int64_t i = x >> LATTICE_SHIFT;
        const int in = (int)(x & (NOISE - 1)), run = NOISE - in < n ? NOISE - in : n;
        const int32_t a = lerp(node(s, i, j), node(s, i, j + 1), t);
        const int32_t b = lerp(node(s, i + 1, j), node(s, i + 1, j + 1), t);
        const int32_t step = (b - a) >> LATTICE_SHIFT;
        for (int k = 0; k < run; k++) out[k] = (uint8_t)(((a + step * (in + k)) >> 16) + noise[in + k]);
        x += run;
        out += run;
        n -= run;
    }
}

/* dst[k] = table[index[k]], three bytes each; writes a fourth byte over the next pixel but never past the last. */
static void paint(uint8_t *dst, const uint8_t (*table)[4], const uint8_t *index, int n)
{
    for (int k = 0; k < n - 1; k++) memcpy(dst + 3 * k, table[index[k]], 4);
    if (n > 0) memcpy(dst + 3 * (n - 1), table[index[n - 1]], 3);
}

/* Background regions are discs with a ragged border. Paints what row y has of them over pixels x .. x+n-1. */
static void paint_background(const synthetic *s, uint8_t *dst, const uint8_t *index, int64_t x, int64_t y, int n)
{
    if (y < ORIGIN) return;
    const int64_t ry = (y - ORIGIN) / REGION_PX;
    const int64_t dy = y - ORIGIN - ry * REGION_PX - REGION_PX / 2;
    const int64_t radius = DISC_RADIUS - (int64_t)(wsi_synthetic_hash(s->spec.seed, y >> 2, 2) % 16);
    if (dy < -radius || dy > radius) return;
    const int64_t half = wsi_synthetic_isqrt(radius * radius - dy * dy);
    for (int64_t rx = x > ORIGIN ? (x - ORIGIN) / REGION_PX : 0; ORIGIN + rx * REGION_PX < x + n; rx++) {
        if (!wsi_synthetic_is_background(s->spec.seed, rx, ry)) continue;
        const int64_t mid = ORIGIN + rx * REGION_PX + REGION_PX / 2;
        const int64_t from = mid - half > x ? mid - half : x, to = mid + half < x + n ? mid + half : x + n;
        if (from < to) paint(dst + 3 * (from - x), s->white, index + (from - x), (int)(to - from));
    }
}

static void paint_nucleus(const synthetic *s, const wsi_nucleus *nucleus, wsi_rect area, uint8_t *dst, ptrdiff_t stride)
{
    uint8_t index[CELL_PX];
    const uint8_t *half = s->half[nucleus->rx - NUCLEUS_MIN][nucleus->ry - NUCLEUS_MIN];
    for (int dy = -nucleus->ry; dy <= nucleus->ry; dy++) {
        const int64_t y = nucleus->cy + dy, reach = half[abs(dy)];
        const int64_t from = nucleus->cx - reach > area.x ? nucleus->cx - reach : area.x;
        const int64_t end = nucleus->cx + reach + 1 < area.x + area.w ? nucleus->cx + reach + 1 : area.x + area.w;
        if (y < area.y || y >= area.y + area.h || from >= end) continue;
        index_row(s, from, y, (int)(end - from), index);
        paint(dst + (y - area.y) * stride + 3 * (from - area.x), s->purple, index, (int)(end - from));
    }
}

static void paint_nuclei(const synthetic *s, wsi_rect area, uint8_t *dst, ptrdiff_t stride)
{
    wsi_nucleus nuclei[WSI_SYNTHETIC_BLOCK_NUCLEI];
    int64_t bx_end, by_end;
    wsi_synthetic_blocks(&s->spec, &bx_end, &by_end);
    for (int64_t by = area.y > ORIGIN ? (area.y - ORIGIN) / BLOCK_PX : 0; by < by_end; by++) {
        if (ORIGIN + by * BLOCK_PX >= area.y + area.h) break;
        for (int64_t bx = area.x > ORIGIN ? (area.x - ORIGIN) / BLOCK_PX : 0; bx < bx_end; bx++) {
            if (ORIGIN + bx * BLOCK_PX >= area.x + area.w) break;
            const int n = wsi_synthetic_block(&s->spec, bx, by, nuclei);
            for (int i = 0; i < n; i++) paint_nucleus(s, &nuclei[i], area, dst, stride);
        }
    }
}

/* Paints level-0 pixels of an area at most CHUNK wide. */
static void paint_area(const synthetic *s, wsi_rect area, uint8_t *dst, ptrdiff_t stride)
{
    uint8_t index[CHUNK];
    for (int64_t y = 0; y < area.h; y++) {
        uint8_t *row = dst + y * stride;
        index_row(s, area.x, area.y + y, (int)area.w, index);
        paint(row, s->pink, index, (int)area.w);
        paint_background(s, row, index, area.x, area.y + y, (int)area.w);
    }
    paint_nuclei(s, area, dst, stride);
}

/* One row of level n >= 1: level-0 pixels with a step of 2^n. */
static void paint_reduced_row(const synthetic *s, int level, int64_t x, int64_t y, int64_t n, uint8_t *dst)
{
    uint8_t full[3 * CHUNK];
    const int64_t step = (int64_t)1 << level, per_chunk = step < CHUNK ? CHUNK / step : 1;
    for (int64_t i = 0; i < n; i += per_chunk) {
        const int64_t count = per_chunk < n - i ? per_chunk : n - i;
        const wsi_rect area = {(x + i) * step, y * step, (count - 1) * step + 1, 1};
        paint_area(s, area, full, 0);
        for (int64_t k = 0; k < count; k++) memcpy(dst + 3 * (i + k), full + 3 * k * step, 3);
    }
}

static wsi_status read_tile(wsi_slide *slide, int level, int64_t tx, int64_t ty, const void *bytes, size_t size,
                            const wsi_image *dst, wsi_error *err)
{
    const synthetic *s = slide->priv;
    const wsi_level *l = &slide->info.levels[level];
    const int64_t x = tx * l->tile_w, y = ty * l->tile_h;
    (void)bytes;
    (void)size;
    (void)err;
    for (int64_t i = 0; level == 0 && i < dst->w; i += CHUNK) {
        const int64_t n = CHUNK < dst->w - i ? CHUNK : dst->w - i;
        paint_area(s, (wsi_rect){x + i, y, n, dst->h}, (uint8_t *)dst->data + 3 * i, dst->stride);
    }
    for (int64_t row = 0; level > 0 && row < dst->h; row++) {
        paint_reduced_row(s, level, x, y + row, dst->w, wsi_image_row(dst, row));
    }
    return WSI_OK;
}

/* Number at *text up to the next ',' or the end; moves *text behind it. 0 when there is none or it is out of range. */
static int take_number(const char **text, double min, double max, int whole, double *out)
{
    const size_t n = strcspn(*text, ",");
    if (n == 0 || n > 24 || strspn(*text, whole ? "0123456789" : "0123456789.") != n) return 0;
    *out = wsi_parse_number(*text);
    *text += n;
    return *out >= min && *out <= max;
}

static int take_size(const char **text, wsi_synthetic_spec *spec)
{
    double v;
    const size_t w = strspn(*text, "0123456789");
    if (w == 0 || w > 10 || (*text)[w] != 'x') return 0;
    v = wsi_parse_number(*text);
    if (v < 1 || v > INT32_MAX) return 0;
    spec->w = (int64_t)v;
    *text += w + 1;
    if (!take_number(text, 1, INT32_MAX, 1, &v)) return 0;
    spec->h = (int64_t)v;
    return 1;
}

static int take_option(const char **text, wsi_synthetic_spec *spec)
{
    static const struct {
        const char *key;
        double min, max;
        int whole;
    } options[] = {
        {"seed=", 0, UINT32_MAX, 1}, {"tile=", 16, 8192, 1}, {"levels=", 1, LEVELS_MAX, 1}, {"mpp=", 0.001, 1000, 0}};
    for (int i = 0; i < (int)(sizeof options / sizeof *options); i++) {
        const size_t n = strlen(options[i].key);
        double v;
        if (strncmp(*text, options[i].key, n) != 0) continue;
        *text += n;
        if (!take_number(text, options[i].min, options[i].max, options[i].whole, &v)) return 0;
        if (i == 0) spec->seed = (uint32_t)v;
        if (i == 1) spec->tile = (int64_t)v;
        if (i == 2) spec->levels = (int)v;
        if (i == 3) spec->mpp = v;
        return 1;
    }
    return 0;
}

wsi_status wsi_synthetic_parse(const char *path, wsi_synthetic_spec *out, wsi_error *err)
{
    const char *text = path + strlen("synthetic:");
    *out = (wsi_synthetic_spec){.seed = 1, .tile = 256, .levels = 1, .mpp = 0.25};
    int good = take_size(&text, out);
    while (good && *text == ',') {
        text++;
        good = take_option(&text, out);
    }
    WSI_RETURN_IF(!good || *text, WSI_ERR_USAGE,
                  "a synthetic slide is synthetic:WxH[,seed=0..2^32-1][,tile=16..8192][,levels=1..%d][,mpp=X], "
                  "sizes from 1 to 2^31-1",
                  LEVELS_MAX);
    return WSI_OK;
}

static wsi_status add_levels(wsi_slide *slide, const wsi_synthetic_spec *spec, wsi_error *err)
{
    for (int i = 0; i < spec->levels; i++) {
        const int64_t round = ((int64_t)1 << i) - 1;
        const wsi_level level = {.w = (spec->w + round) >> i,
                                 .h = (spec->h + round) >> i,
                                 .tile_w = spec->tile,
                                 .tile_h = spec->tile,
                                 .compression = "synthetic"};
        const wsi_level *last = &slide->info.levels[i > 0 ? i - 1 : 0];
        if (i > 0 && level.w == last->w && level.h == last->h) break;
        WSI_FORWARD(wsi_slide_add_level(slide, &level, err));
    }
    return WSI_OK;
}

static wsi_status open_slide(wsi_slide *slide, wsi_error *err)
{
    synthetic *s = slide->priv;
    WSI_FORWARD(wsi_synthetic_parse(slide->info.path, &s->spec, err));
    make_tables(s);
    slide->info.vendor = "synthetic";
    slide->info.mpp_x = slide->info.mpp_y = s->spec.mpp;
    slide->info.objective = s->spec.mpp < 0.18 ? 80 : s->spec.mpp < 0.36 ? 40 : s->spec.mpp < 0.75 ? 20 : 10;
    WSI_FORWARD(wsi_slide_set_format(slide, (wsi_pixfmt){WSI_U8, 3}, WSI_PHOTO_RGB, 255, err));
    WSI_FORWARD(add_levels(slide, &s->spec, err));
    WSI_FORWARD(wsi_slide_add_propertyf(slide, err, "synthetic.nuclei", "%llu",
                                        (unsigned long long)wsi_synthetic_count(&s->spec)));
    WSI_FORWARD(wsi_slide_add_propertyf(slide, err, "synthetic.seed", "%u", s->spec.seed));
    const int64_t id[] = {
        SCENE_VERSION, s->spec.w, s->spec.h, s->spec.seed, s->spec.levels, s->spec.tile, (int64_t)(s->spec.mpp * 1e6)};
    return wsi_slide_fingerprint(slide, (const void *const[]){id}, (const size_t[]){sizeof id}, 1, err);
}

static void close_slide(wsi_slide *slide)
{
    (void)slide;
}

const wsi_reader_driver wsi_reader_synthetic = {
    .name = "synthetic",
    .summary = "analytic H&E-like slides of any size, with known nuclei",
    .priv_size = sizeof(synthetic),
    .probe = probe,
    .open = open_slide,
    .read_tile = read_tile,
    .close = close_slide,
};
