/* equalize_adapthist: contrast-limited adaptive histogram equalisation. What is learnt, a round each: the range of the
 * image, the maps of its blocks, the range of the results. */
#include "clahe.h"
#include "exposure-private.h"
#include "linear-private.h"

#include <math.h>

typedef struct adapt_params {
    wsi_floats kernel_size;
    double clip_limit;
    int64_t nbins;
} adapt_params;

static const wsi_param params[] = {
    {.name = "kernel_size",
     .unit = "px",
     .help = "Edge of the blocks, or [rows,columns]; left out, an eighth of the image's height and of its width.",
     .offset = offsetof(adapt_params, kernel_size),
     .type = WSI_PARAM_FLOATS,
     .def = "",
     .min = 1,
     .max = 65536, /* sharing out what a bin holds too much takes as many steps as a block has pixels */
     .min_count = 1,
     .max_count = 2,
     .flags = WSI_PARAM_WHOLE},
    {.name = "clip_limit",
     .unit = "share of a block",
     .help = "Most pixels that a bin may hold, the rest going to others: higher gives more contrast; 0 is no limit.",
     .offset = offsetof(adapt_params, clip_limit),
     .type = WSI_PARAM_FLOAT,
     .def = "0.01",
     .min = 0,
     .max = 1},
    {.name = "nbins",
     .unit = "",
     .help = "Bins of the blocks' histograms.",
     .offset = offsetof(adapt_params, nbins),
     .type = WSI_PARAM_INT,
     .def = "256",
     .min = 1,
     .max = WSI_CLAHE_GRAYS},
};

static wsi_status resolve(const void *params_, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    const int channels = in[0].channels;
    (void)params_, (void)inputs;
    WSI_RETURN_IF(channels == 2 || channels > 4, WSI_ERR_CHAIN,
                  "takes one channel, or three or four (red, green, blue, and a fourth that is left out), not %d",
                  channels);
    WSI_RETURN_IF(in[0].type == WSI_U32 || in[0].type == WSI_I32, WSI_ERR_CHAIN,
                  "takes integers of up to 16 bits and floats, not %s: put a cast before it",
                  wsi_dtype_name(in[0].type));
    *out = (wsi_pixfmt){WSI_F32, channels == 1 ? 1 : 3};
    return WSI_OK;
}

static const adapt_params *params_of(const wsi_fit_call *call)
{
    return (const adapt_params *)call->params;
}

static int64_t block_edge(const wsi_floats *given, int axis, int64_t size)
{
    return given->n > 0 ? (int64_t)wsi_axis_value(given, axis) : wsi_max64(size / 8, 1);
}

static wsi_clahe_grid grid_of(const wsi_fit_call *call)
{
    wsi_clahe_grid g = {.w = call->w, .h = call->h};
    g.kx = block_edge(&params_of(call)->kernel_size, 1, g.w);
    g.ky = block_edge(&params_of(call)->kernel_size, 0, g.h);
    g.nx = (g.w + g.kx - 1) / g.kx;
    g.ny = (g.h + g.ky - 1) / g.ky;
    return g;
}

/* 0 where they are too many. */
static int64_t entries(const wsi_fit_call *call)
{
    const wsi_clahe_grid g = grid_of(call);
    const int64_t bins = params_of(call)->nbins, most = WSI_CLAHE_ENTRIES_MAX;
    return g.nx <= most && g.ny <= most && g.nx * g.ny <= most / bins ? g.nx * g.ny * bins : 0;
}

enum { OF_LEVELS = 0, OF_BLOCKS, OF_RESULTS, ROUNDS, AT_MAPS = 4 };

static int rounds(const wsi_fit_call *call)
{
    (void)call;
    return ROUNDS;
}

/* The range of levels, that of results, and each block's map. */
static int fields(const wsi_fit_call *call, wsi_fit_field field[WSI_FIT_FIELDS_MAX])
{
    field[0] = (wsi_fit_field){"levels", 2};
    field[1] = (wsi_fit_field){"results", 2};
    field[2] = (wsi_fit_field){"maps", wsi_max64(entries(call), 1)};
    return 3;
}

/* ---- accumulators ---- */

/* Of indices or results. */
typedef struct range {
    int64_t low, high, foreign;
} range;

/* Of the last round: results are made to see their range. */
typedef struct preview {
    _Alignas(64) range seen;
    wsi_clahe_state state;
} preview;

