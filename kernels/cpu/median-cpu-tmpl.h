/* Median selection on unsigned keys of one width: included once for each by median-cpu.c, with KEY the key's type,
 * KEY_BITS its width and K(name) naming its functions. A block of WSI_MEDIAN_LANES samples goes through every step
 * together, so that each step is a vector operation. */

/* Puts the smaller of each pair into a, the larger into b. */
static inline void K(exchange)(KEY *restrict a, KEY *restrict b)
{
    for (int i = 0; i < WSI_MEDIAN_LANES; i++) {
        const KEY u = a[i], v = b[i];
        a[i] = u < v ? u : v;
        b[i] = u < v ? v : u;
    }
}

/* 3x3: columns of three are sorted once for all windows that share them, then the median of nine is the median of
 * the largest low, the median middle and the smallest high. rows holds the three window rows; n samples from x on. */
static void K(median_3x3)(KEY *restrict out, const KEY *const *rows, int64_t x, int channels)
{
    enum { WIDE = WSI_MEDIAN_LANES + 2 * WSI_CHANNELS_MAX };
    KEY low[WIDE], mid[WIDE], high[WIDE];
    const KEY *r0 = rows[0] + x, *r1 = rows[1] + x, *r2 = rows[2] + x;
    const int n = WSI_MEDIAN_LANES + 2 * channels;
    for (int i = 0; i < n; i++) {
        const KEY a = r0[i], b = r1[i], c = r2[i];
        const KEY ab0 = a < b ? a : b, ab1 = a < b ? b : a;
        const KEY bc0 = ab1 < c ? ab1 : c, bc1 = ab1 < c ? c : ab1;
        low[i] = ab0 < bc0 ? ab0 : bc0;
        mid[i] = ab0 < bc0 ? bc0 : ab0;
        high[i] = bc1;
    }
    for (int i = 0; i < WSI_MEDIAN_LANES; i++) {
        const int j = i + channels, k = i + 2 * channels;
        const KEY l0 = low[i] > low[j] ? low[i] : low[j], l = l0 > low[k] ? l0 : low[k];
        const KEY h0 = high[i] < high[j] ? high[i] : high[j], h = h0 < high[k] ? h0 : high[k];
        const KEY m0 = mid[i] < mid[j] ? mid[i] : mid[j], m1 = mid[i] < mid[j] ? mid[j] : mid[i];
        const KEY m2 = m1 < mid[k] ? m1 : mid[k], m = m0 > m2 ? m0 : m2;
        const KEY p0 = l < m ? l : m, p1 = l < m ? m : l, p2 = p1 < h ? p1 : h;
        out[i] = p0 > p2 ? p0 : p2;
    }
}

/* Moves the minima of v[0..n) to v[0] and the maxima to v[n-1]. */
static void K(split_extremes)(KEY (*v)[WSI_MEDIAN_LANES], int n)
{
    for (int i = 0; i < n / 2; i++) K(exchange)(v[i], v[n - 1 - i]);
    for (int i = 1; i < (n + 1) / 2; i++) K(exchange)(v[0], v[i]);
    for (int i = n / 2; i < n - 1; i++) K(exchange)(v[i], v[n - 1]);
}

/* Forgetful selection: of (N + 3) / 2 values neither the smallest nor the largest is the median of all N, so both
 * are dropped and one more value taken in, until three are left. An even number gets one largest key more. */
static void K(median_network)(KEY *restrict out, const KEY *const *rows, const wsi_footprint *f, int64_t x,
                              int channels)
{
    KEY v[(WSI_MEDIAN_NETWORK + 1) / 2 + 2][WSI_MEDIAN_LANES];
    const int total = f->size | 1;
    int held = 0, enough = (total + 3) / 2;
    if (total == 1) {
        memcpy(out, rows[f->top] + x + f->left * channels, sizeof v[0]);
        return;
    }
    if (f->size < total) memset(v[held++], 0xff, sizeof v[0]);
    for (int i = 0; i < f->chords; i++)
        for (int k = f->chord[i].first; k < f->chord[i].first + f->chord[i].count; k++)
            for (int dx = -f->chord[i].left; dx <= f->chord[i].right; dx++) {
                memcpy(v[held++], rows[f->dy[k] + f->top] + x + (dx + f->left) * channels, sizeof v[0]);
                if (held < enough) continue;
                K(split_extremes)(v, held);
                held -= 2; /* v[0] is overwritten by the last kept, v[held + 1] by the next to come */
                memcpy(v[0], v[held], sizeof v[0]);
                enough--;
            }
    memcpy(out, v[0], sizeof v[0]);
}

/* Adds to count where the key is below the candidate. */
static inline void K(count_below)(KEY *restrict count, const KEY *restrict keys, const KEY *restrict candidate)
{
    for (int i = 0; i < WSI_MEDIAN_LANES; i++) count[i] = (KEY)(count[i] + (keys[i] < candidate[i] ? 1 : 0));
}

/* Any size: the median is the largest key with at most size/2 keys below it, built bit by bit from the top. */
static void K(median_bitwise)(KEY *restrict out, const KEY *const *rows, const wsi_footprint *f, int64_t x,
                              int channels)
{
    KEY found[WSI_MEDIAN_LANES], candidate[WSI_MEDIAN_LANES], count[WSI_MEDIAN_LANES];
    const KEY rank = (KEY)(f->size / 2);
    memset(found, 0, sizeof found);
    for (int bit = KEY_BITS - 1; bit >= 0; bit--) {
        memset(count, 0, sizeof count);
        for (int i = 0; i < WSI_MEDIAN_LANES; i++) candidate[i] = (KEY)(found[i] | (KEY)((KEY)1 << bit));
        for (int i = 0; i < f->chords; i++)
            for (int k = f->chord[i].first; k < f->chord[i].first + f->chord[i].count; k++) {
                const KEY *row = rows[f->dy[k] + f->top] + x + (f->left - f->chord[i].left) * channels;
                const int n = f->chord[i].left + f->chord[i].right + 1;
                for (int j = 0; j < n; j++) K(count_below)(count, row + j * channels, candidate);
            }
        for (int i = 0; i < WSI_MEDIAN_LANES; i++) found[i] = count[i] <= rank ? candidate[i] : found[i];
    }
    memcpy(out, found, sizeof found);
}

/* One output row of `length` samples from the window's rows. */
static void K(median_row)(KEY *restrict out, const KEY *const *rows, const wsi_footprint *f, int64_t length,
                          int channels)
{
    KEY block[WSI_MEDIAN_LANES];
    const int box = f->size == 9 && f->top == 1 && f->left == 1 && f->chords == 1 && f->right == 1;
    for (int64_t x = 0; x < length; x += WSI_MEDIAN_LANES) {
        const int64_t n = length - x < WSI_MEDIAN_LANES ? length - x : WSI_MEDIAN_LANES;
        if (box)
            K(median_3x3)(block, rows, x, channels);
        else if (f->size <= WSI_MEDIAN_NETWORK)
            K(median_network)(block, rows, f, x, channels);
        else
            K(median_bitwise)(block, rows, f, x, channels);
        memcpy(out + x, block, (size_t)n * sizeof(KEY));
    }
}
