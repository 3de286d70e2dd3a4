/* Reference of equalize_adapthist: the whole image, mirrored on all sides up to whole blocks, as its definition has it.
 */
#include "checkop.h"

#include <math.h>
#include <string.h>

#include "common/mem.h"

enum { TOP = 16383 };

typedef struct clahe {
    int64_t w, h, kx, ky, nx, ny, bins;
    int *gray; /* of each pixel, 0..TOP */
    int *map;  /* of each block */
} clahe;

/* The image's value, 0..65535: of three channels the largest one of a float image. */
static double level(const plane *in, int64_t i)
{
    const double *p = in->v + i * in->channels;
    const wsi_dtype type = in->type;
    if (in->channels >= 3) {
        const double v =
            fmax(checkop_as_float(type, p[0]), fmax(checkop_as_float(type, p[1]), checkop_as_float(type, p[2])));
        return fmax(type == WSI_F32 ? (double)rintf((float)v * 65535.0f) : rint(v * 65535), 0);
    }
    switch (type) {
    case WSI_BOOL:
        return p[0] * 65535;
    case WSI_U8:
        return p[0] * 257;
    case WSI_I8:
        return floor(fmax(p[0], 0) * 16513 / 32);
    case WSI_I16:
        return floor(fmax(p[0], 0) * 32769 / 16384);
    case WSI_F32:
        return (double)rintf(fmaxf((float)p[0], 0) * 65535.0f);
    case WSI_F64:
        return rint(fmax(p[0], 0) * 65535);
    default:
        return p[0];
    }
}

static void find_grays(clahe *c, const plane *in)
{
    const int64_t n = c->w * c->h;
    double low = INFINITY, high = -INFINITY;
    for (int64_t i = 0; i < n; i++) {
        low = fmin(low, level(in, i));
        high = fmax(high, level(in, i));
    }
    for (int64_t i = 0; i < n; i++) {
        const double v = level(in, i);
        c->gray[i] = (int)(high > low ? rint((v - low) / (high - low) * TOP) : fmin(v, TOP));
    }
}

static int64_t mirror(int64_t i, int64_t n)
{
    if (n == 1) return 0;
    while (i < 0 || i >= n) i = i < 0 ? -i : 2 * (n - 1) - i;
    return i;
}

static int bin_at(const clahe *c, int64_t x, int64_t y)
{
    return c->gray[mirror(y, c->h) * c->w + mirror(x, c->w)] / (int)(1 + 16384 / c->bins);
}

/* Excess above the limit is shared out; what does not divide goes to bins some steps apart. */
static void clip_histogram(int64_t *bin, int64_t n, int64_t limit)
{
    int64_t excess = 0;
    for (int64_t i = 0; i < n; i++) excess += bin[i] > limit ? bin[i] - limit : 0;
    for (int64_t i = 0; i < n; i++) bin[i] = bin[i] > limit ? limit : bin[i];
    const int64_t each = excess / n;
    for (int64_t i = 0; i < n; i++) {
        const int low = bin[i] < limit - each;
        excess -= low ? each : 0;
        bin[i] += low ? each : 0;
    }
    for (int64_t i = 0; i < n; i++) {
        if (bin[i] < limit - each || bin[i] >= limit) continue;
        excess -= limit - bin[i];
        bin[i] = limit;
    }
    for (int64_t before = excess + 1; excess > 0 && excess < before;) {
        before = excess;
        for (int64_t first = 0; first < n && excess > 0; first++) {
            int64_t under = 0;
            for (int64_t i = 0; i < n; i++) under += bin[i] < limit;
            const int64_t step = under / excess > 1 ? under / excess : 1;
            int64_t taken = 0;
            for (int64_t i = first; i < n; i += step) {
                taken += bin[i] < limit;
                bin[i] += bin[i] < limit;
            }
            excess -= taken;
        }
    }
}

