/* Counts over neighbourhoods of labels: what perimeters, Euler numbers and numbers of runs are made of.
 *
 * scikit-image takes each object's own mask, so that to an object any other label is background. Of the 2 x 2 windows
 * those of one label alone add nothing, and only border pixels add to the perimeter; both are found as bits, word by
 * word, from where labels differ, and only these are looked at one by one. */
#include "measure.h"

#include <string.h>

#include "common/mem.h"
#include "differ.h"

enum { WORD = 64 };

wsi_status wsi_measure_reserve(wsi_measure_room *room, size_t count, size_t size, wsi_error *err)
{
    size_t need;
    WSI_RETURN_IF(!wsi_mul_size(count, size, &need), WSI_ERR_NO_MEMORY, "no memory for objects");
    if (room->p && need <= room->bytes) return WSI_OK;
    const size_t bytes = need + need / 2 + 256;
    void *p = wsi_realloc_array(room->p, bytes, 1);
    WSI_RETURN_IF(!p, WSI_ERR_NO_MEMORY, "no memory for objects");
    *room = (wsi_measure_room){p, bytes};
    return WSI_OK;
}

wsi_status wsi_measure_plane_size(wsi_measure_plane *plane, int64_t w, int64_t h, wsi_error *err)
{
    plane->w = w;
    plane->h = h;
    plane->pitch = w + 2;
    plane->words = (w + 1) / WORD + 2;
    const size_t labels = (size_t)plane->pitch * (size_t)(h + 2);
    WSI_FORWARD(wsi_measure_reserve(&plane->labels, labels, sizeof(uint32_t), err));
    WSI_FORWARD(wsi_measure_reserve(&plane->bits, (size_t)plane->words * (size_t)(h + 3) * 3, sizeof(uint64_t), err));
    memset(plane->labels.p, 0, labels * sizeof(uint32_t));
    return WSI_OK;
}

void wsi_measure_plane_clear(wsi_measure_plane *plane)
{
    wsi_free(plane->labels.p);
    wsi_free(plane->bits.p);
    memset(plane, 0, sizeof *plane);
}

wsi_rect wsi_measure_inside(wsi_rect tile, int64_t w, int64_t h)
{
    const int64_t reach = WSI_MEASURE_REACH;
    const int64_t x0 = tile.x > 0 ? tile.x + reach : 0, y0 = tile.y > 0 ? tile.y + reach : 0;
    const int64_t x1 = tile.x + tile.w < w ? tile.x + tile.w - reach : w + 1;
    const int64_t y1 = tile.y + tile.h < h ? tile.y + tile.h - reach : h + 1;
    return (wsi_rect){x0, y0, x1 > x0 ? x1 - x0 : 0, y1 > y0 ? y1 - y0 : 0};
}

/* ---- Bits ---- */

/* Rows -1 .. h + 1 of a plane of bits: 0: a pixel differs from the one to its left; 1: from the one above; 2: it is a
 * border pixel of an object. */
static uint64_t *bits_row(const wsi_measure_plane *plane, int which, int64_t y)
{
    return (uint64_t *)plane->bits.p + ((ptrdiff_t)which * (plane->h + 3) + y + 1) * plane->words;
}

static void find_differences(const wsi_measure_plane *plane)
{
    const wsi_differ_fn differ = wsi_differ();
    memset(plane->bits.p, 0, (size_t)plane->words * (size_t)(plane->h + 3) * 3 * sizeof(uint64_t));
    for (int64_t y = 0; y <= plane->h; y++) {
        const uint32_t *row = wsi_measure_row(plane, y);
        if (y < plane->h) differ(bits_row(plane, 0, y), row, row - 1, plane->w + 1);
        differ(bits_row(plane, 1, y), row, row - plane->pitch, plane->w + 1);
    }
}

/* After the differences. The frame above the image serves as a row of zeros. */
static void find_borders(const wsi_measure_plane *plane)
{
    const wsi_differ_fn differ = wsi_differ();
    const uint32_t *zeros = wsi_measure_row(plane, -1);
    for (int64_t y = 0; y < plane->h; y++) {
        uint64_t *to = bits_row(plane, 2, y);
        const uint64_t *left = bits_row(plane, 0, y), *up = bits_row(plane, 1, y), *down = bits_row(plane, 1, y + 1);
        differ(to, wsi_measure_row(plane, y), zeros, plane->w);
        for (int64_t k = 0; k + 1 < plane->words; k++)
            to[k] &= left[k] | left[k] >> 1 | left[k + 1] << (WORD - 1) | up[k] | down[k];
    }
}

/* The bits x0 .. x1 - 1 of word k. */
static uint64_t within(int64_t k, int64_t x0, int64_t x1)
{
    const int64_t from = x0 - k * WORD, to = x1 - k * WORD;
    const uint64_t low = from <= 0 ? ~UINT64_C(0) : from >= WORD ? 0 : ~UINT64_C(0) << from;
    const uint64_t high = to <= 0 ? 0 : to >= WORD ? ~UINT64_C(0) : (UINT64_C(1) << to) - 1;
    return low & high;
}

