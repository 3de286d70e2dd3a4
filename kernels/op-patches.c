/* patches: places of squares that hold enough tissue, for whoever reads the slide square by square.
 *
 * The borders of all patches cut the mask into cells, along x and along y. A tile leaves the number of its mask pixels
 * in each of its cells. As rows of cells are complete, they are summed up from the top left, and of each patch the sum
 * over its cells is four of these sums; those from the top of a patch on are kept until its bottom is reached. */
#include <math.h>
#include <string.h>

#include "common/mem.h"
#include "op-private.h"
#include "spans.h"
#include "whole.h"

enum { SIZE_MAX_PIXELS = 65536, KEPT = 4096 /* patches that go to the scratch file or to a table at once */ };

typedef struct patches_params {
    int64_t size, stride;
    double mpp, min_tissue;
    wsi_operand mask;
} patches_params;

static const wsi_param params[] = {
    {.name = "size",
     .unit = "px",
     .help = "Edge of a patch, in pixels of the size that mpp says.",
     .offset = offsetof(patches_params, size),
     .type = WSI_PARAM_INT,
     .def = "256",
     .min = 1,
     .max = SIZE_MAX_PIXELS},
    {.name = "stride",
     .unit = "px",
     .help = "From one patch to the next, in the same pixels; 0: the size, so that patches touch.",
     .offset = offsetof(patches_params, stride),
     .type = WSI_PARAM_INT,
     .def = "0",
     .min = 0,
     .max = SIZE_MAX_PIXELS},
    {.name = "mpp",
     .unit = "um/px",
     .help = "Micrometres a pixel at which patches are to be read; 0: the slide's own, of level 0.",
     .offset = offsetof(patches_params, mpp),
     .type = WSI_PARAM_FLOAT,
     .def = "0",
     .min = 0,
     .max = 1000},
    {.name = "min_tissue",
     .unit = "0..1",
     .help = "Least part of a patch that the mask covers.",
     .offset = offsetof(patches_params, min_tissue),
     .type = WSI_PARAM_FLOAT,
     .def = "0.5",
     .min = 0,
     .max = 1},
    {.name = "mask",
     .unit = "",
     .help = "Mask of tissue, in the place of the step's own input.",
     .offset = offsetof(patches_params, mask),
     .type = WSI_PARAM_IMAGE,
     .def = ""},
};

/* Patches along one axis: patch i covers pixels border[first[i]] .. border[last[i]] - 1 of the mask. */
typedef struct axis {
    int64_t length;        /* of the mask */
    int64_t count;         /* patches */
    int64_t borders;       /* cell k covers border[k] .. border[k + 1] - 1 */
    int64_t *border;       /* ascending */
    int32_t *first, *last; /* of patches */
} axis;

typedef struct geometry {
    int64_t size, stride;       /* of level 0 */
    double down_x, down_y, mpp; /* of level 0; mpp 0 = not known */
} geometry;

typedef struct patch {
    uint32_t column, row;
    double tissue;
} patch;

typedef struct patches {
    const wsi_whole_call *call;
    geometry at;
    axis x, y;
    int64_t cells_x, cells_y; /* most in a tile */
    uint64_t *band;           /* cells of the row of tiles, cells_y + 1 rows */
    int64_t band_row;         /* its first cell */
    uint64_t *sums;           /* `kept` rows of sums from the top left, one for each border of x, by border of y */
    int64_t kept, next;       /* rows of sums; the next row of patches */
    wsi_scratch *scratch;
    patch *found; /* KEPT of them */
    int64_t found_count, pieces, total;
    uint64_t *piece_at; /* in the scratch file, KEPT patches each but the last */
    int64_t piece_room;
} patches;

/* ---- Geometry ---- */

static int mask_of(const wsi_whole_call *call)
{
    const int image = ((const patches_params *)call->params)->mask.image;
    return image < 0 ? 0 : image;
}

static int64_t stride_of(const patches_params *p)
{
    return p->stride ? p->stride : p->size;
}

static geometry geometry_of(const wsi_whole_call *call)
{
    const patches_params *p = (const patches_params *)call->params;
    geometry g = {.down_x = call->down_x > 0 ? call->down_x : 1, .down_y = call->down_y > 0 ? call->down_y : 1};
    if (call->mpp_x > 0 && call->mpp_y > 0) g.mpp = sqrt(call->mpp_x / g.down_x * (call->mpp_y / g.down_y));
    const double scale = p->mpp > 0 && g.mpp > 0 ? p->mpp / g.mpp : 1;
    g.size = wsi_max64(1, llround((double)p->size * scale));
    g.stride = wsi_max64(1, llround((double)stride_of(p) * scale));
    return g;
}

