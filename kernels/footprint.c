/* Footprints: scikit-image's shapes, row by row.
 *
 *   disk        x^2 + y^2 <= radius^2        diamond     |x| + |y| <= radius
 *   square      width x width                rectangle   width x height */
#include "footprint.h"

const char *const wsi_footprint_names[] = {"disk", "diamond", "square", "rectangle", NULL};

static int64_t rows_of(const wsi_footprint_params *p)
{
    if (p->shape == WSI_FOOTPRINT_SQUARE) return p->width;
    if (p->shape == WSI_FOOTPRINT_RECTANGLE) return p->height;
    return 2 * p->radius + 1;
}

static int64_t columns_of(const wsi_footprint_params *p)
{
    const int box = p->shape == WSI_FOOTPRINT_SQUARE || p->shape == WSI_FOOTPRINT_RECTANGLE;
    return box ? p->width : 2 * p->radius + 1;
}

/* Pixels before the centre of a run of n. */
static int before(int64_t n, wsi_footprint_even even)
{
    return (int)(even == WSI_EVEN_AFTER ? (n - 1) / 2 : n / 2);
}

/* Half-width of row dy of a round or pointed shape. */
static int half_width(const wsi_footprint_params *p, int64_t dy)
{
    const int64_t r = p->radius;
    if (p->shape == WSI_FOOTPRINT_DIAMOND) return (int)(r - (dy < 0 ? -dy : dy));
    int64_t half = r;
    while (half * half + dy * dy > r * r) half--;
    return (int)half;
}

static wsi_chord chord_of(const wsi_footprint_params *p, wsi_footprint_even even, int64_t dy)
{
    wsi_chord c = {0, 0, 0, 0};
    if (p->shape == WSI_FOOTPRINT_SQUARE || p->shape == WSI_FOOTPRINT_RECTANGLE) {
        c.left = (int16_t)before(p->width, even);
        c.right = (int16_t)(p->width - 1 - c.left);
    } else {
        c.left = c.right = (int16_t)half_width(p, dy);
    }
    return c;
}

void wsi_footprint_make(const wsi_footprint_params *p, wsi_footprint_even even, wsi_footprint *out)
{
    const int rows = (int)rows_of(p), columns = (int)columns_of(p);
    wsi_footprint *f = out;
    f->top = before(rows, even);
    f->bottom = rows - 1 - f->top;
    f->left = before(columns, even);
    f->right = columns - 1 - f->left;
    f->size = f->chords = 0;
    wsi_chord all[WSI_FOOTPRINT_ROWS_MAX];
    for (int i = 0; i < rows; i++) all[i] = chord_of(p, even, i - f->top);
    for (int width = 1, used = 0; used < rows; width++) {
        const int first = used;
        for (int i = 0; i < rows; i++)
            if (all[i].left + all[i].right + 1 == width) f->dy[used++] = (int16_t)(i - f->top);
        if (used == first) continue;
        wsi_chord *chord = &f->chord[f->chords++];
        *chord = all[f->dy[first] + f->top];
        chord->first = (int16_t)first;
        chord->count = (int16_t)(used - first);
        f->size += width * (used - first);
    }
}

void wsi_footprint_mirror(const wsi_footprint *f, wsi_footprint *out)
{
    *out = *f;
    out->top = f->bottom;
    out->bottom = f->top;
    out->left = f->right;
    out->right = f->left;
    for (int i = 0; i < f->chords; i++) {
        out->chord[i].left = f->chord[i].right;
        out->chord[i].right = f->chord[i].left;
    }
    for (int i = 0; i < f->top + f->bottom + 1; i++) out->dy[i] = (int16_t)-f->dy[i];
}

void wsi_footprint_extent(const wsi_footprint_params *p, int64_t *columns, int64_t *rows)
{
    *columns = columns_of(p);
    *rows = rows_of(p);
}

void wsi_footprint_reach(const wsi_footprint_params *p, int64_t *x, int64_t *y)
{
    *x = columns_of(p) / 2;
    *y = rows_of(p) / 2;
}
