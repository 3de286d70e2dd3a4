/* Reconstruction for one width of keys: KEY is its type, RISE(name) names functions. */

static KEY RISE(least)(KEY a, KEY b)
{
    return a < b ? a : b;
}

static KEY RISE(most)(KEY a, KEY b)
{
    return a > b ? a : b;
}

static void RISE(to_right)(KEY *to, const KEY *mask, int64_t w)
{
    KEY last = to[-1];
    for (int64_t x = 0; x < w; x++) to[x] = last = RISE(least)(mask[x], RISE(most)(to[x], last));
}

static void RISE(to_left)(KEY *to, const KEY *mask, int64_t w)
{
    KEY last = to[w];
    for (int64_t x = w; x-- > 0;) to[x] = last = RISE(least)(mask[x], RISE(most)(to[x], last));
}

static void RISE(scan)(const wsi_rise *r)
{
    KEY *marker = (KEY *)r->marker + r->pitch + 1;
    const KEY *mask = (const KEY *)r->mask + r->pitch + 1;
    for (int64_t y = 0; y < r->h; y++) {
        KEY *to = marker + y * r->pitch;
        r->rows->by_row(to, mask + y * r->pitch, to - r->pitch, r->w, r->corners);
        RISE(to_right)(to, mask + y * r->pitch, r->w);
    }
    for (int64_t y = r->h; y-- > 0;) {
        KEY *to = marker + y * r->pitch;
        r->rows->by_row(to, mask + y * r->pitch, to + r->pitch, r->w, r->corners);
        RISE(to_left)(to, mask + y * r->pitch, r->w);
    }
}

/* The highest marker around a pixel. */
static KEY RISE(around)(const KEY *at, ptrdiff_t pitch, int corners)
{
    KEY m = RISE(most)(RISE(most)(at[-1], at[1]), RISE(most)(at[-pitch], at[pitch]));
    if (!corners) return m;
    m = RISE(most)(m, RISE(most)(at[-pitch - 1], at[-pitch + 1]));
    return RISE(most)(m, RISE(most)(at[pitch - 1], at[pitch + 1]));
}

/* The pixels first, first + step, ... (n of them) rise and go to the queue where they can. */
static wsi_status RISE(lift)(wsi_rise *r, int64_t first, int64_t step, int64_t n, wsi_error *err)
{
    KEY *marker = (KEY *)r->marker;
    const KEY *mask = (const KEY *)r->mask;
    for (int64_t i = first; n-- > 0; i += step) {
        const KEY to = RISE(least)(mask[i], RISE(around)(marker + i, r->pitch, r->corners));
        if (to <= marker[i]) continue;
        marker[i] = to;
        WSI_FORWARD(put(r, (uint32_t)i, err));
    }
    return WSI_OK;
}

static wsi_status RISE(lift_all)(wsi_rise *r, wsi_error *err)
{
    const KEY *marker = (const KEY *)r->marker, *mask = (const KEY *)r->mask;
    for (int64_t y = 1; y <= r->h; y++)
        for (int64_t x = 0; x < r->w; x += PART) {
            const int64_t first = y * r->pitch + 1 + x, n = x + PART < r->w ? PART : r->w - x;
            if (r->rows->unstable(marker + first, mask + first, r->pitch, n, r->corners))
                WSI_FORWARD(RISE(lift)(r, first, 1, n, err));
        }
    return WSI_OK;
}

/* Whoever has risen lifts its neighbours. */
static wsi_status RISE(drain)(wsi_rise *r, wsi_error *err)
{
    const ptrdiff_t p = r->pitch, beside[8] = {-p, -1, 1, p, -p - 1, -p + 1, p - 1, p + 1};
    KEY *marker = (KEY *)r->marker;
    const KEY *mask = (const KEY *)r->mask;
    while (r->count > 0) {
        const uint32_t at = take(r);
        const KEY own = marker[at];
        for (int k = 0; k < (r->corners ? 8 : 4); k++) {
            const ptrdiff_t i = (ptrdiff_t)at + beside[k];
            if (marker[i] >= own || marker[i] >= mask[i]) continue;
            marker[i] = RISE(least)(own, mask[i]);
            WSI_FORWARD(put(r, (uint32_t)i, err));
        }
    }
    return WSI_OK;
}

static wsi_status RISE(all)(wsi_rise *r, int scanned, wsi_error *err)
{
    if (!scanned) RISE(scan)(r);
    WSI_FORWARD(RISE(lift_all)(r, err));
    return RISE(drain)(r, err);
}

static wsi_status RISE(ring)(wsi_rise *r, int *rose, wsi_error *err)
{
    const int64_t p = r->pitch;
    WSI_FORWARD(RISE(lift)(r, p + 1, 1, r->w, err));
    WSI_FORWARD(RISE(lift)(r, r->h * p + 1, 1, r->w, err));
    WSI_FORWARD(RISE(lift)(r, p + 1, p, r->h, err));
    WSI_FORWARD(RISE(lift)(r, p + r->w, p, r->h, err));
    *rose = r->count > 0;
    /* Much has risen: scans move that further than a queue does, pixel by pixel. */
    if (r->count > (size_t)(r->w + r->h) / 4) {
        RISE(scan)(r);
        WSI_FORWARD(RISE(lift_all)(r, err));
    }
    return RISE(drain)(r, err);
}