/* The mask's pixels of patch i: [*from, *to), one at least. */
static void pixels_of(const axis *a, const geometry *g, double down, int64_t i, int64_t *from, int64_t *to)
{
    *from = wsi_min64(llround((double)(i * g->stride) / down), a->length - 1);
    *to = wsi_min64(wsi_max64(llround((double)(i * g->stride + g->size) / down), *from + 1), a->length);
}

/* Merges the starts and the ends of patches, both ascending. */
static void merge_borders(axis *a, const geometry *g, double down)
{
    for (int64_t i = 0, k = 0; k < a->count;) {
        int64_t start = INT64_MAX, end, other;
        if (i < a->count) pixels_of(a, g, down, i, &start, &other);
        pixels_of(a, g, down, k, &other, &end);
        const int64_t next = wsi_min64(start, end);
        if (a->borders == 0 || a->border[a->borders - 1] != next) a->border[a->borders++] = next;
        if (start <= end)
            a->first[i++] = (int32_t)(a->borders - 1);
        else
            a->last[k++] = (int32_t)(a->borders - 1);
    }
}

static wsi_status make_axis(axis *a, int64_t length, double down, const geometry *g, wsi_error *err)
{
    const int64_t whole = (int64_t)floor((double)length * down + 1e-6);
    a->length = length;
    a->count = whole < g->size ? 0 : (whole - g->size) / g->stride + 1;
    WSI_RETURN_IF(a->count > INT32_MAX / 4, WSI_ERR_CHAIN, "a stride of %lld pixels makes too many patches",
                  (long long)g->stride);
    a->border = (int64_t *)wsi_calloc((size_t)a->count * 2 + 1, sizeof *a->border);
    a->first = (int32_t *)wsi_calloc((size_t)a->count + 1, sizeof *a->first);
    a->last = (int32_t *)wsi_calloc((size_t)a->count + 1, sizeof *a->last);
    WSI_RETURN_IF(!a->border || !a->first || !a->last, WSI_ERR_NO_MEMORY, "no memory for patches");
    merge_borders(a, g, down);
    return WSI_OK;
}