static void make_map(const clahe *c, int64_t bx, int64_t by, double clip_limit, int *map)
{
    const double pixels = (double)(c->kx * c->ky);
    int64_t *bin = (int64_t *)wsi_calloc((size_t)c->bins, sizeof *bin), sum = 0;
    for (int64_t y = by * c->ky; y < (by + 1) * c->ky; y++)
        for (int64_t x = bx * c->kx; x < (bx + 1) * c->kx; x++) bin[bin_at(c, x, y)]++;
    clip_histogram(bin, c->bins, clip_limit > 0 ? (int64_t)fmax(clip_limit * pixels, 1) : (int64_t)pixels);
    for (int64_t i = 0; i < c->bins; i++) {
        sum += bin[i];
        map[i] = (int)fmin((double)sum * (TOP / pixels), TOP);
    }
    wsi_free(bin);
}

static int64_t clamp(int64_t v, int64_t n)
{
    return v < 0 ? 0 : v < n ? v : n - 1;
}

static int result_at(const clahe *c, int64_t x, int64_t y)
{
    const int64_t px = x + c->kx / 2, py = y + c->ky / 2;
    const double share[2] = {(double)(px % c->kx) / (double)c->kx, (double)(py % c->ky) / (double)c->ky};
    float sum = 0;
    for (int dy = 0; dy < 2; dy++)
        for (int dx = 0; dx < 2; dx++) {
            const int64_t bx = clamp(px / c->kx - 1 + dx, c->nx), by = clamp(py / c->ky - 1 + dy, c->ny);
            const int v = c->map[(by * c->nx + bx) * c->bins + bin_at(c, x, y)];
            sum += (float)(v * ((dx ? share[0] : 1 - share[0]) * (dy ? share[1] : 1 - share[1])));
        }
    return (int)sum;
}

static void store(const plane *in, plane *out, int64_t i, double value)
{
    const double *p = in->v + i * in->channels;
    if (out->channels == 1) {
        out->v[i] = value;
        return;
    }
    double v[3];
    for (int k = 0; k < 3; k++) v[k] = checkop_as_float(in->type, p[k]);
    const double largest = fmax(v[0], fmax(v[1], v[2]));
    for (int k = 0; k < 3; k++) out->v[3 * i + k] = largest == 0 ? value : v[k] / largest * value;
}

static int64_t edge_of(const oprun *run, int axis, int64_t size)
{
    const int given = checkop_list_size(run, "kernel_size");
    if (given) return (int64_t)checkop_list(run, "kernel_size", given > 1 ? axis : 0);
    return size / 8 > 1 ? size / 8 : 1;
}

static void ref_clahe(const oprun *run, const plane *in, plane *out)
{
    clahe c = {.w = in->w, .h = in->h, .kx = edge_of(run, 1, in->w), .ky = edge_of(run, 0, in->h)};
    const int64_t n = c.w * c.h;
    int low = TOP, high = 0;
    c.nx = (c.w + c.kx - 1) / c.kx;
    c.ny = (c.h + c.ky - 1) / c.ky;
    c.bins = (int64_t)checkop_number(run, "nbins");
    c.gray = (int *)wsi_calloc((size_t)n, sizeof *c.gray);
    c.map = (int *)wsi_calloc((size_t)(c.nx * c.ny * c.bins), sizeof *c.map);
    find_grays(&c, in);
    for (int64_t i = 0; i < c.nx * c.ny; i++)
        make_map(&c, i % c.nx, i / c.nx, checkop_number(run, "clip_limit"), c.map + i * c.bins);
    for (int64_t i = 0; i < n; i++) {
        const int v = result_at(&c, i % c.w, i / c.w);
        low = v < low ? v : low;
        high = v > high ? v : high;
    }
    for (int64_t i = 0; i < n; i++) {
        const double v = result_at(&c, i % c.w, i / c.w);
        store(in, out, i, high > low ? (v - low) / (high - low) : fmin(v, 1));
    }
    wsi_free(c.gray);
    wsi_free(c.map);
}

static const char *const clahe_large[] = {"equalize_adapthist", "equalize_adapthist:kernel_size=[40,3],nbins=500",
                                          "equalize_adapthist:clip_limit=0,kernel_size=9", NULL};

const checkop_row checkop_clahe_rows[] = {
    {"equalize_adapthist", ref_clahe, clahe_large},
    {NULL, NULL, NULL},
};