/* Of the second. */
typedef struct histograms {
    wsi_clahe_grid grid;
    uint16_t bin_of[WSI_CLAHE_INDICES];
    uint64_t count[];
} histograms;

static size_t maps_size(const wsi_fit_call *call)
{
    return (size_t)entries(call) * sizeof(uint16_t);
}

static size_t size(const wsi_fit_call *call)
{
    if (call->round == OF_LEVELS) return sizeof(range);
    if (call->round == OF_BLOCKS) return sizeof(histograms) + (size_t)entries(call) * sizeof(uint64_t);
    return sizeof(preview) + maps_size(call);
}

/* All but the results' range. */
static void fill_state(const wsi_fit_call *call, wsi_clahe_state *s)
{
    uint16_t *map = (uint16_t *)(s + 1);
    s->grid = grid_of(call);
    s->bins = params_of(call)->nbins;
    wsi_clahe_bins(s->bin_of, call->in[0], s->bins, call->fit[0], call->fit[1]);
    for (int64_t i = 0; i < entries(call); i++) map[i] = (uint16_t)call->fit[AT_MAPS + i];
}

static void init(const wsi_fit_call *call, void *acc)
{
    *(range *)acc = (range){INT64_MAX, INT64_MIN, 0};
    if (call->round == OF_RESULTS) fill_state(call, &((preview *)acc)->state);
    if (call->round != OF_BLOCKS) return;
    histograms *h = (histograms *)acc;
    h->grid = grid_of(call);
    wsi_clahe_bins(h->bin_of, call->in[0], params_of(call)->nbins, call->fit[0], call->fit[1]);
}

static void widen(range *r, int64_t low, int64_t high)
{
    r->low = wsi_min64(r->low, low);
    r->high = wsi_max64(r->high, high);
}

static void add_levels(range *r, const uint16_t *index, int64_t n)
{
    uint16_t low = UINT16_MAX, high = 0;
    for (int64_t i = 0; i < n; i++) {
        low = index[i] < low ? index[i] : low;
        high = index[i] > high ? index[i] : high;
    }
    widen(r, low, high);
}

static void add_results(preview *p, const uint16_t *index, int64_t x, int64_t y, int64_t n)
{
    int32_t result[WSI_CLAHE_RUN], low = INT32_MAX, high = INT32_MIN;
    wsi_clahe_results_for(wsi_cpu_best())(&p->state, index, x, y, n, result);
    for (int64_t i = 0; i < n; i++) {
        low = result[i] < low ? result[i] : low;
        high = result[i] > high ? result[i] : high;
    }
    widen(&p->seen, low, high);
}

static void add_blocks(histograms *h, int64_t bins, const uint16_t *index, int64_t x, int64_t y, int64_t n)
{
    uint16_t bin[WSI_CLAHE_RUN];
    for (int64_t i = 0; i < n; i++) bin[i] = h->bin_of[index[i]];
    wsi_clahe_count(h->count, &h->grid, bins, bin, x, y, n);
}

static void add_run(const wsi_fit_call *call, const void *pixels, int64_t x, int64_t y, int64_t n, void *acc)
{
    uint16_t index[WSI_CLAHE_RUN];
    wsi_clahe_indices(index, pixels, call->in[0], n);
    if (call->round == OF_LEVELS) {
        add_levels((range *)acc, index, n);
        ((range *)acc)->foreign += wsi_clahe_foreign(pixels, call->in[0], n);
    } else if (call->round == OF_BLOCKS) {
        add_blocks((histograms *)acc, params_of(call)->nbins, index, x, y, n);
    } else {
        add_results((preview *)acc, index, x, y, n);
    }
}

static void accumulate(const wsi_fit_call *call, const wsi_image *im, int64_t x, int64_t y, void *acc)
{
    const size_t pixel = wsi_pixfmt_size(im->fmt);
    for (int64_t j = 0; j < im->h; j++)
        for (int64_t i = 0; i < im->w; i += WSI_CLAHE_RUN) {
            const char *pixels = (const char *)wsi_image_row(im, j) + (size_t)i * pixel;
            add_run(call, pixels, x + i, y + j, wsi_min64(im->w - i, WSI_CLAHE_RUN), acc);
        }
}