/* The first cell that reaches beyond `place`; borders - 1 when none does. */
static int64_t cell_at(const axis *a, int64_t place)
{
    int64_t low = 0, high = a->borders > 0 ? a->borders - 1 : 0;
    while (low < high) {
        const int64_t middle = (low + high) / 2;
        if (a->border[middle + 1] > place)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Cells that pixels from .. to - 1 touch: [*first, *end). */
static void cells_of(const axis *a, int64_t from, int64_t to, int64_t *first, int64_t *end)
{
    *first = cell_at(a, from);
    *end = *first;
    while (*end + 1 < a->borders && a->border[*end] < to) ++*end;
}

static int64_t most_cells(const axis *a, int64_t tile)
{
    int64_t most = 0;
    for (int64_t at = 0; at < a->length; at += tile) {
        int64_t first, end;
        cells_of(a, at, wsi_min64(at + tile, a->length), &first, &end);
        most = wsi_max64(most, end - first);
    }
    return most;
}

/* ---- Life ---- */

static void free_axis(axis *a)
{
    wsi_free(a->border);
    wsi_free(a->first);
    wsi_free(a->last);
}

static void close_patches(void **self)
{
    patches *p = (patches *)*self;
    *self = NULL;
    if (!p) return;
    free_axis(&p->x);
    free_axis(&p->y);
    wsi_free(p->band);
    wsi_free(p->sums);
    wsi_free(p->found);
    wsi_free(p->piece_at);
    wsi_scratch_close(&p->scratch);
    wsi_free(p);
}

static wsi_status make_room(patches *p, wsi_error *err)
{
    p->cells_x = most_cells(&p->x, p->call->tile);
    p->cells_y = most_cells(&p->y, p->call->tile);
    p->kept = 1;
    for (int64_t i = 0; i < p->y.count; i++) p->kept = wsi_max64(p->kept, p->y.last[i] - p->y.first[i] + 1);
    size_t cells, sums;
    WSI_RETURN_IF(!wsi_mul_size((size_t)p->x.borders + 1, (size_t)p->cells_y + 1, &cells) ||
                      !wsi_mul_size((size_t)p->x.borders + 1, (size_t)p->kept, &sums),
                  WSI_ERR_NO_MEMORY, "no memory for patches");
    p->band = (uint64_t *)wsi_calloc(cells, sizeof *p->band);
    p->sums = (uint64_t *)wsi_calloc(sums, sizeof *p->sums);
    p->found = (patch *)wsi_calloc(KEPT, sizeof *p->found);
    WSI_RETURN_IF(!p->band || !p->sums || !p->found, WSI_ERR_NO_MEMORY, "no memory for patches");
    return wsi_scratch_open(p->call->scratch, &p->scratch, err);
}

static wsi_status open_patches(const wsi_whole_call *call, void **self, wsi_error *err)
{
    const patches_params *params_ = (const patches_params *)call->params;
    const geometry g = geometry_of(call);
    *self = NULL;
    WSI_RETURN_IF(params_->mpp > 0 && g.mpp <= 0, WSI_ERR_USAGE,
                  "parameter mpp: the slide does not say its mpp: give --mpp-override");
    patches *p = (patches *)wsi_calloc(1, sizeof *p);
    WSI_RETURN_IF(!p, WSI_ERR_NO_MEMORY, "no memory for patches");
    *self = p;
    p->call = call;
    p->at = g;
    WSI_FORWARD(make_axis(&p->x, call->w, g.down_x, &g, err));
    WSI_FORWARD(make_axis(&p->y, call->h, g.down_y, &g, err));
    return make_room(p, err);
}

/* ---- Tiles ---- */

static size_t bound(const void *self)
{
    const patches *p = (const patches *)self;
    return (size_t)p->cells_x * (size_t)p->cells_y * sizeof(uint32_t) + (size_t)p->call->tile;
}

/* Of n bytes of 0 or 1: the product has the sum of eight of them in its highest byte. */
static uint32_t count_ones(const uint8_t *p, int64_t n)
{
    uint64_t ones = 0;
    int64_t i = 0;
    for (; i + 8 <= n; i += 8) {
        uint64_t word;
        memcpy(&word, p + i, sizeof word);
        ones += word * UINT64_C(0x0101010101010101) >> 56;
    }
    for (; i < n; i++) ones += p[i];
    return (uint32_t)ones;
}

/* Adds a row of n truth values to the counts of cells [first, end) of x, of which the row begins at pixel x0. */
static void count_row(const axis *a, int64_t first, int64_t end, int64_t x0, int64_t n, const uint8_t *truth,
                      uint32_t *counts)
{
    for (int64_t i = first; i < end; i++) {
        const int64_t from = wsi_max64(a->border[i], x0), to = wsi_min64(a->border[i + 1], x0 + n);
        counts[i - first] += count_ones(truth + (from - x0), to - from);
    }
}

/* The row of truth values lies behind the counts. */
static wsi_status tile(void *self, const wsi_image *im, wsi_rect at, void *out, size_t capacity, size_t *size,
                       wsi_error *err)
{
    const patches *p = (const patches *)self;
    const wsi_image *mask = &im[mask_of(p->call)];
    const wsi_spans_kernel *kernel = wsi_spans_kernel_for(wsi_cpu_best());
    uint32_t *counts = (uint32_t *)out;
    int64_t x0, x1, y0, y1;
    (void)capacity, (void)err;
    cells_of(&p->x, at.x, at.x + at.w, &x0, &x1);
    cells_of(&p->y, at.y, at.y + at.h, &y0, &y1);
    *size = (size_t)(x1 - x0) * (size_t)(y1 - y0) * sizeof *counts;
    uint8_t *truth = (uint8_t *)out + *size;
    memset(counts, 0, *size);
    for (int64_t k = y0; k < y1; k++, counts += x1 - x0) {
        const int64_t end = wsi_min64(p->y.border[k + 1], at.y + at.h);
        for (int64_t y = wsi_max64(p->y.border[k], at.y); y < end; y++) {
            const uint8_t *row = (const uint8_t *)wsi_image_row(mask, y - at.y);
            if (mask->fmt.type != WSI_BOOL) {
                kernel->truth(truth, row, mask->fmt.type, at.w);
                row = truth;
            }
            count_row(&p->x, x0, x1, at.x, at.w, row, counts);
        }
    }
    return WSI_OK;
}

static wsi_status flush(patches *p, wsi_error *err)
{
    if (p->found_count == 0) return WSI_OK;
    if (p->pieces == p->piece_room) {
        const int64_t room = p->piece_room * 2 + 64;
        uint64_t *more = (uint64_t *)wsi_realloc_array(p->piece_at, (size_t)room, sizeof *more);
        WSI_RETURN_IF(!more, WSI_ERR_NO_MEMORY, "no memory for patches");
        p->piece_at = more;
        p->piece_room = room;
    }
    WSI_FORWARD(wsi_scratch_append(p->scratch, p->found, (size_t)p->found_count * sizeof *p->found,
                                   &p->piece_at[p->pieces], err));
    p->pieces++;
    p->total += p->found_count;
    p->found_count = 0;
    return WSI_OK;
}

static uint64_t *sums_at(const patches *p, int64_t border)
{
    return p->sums + border % p->kept * (p->x.borders + 1);
}

/* All patches of a row whose last border has its sums. */
static wsi_status find_row(patches *p, int64_t row, wsi_error *err)
{
    const uint64_t *top = sums_at(p, p->y.first[row]), *bottom = sums_at(p, p->y.last[row]);
    const int64_t h = p->y.border[p->y.last[row]] - p->y.border[p->y.first[row]];
    const double least = ((const patches_params *)p->call->params)->min_tissue;
    for (int64_t i = 0; i < p->x.count; i++) {
        const int32_t a = p->x.first[i], b = p->x.last[i];
        const double pixels = (double)(p->x.border[b] - p->x.border[a]) * (double)h;
        const double tissue = (double)((bottom[b] - bottom[a]) - (top[b] - top[a])) / pixels;
        if (tissue < least) continue;
        p->found[p->found_count++] = (patch){(uint32_t)i, (uint32_t)row, tissue};
        if (p->found_count == KEPT) WSI_FORWARD(flush(p, err));
    }
    return WSI_OK;
}

/* Cells `row` of y are complete, in the band: the sums at their lower border. */
static wsi_status close_cells(patches *p, int64_t row, const uint64_t *cells, wsi_error *err)
{
    const uint64_t *above = sums_at(p, row);
    uint64_t *below = sums_at(p, row + 1), sum = 0;
    if (p->kept == 1) return WSI_OK; /* no patch has a row of cells */
    for (int64_t i = 0; i < p->x.borders; i++) {
        below[i] = above[i] + sum;
        sum += cells[i];
    }
    for (; p->next < p->y.count && p->y.last[p->next] == row + 1; p->next++) WSI_FORWARD(find_row(p, p->next, err));
    return WSI_OK;
}

/* After the last tile of a row: its last cells may go on below. */
static wsi_status close_band(patches *p, int64_t bottom, int64_t first, int64_t end, wsi_error *err)
{
    const int64_t pitch = p->x.borders + 1;
    int64_t row = first;
    for (; row < end && p->y.border[row + 1] <= bottom; row++)
        WSI_FORWARD(close_cells(p, row, p->band + (row - first) * pitch, err));
    if (row < end) memmove(p->band, p->band + (row - first) * pitch, (size_t)pitch * sizeof *p->band);
    const int64_t kept = row < end ? 1 : 0;
    memset(p->band + kept * pitch, 0, (size_t)((p->cells_y + 1 - kept) * pitch) * sizeof *p->band);
    return WSI_OK;
}

static wsi_status append(void *self, wsi_rect at, const void *bytes, size_t size, wsi_error *err)
{
    patches *p = (patches *)self;
    const uint32_t *counts = (const uint32_t *)bytes;
    const int64_t pitch = p->x.borders + 1;
    int64_t x0, x1, y0, y1;
    (void)size;
    cells_of(&p->x, at.x, at.x + at.w, &x0, &x1);
    cells_of(&p->y, at.y, at.y + at.h, &y0, &y1);
    for (int64_t k = y0; k < y1; k++)
        for (int64_t i = x0; i < x1; i++) p->band[(k - y0) * pitch + i] += *counts++;
    return at.x + at.w < p->call->w ? WSI_OK : close_band(p, at.y + at.h, y0, y1, err);
}

static wsi_status finish(void *self, wsi_error *err)
{
    return flush((patches *)self, err);
}

/* ---- Rows ---- */

static int columns(const wsi_whole_call *call, wsi_column c[WSI_COLUMNS_MAX])
{
    (void)call;
    c[0] = (wsi_column){"x", "px", WSI_COLUMN_INT};
    c[1] = (wsi_column){"y", "px", WSI_COLUMN_INT};
    c[2] = (wsi_column){"tissue", "", WSI_COLUMN_FLOAT};
    c[3] = (wsi_column){"outline", "px", WSI_COLUMN_OUTLINE};
    return 4;
}

static int facts(const wsi_whole_call *call, wsi_fact f[WSI_FACTS_MAX])
{
    const patches_params *p = (const patches_params *)call->params;
    const geometry g = geometry_of(call);
    int n = 0;
    f[n++] = (wsi_fact){"patch_size", (double)p->size};
    f[n++] = (wsi_fact){"patch_size_level0", (double)g.size};
    f[n++] = (wsi_fact){"stride", (double)stride_of(p)};
    f[n++] = (wsi_fact){"stride_level0", (double)g.stride};
    f[n++] = (wsi_fact){"overlap", (double)(p->size - stride_of(p))};
    f[n++] = (wsi_fact){"min_tissue", p->min_tissue};
    if (g.mpp > 0) f[n++] = (wsi_fact){"target_mpp", p->mpp > 0 ? p->mpp : g.mpp};
    return n;
}

/* Memory of a piece's rows. */
typedef struct piece {
    patch found[KEPT];
    int64_t x[KEPT], y[KEPT];
    double tissue[KEPT], xy[KEPT][8];
    wsi_outline outline[KEPT];
} piece;

static const int32_t four_points = 4;
static const uint8_t no_hole = 0;

static void fill_piece(const patches *p, piece *to, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        const int64_t x = to->found[i].column * p->at.stride, y = to->found[i].row * p->at.stride;
        const double x0 = (double)x / p->at.down_x, x1 = (double)(x + p->at.size) / p->at.down_x;
        const double y0 = (double)y / p->at.down_y, y1 = (double)(y + p->at.size) / p->at.down_y;
        const double square[8] = {x0, y0, x1, y0, x1, y1, x0, y1};
        to->x[i] = x;
        to->y[i] = y;
        to->tissue[i] = to->found[i].tissue;
        memcpy(to->xy[i], square, sizeof square);
        to->outline[i] = (wsi_outline){1, &four_points, &no_hole, to->xy[i]};
    }
}

static wsi_status give_pieces(const patches *p, piece *to, wsi_rows_fn take, void *user, wsi_error *err)
{
    for (int64_t k = 0; k < p->pieces; k++) {
        const int64_t n = wsi_min64(KEPT, p->total - k * KEPT);
        const wsi_rows rows = {.count = n, .cells = {to->x, to->y, to->tissue, to->outline}};
        WSI_FORWARD(wsi_scratch_read(p->scratch, p->piece_at[k], to->found, (size_t)n * sizeof *to->found, err));
        fill_piece(p, to, n);
        WSI_FORWARD(take(user, &rows, err));
    }
    return WSI_OK;
}

static wsi_status rows(const void *self, wsi_rows_fn take, void *user, wsi_error *err)
{
    piece *to = (piece *)wsi_calloc(1, sizeof *to);
    WSI_RETURN_IF(!to, WSI_ERR_NO_MEMORY, "no memory for patches");
    const wsi_status status = give_pieces((const patches *)self, to, take, user, err);
    wsi_free(to);
    return status;
}

/* ---- The row ---- */

static wsi_status resolve(const void *params_, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    const int image = ((const patches_params *)params_)->mask.image;
    const wsi_pixfmt *mask = &in[image > 0 && image < inputs ? image : 0];
    WSI_RETURN_IF(mask->channels != 1, WSI_ERR_CHAIN, "takes a mask of one channel, not %d: give one as mask=@NAME",
                  mask->channels);
    *out = *mask;
    return WSI_OK;
}

static const wsi_whole whole = {
    .open = open_patches,
    .bound = bound,
    .tile = tile,
    .append = append,
    .finish = finish,
    .columns = columns,
    .table_kind = WSI_TABLE_PATCHES,
    .facts = facts,
    .rows = rows,
    .close = close_patches,
};

const wsi_op wsi_op_patches = {
    .name = "patches",
    .module = "util",
    .summary = "Table of the places of square patches with enough tissue.",
    .doc =
        "Patches lie on a grid from the slide's top left corner, `stride` apart, and wholly within the slide. One is "
        "kept when at least min_tissue of it is mask: of the mask's pixels between its borders, rounded to pixels "
        "of the mask (one at least), the share that is not 0. The mask may come from any level or be shrunk.\n\n"
        "Columns: x and y of the top left corner in pixels of level 0, and tissue, the share; rows go from left to "
        "right, then down. With mpp, size and stride are pixels of that size, and patch_size_level0 is what a patch "
        "takes of level 0, rounded to pixels; without, they are pixels of level 0. In HDF5 the places are the "
        "dataset coords, as CLAM and TRIDENT read it, with both programs' attributes; patch_level is left out where "
        "no level of the slide has pixels within 2 % of that size. GeoJSON has squares.",
    .cost = 0.3,
    .source = "counts of its own definition; files as CLAM (create_patches_fp) and TRIDENT have them",
    .edge = "patches that reach beyond the slide are left out",
    .complexity = "O(1) a pixel, O(1) a patch",
    .example = "rgb2gray | threshold:value=0.8 | logical_not | patches:size=256,min_tissue=0.3",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(patches_params),
    .exactness = WSI_EXACT,
    .backends_exact = 1,
    .resolve = resolve,
    .whole = &whole,
};
