/* Morphology and components of small masks; the components are those of whole slides (components.h), run here from the
 * first tile to the last. */
#include "cell-mask.h"

#include <string.h>

#include "common/mem.h"
#include "components.h"

enum { TILE = 1024, ALIGN = 64 };

/* out[x] |= in[x + dx] for dx in -reach..reach, where x + dx is a cell. */
static void spread_row(uint8_t *restrict out, const uint8_t *restrict in, int64_t w, int64_t reach)
{
    for (int64_t dx = -reach; dx <= reach; dx++) {
        const int64_t from = dx < 0 ? -dx : 0, to = dx > 0 ? w - dx : w;
        for (int64_t x = from; x < to; x++) out[x] |= in[x + dx];
    }
}

static void spread(const wsi_cell_mask *mask, uint8_t *out, int64_t radius)
{
    memset(out, 0, (size_t)(mask->w * mask->h));
    for (int64_t dy = -radius; dy <= radius; dy++) {
        int64_t reach = radius;
        while (reach * reach + dy * dy > radius * radius) reach--;
        for (int64_t y = dy < 0 ? -dy : 0; y < mask->h && y + dy < mask->h; y++)
            spread_row(out + y * mask->w, mask->v + (y + dy) * mask->w, mask->w, reach);
    }
}

wsi_status wsi_cells_close(const wsi_cell_mask *mask, int64_t radius, wsi_error *err)
{
    const int64_t n = mask->w * mask->h;
    if (radius == 0) return WSI_OK;
    uint8_t *wide = (uint8_t *)wsi_calloc((size_t)n, 1);
    WSI_RETURN_IF(!wide, WSI_ERR_NO_MEMORY, "no memory for %lld cells", (long long)n);
    spread(mask, wide, radius);
    for (int64_t i = 0; i < n; i++) mask->v[i] = !wide[i]; /* what spreads back is the background */
    spread(mask, wide, radius);
    for (int64_t i = 0; i < n; i++) mask->v[i] = !wide[i];
    wsi_free(wide);
    return WSI_OK;
}

static wsi_status label_tiles(void *self, const wsi_image *all, void *bytes, size_t capacity, wsi_error *err)
{
    for (int64_t y = 0; y < all->h; y += TILE)
        for (int64_t x = 0; x < all->w; x += TILE) {
            const wsi_rect at = {x, y, wsi_min64(TILE, all->w - x), wsi_min64(TILE, all->h - y)};
            const wsi_image part = wsi_image_crop(all, at);
            size_t size = 0;
            WSI_FORWARD(wsi_components_tile(self, &part, at, bytes, capacity, &size, err));
            WSI_FORWARD(wsi_components_append(self, at, bytes, size, err));
        }
    return wsi_components_finish(self, err);
}

/* The result goes to out, which has the mask's size and may be it. */
static wsi_status filter(const wsi_cell_mask *mask, wsi_components_spec spec, uint8_t *out, wsi_error *err)
{
    const wsi_pixfmt format = {WSI_BOOL, 1};
    const wsi_image all = {mask->v, (ptrdiff_t)mask->w, mask->w, mask->h, format};
    const wsi_image result = {out, (ptrdiff_t)mask->w, mask->w, mask->h, format};
    wsi_whole_call call = *mask->call;
    void *self = NULL, *bytes = NULL;
    spec.connectivity = 1;
    call.in = &format;
    call.inputs = 1;
    call.w = mask->w;
    call.h = mask->h;
    call.tile = TILE;
    wsi_status status = wsi_components_open(&call, &spec, &self, err);
    if (status == WSI_OK) {
        const size_t capacity = wsi_components_bound(self);
        bytes = wsi_calloc(capacity + ALIGN, 1);
        char *aligned = (char *)bytes + (ALIGN - (uintptr_t)bytes % ALIGN);
        status = bytes ? label_tiles(self, &all, aligned, capacity, err)
                       : wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for components of cells");
    }
    if (status == WSI_OK) status = wsi_components_read(self, (wsi_rect){0, 0, mask->w, mask->h}, &result, err);
    if (self) wsi_components_close(&self);
    wsi_free(bytes);
    return status;
}

wsi_status wsi_cells_fill(const wsi_cell_mask *mask, int64_t most, wsi_error *err)
{
    const wsi_components_spec small = {.input = WSI_COMPONENTS_HOLES, .above = (uint64_t)most};
    const wsi_components_spec enclosed = {
        .input = WSI_COMPONENTS_HOLES, .margin = 1, .mask = WSI_COMPONENTS_MARGIN, .flags = WSI_COMPONENTS_MARGIN};
    const int64_t n = mask->w * mask->h;
    if (most == 0) return WSI_OK;
    uint8_t *filled = (uint8_t *)wsi_calloc((size_t)n, 1);
    WSI_RETURN_IF(!filled, WSI_ERR_NO_MEMORY, "no memory for %lld cells", (long long)n);
    wsi_status status = filter(mask, small, filled, err);
    if (status == WSI_OK) status = filter(mask, enclosed, mask->v, err);
    for (int64_t i = 0; i < n; i++) mask->v[i] &= filled[i]; /* what is small and enclosed; both hold the mask */
    wsi_free(filled);
    return status;
}

wsi_status wsi_cells_drop(const wsi_cell_mask *mask, int64_t most, wsi_error *err)
{
    const wsi_components_spec spec = {.input = WSI_COMPONENTS_MASK, .above = (uint64_t)most};
    return most == 0 ? WSI_OK : filter(mask, spec, mask->v, err);
}