static void merge(const wsi_fit_call *call, void *acc, const void *other)
{
    range *r = (range *)acc;
    const range *more = (const range *)other;
    if (call->round == OF_BLOCKS) {
        uint64_t *count = ((histograms *)acc)->count;
        for (int64_t i = 0; i < entries(call); i++) count[i] += ((const histograms *)other)->count[i];
        return;
    }
    widen(r, more->low, more->high);
    r->foreign += more->foreign;
}

/* ---- the fit ---- */

static wsi_status finalise_levels(const wsi_fit_call *call, const range *r, double *fit, wsi_error *err)
{
    const wsi_clahe_grid g = grid_of(call);
    WSI_RETURN_IF(r->foreign > 0, WSI_ERR_INPUT_UNSUPPORTED,
                  "takes floats from -1 to 1, which %lld samples are not: rescale_intensity brings them there",
                  (long long)r->foreign);
    WSI_RETURN_IF(entries(call) == 0, WSI_ERR_CHAIN,
                  "parameter kernel_size: %lld x %lld blocks of %lld bins are more than %d in all: make blocks larger",
                  (long long)g.nx, (long long)g.ny, (long long)params_of(call)->nbins, WSI_CLAHE_ENTRIES_MAX);
    fit[0] = wsi_clahe_level(call->in[0], (int)r->low);
    fit[1] = wsi_clahe_level(call->in[0], (int)r->high);
    return WSI_OK;
}

static void finalise_blocks(const wsi_fit_call *call, histograms *h, double *fit)
{
    const int64_t bins = params_of(call)->nbins;
    for (int64_t i = 0; i < h->grid.nx * h->grid.ny; i++)
        wsi_clahe_map_of(h->count + i * bins, &h->grid, bins, params_of(call)->clip_limit, fit + AT_MAPS + i * bins);
}

static wsi_status finalise(const wsi_fit_call *call, void *acc, double *fit, wsi_error *err)
{
    const range *r = (const range *)acc;
    if (call->round == OF_LEVELS) return finalise_levels(call, r, fit, err);
    if (call->round == OF_BLOCKS) finalise_blocks(call, (histograms *)acc, fit);
    if (call->round == OF_RESULTS) fit[2] = (double)r->low, fit[3] = (double)r->high;
    return WSI_OK;
}

static size_t state_size(const wsi_fit_call *call)
{
    return sizeof(wsi_clahe_state) + maps_size(call);
}

static wsi_status prepare(const wsi_fit_call *call, void *state, wsi_error *err)
{
    wsi_clahe_state *s = (wsi_clahe_state *)state;
    (void)err;
    fill_state(call, s);
    s->low = call->fit[2];
    s->span = call->fit[3] - call->fit[2];
    return WSI_OK;
}

static const wsi_reduction reduction = {WSI_EXPOSURE_REDUCTION, .state_size = state_size, .prepare = prepare};

WSI_KERNEL_PICK(clahe)

const wsi_op wsi_op_equalize_adapthist = {
    .name = "equalize_adapthist",
    WSI_EXPOSURE_ROW(adapt_params, wsi_clahe_state),
    .summary = "Contrast-limited adaptive histogram equalisation (CLAHE) on one grid of blocks over the whole image.",
    .doc =
        "The image is brought to 16 bits, and from its own smallest and largest value to 0..16383. Every block of "
        "kernel_size has a histogram of nbins, clipped at clip_limit times the block's pixels and the excess spread "
        "over "
        "the bins, and its cumulative sum is a map from bins to results; blocks at the far edges are completed by "
        "mirroring. A pixel's result lies bilinearly between the maps of the four blocks around it, cut off to an "
        "integer, and the results' own smallest and largest value become 0 and 1: float32. All of this is of the whole "
        "image, learnt in three passes before the one that makes the result, so that there are no seams. Of colour "
        "images the largest channel (the value of HSV) is equalised and hue and saturation stay; a fourth channel is "
        "left out.\n\nBlocks times bins are at most 524288. Floats must lie from -1 to 1; negative ones count as 0. "
        "32-bit integers are refused. A grey image that is 3 or 4 pixels wide is still grey, unlike in the reference.",
    .cost = 4.7,
    .source = "scikit-image 0.26 exposure.equalize_adapthist; Zuiderveld, Graphics Gems IV",
    .edge = "mirror (numpy's reflect), of the histograms",
    .complexity = "O(1) a pixel, in four passes",
    .example = "equalize_adapthist",
    .cuda = WSI_CUDA(clahe),
};