/* ---- Windows ---- */

/* Bit 0: the window's lower right pixel is the object's, 1: the upper right, 2: the lower left, 3: the upper left. */
static void add_window(wsi_measure_counts *counts, unsigned pattern)
{
    static const int8_t euler[16] = {[6] = -1, [8] = 1, [14] = -1};
    static const int8_t crofton[16] = {-1, 0, 1, 2, -1, 0, -1, 1, 3, 4, 1, 1, 3, 4, -1, -1};
    counts->euler += euler[pattern];
    if (crofton[pattern] >= 0) counts->crofton[crofton[pattern]]++;
    counts->runs += (pattern & 5) == 1;
}

static int count_window(const uint32_t *at, int64_t pitch, const wsi_measure_counter *counter)
{
    const uint32_t labels[4] = {at[0], at[-pitch], at[-1], at[-pitch - 1]};
    unsigned done = 0;
    for (unsigned i = 0; i < 4; i++) {
        if (done >> i & 1 || labels[i] == 0) continue;
        unsigned pattern = 0;
        for (unsigned k = i; k < 4; k++) pattern |= (unsigned)(labels[k] == labels[i]) << k;
        done |= pattern;
        wsi_measure_counts *counts = counter->counts(counter->user, labels[i]);
        if (!counts) return 0;
        add_window(counts, pattern);
    }
    return 1;
}

static int count_windows(const wsi_measure_plane *plane, int64_t y, int64_t x0, int64_t x1,
                         const wsi_measure_counter *counter)
{
    const uint32_t *row = wsi_measure_row(plane, y);
    const uint64_t *left = bits_row(plane, 0, y), *up = bits_row(plane, 1, y), *above = bits_row(plane, 0, y - 1);
    for (int64_t k = x0 / WORD; k * WORD < x1; k++)
        for (uint64_t bits = (left[k] | up[k] | above[k]) & within(k, x0, x1); bits; bits &= bits - 1)
            if (!count_window(row + k * WORD + __builtin_ctzll(bits), plane->pitch, counter)) return 0;
    return 1;
}

/* ---- Perimeter ---- */

static unsigned border_at(const wsi_measure_plane *plane, int64_t x, int64_t y, uint32_t label)
{
    if (wsi_measure_row(plane, y)[x] != label) return 0;
    return (unsigned)(bits_row(plane, 2, y)[x / WORD] >> (x % WORD)) & 1;
}

/* A border pixel's weight depends on how many of its neighbours are border pixels of the same object. A neighbour
 * beyond the plane has label 0, which is never asked for. */
static int count_border(const wsi_measure_plane *plane, int64_t x, int64_t y, const wsi_measure_counter *counter)
{
    /* By neighbours at the sides, then at the corners; 0: weight 1, 1: sqrt(2), 2: (1 + sqrt(2)) / 2 */
    static const int8_t kinds[5][5] = {
        {-1, -1, 1, -1, -1}, {-1, 2, 2, 1, -1}, {0, 0, 0, -1, -1}, {0, 0, 0, -1, -1}, {-1, -1, -1, -1, -1}};
    const uint32_t label = wsi_measure_row(plane, y)[x];
    const unsigned sides = border_at(plane, x, y - 1, label) + border_at(plane, x - 1, y, label) +
                           border_at(plane, x + 1, y, label) + border_at(plane, x, y + 1, label);
    const unsigned corners = border_at(plane, x - 1, y - 1, label) + border_at(plane, x + 1, y - 1, label) +
                             border_at(plane, x - 1, y + 1, label) + border_at(plane, x + 1, y + 1, label);
    const int kind = kinds[sides][corners];
    if (kind < 0) return 1;
    wsi_measure_counts *counts = counter->counts(counter->user, label);
    if (counts) counts->perimeter[kind]++;
    return counts != NULL;
}

static int count_borders(const wsi_measure_plane *plane, int64_t y, int64_t x0, int64_t x1,
                         const wsi_measure_counter *counter)
{
    const uint64_t *row = bits_row(plane, 2, y);
    for (int64_t k = x0 / WORD; k * WORD < x1; k++)
        for (uint64_t bits = row[k] & within(k, x0, x1); bits; bits &= bits - 1)
            if (!count_border(plane, k * WORD + __builtin_ctzll(bits), y, counter)) return 0;
    return 1;
}

int wsi_measure_count(const wsi_measure_plane *plane, wsi_rect at, const wsi_measure_counter *counter)
{
    const int64_t x1 = at.x + at.w;
    if (at.w < 1 || at.h < 1) return 1;
    find_differences(plane);
    find_borders(plane);
    for (int64_t y = at.y; y < at.y + at.h; y++) {
        if (!count_windows(plane, y, at.x, x1, counter)) return 0;
        if (y < plane->h && !count_borders(plane, y, at.x, wsi_min64(x1, plane->w), counter)) return 0;
    }
    return 1;
}
