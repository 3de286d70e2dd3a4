/* The ball below samples of one type: included once for each by rolling_ball-cpu.c, with T the type, HIGH what is never
 * the least, DROP the state's table, ADD(v, d) their sum, at most HIGH, and K(name) naming the functions. */

/* Each of a block's results against the two samples at a distance along the row. */
static inline void K(fold)(T *restrict best, const T *restrict left, const T *restrict right, T drop)
{
    for (int i = 0; i < BLOCK; i++) {
        const T low = left[i] < right[i] ? left[i] : right[i];
        const T v = ADD(low, drop);
        best[i] = v < best[i] ? v : best[i];
    }
}

/* The same for two distances, which reads and writes the results once. */
static inline void K(fold_two)(T *restrict best, const T *restrict left, const T *restrict right, int64_t step, T drop,
                               T next)
{
    for (int i = 0; i < BLOCK; i++) {
        const T low = left[i] < right[i] ? left[i] : right[i];
        const T farther = left[i - step] < right[i + step] ? left[i - step] : right[i + step];
        const T v = ADD(low, drop), u = ADD(farther, next), least = v < u ? v : u;
        best[i] = least < best[i] ? least : best[i];
    }
}

static inline T K(largest)(const T *v)
{
    T most = v[0];
    for (int i = 0; i < BLOCK; i++) most = v[i] > most ? v[i] : most;
    return most;
}

/* The least of samples first .. last of a row, or of some around them, from those of its blocks. */
static inline T K(least_of)(const T *blocks, int64_t first, int64_t last)
{
    T least = HIGH;
    for (int64_t b = first / BLOCK; b <= last / BLOCK; b++) least = blocks[b] < least ? blocks[b] : least;
    return least;
}

/* The block's results against row dy of the ball, over a source row whose sample `at` is straight below the first.
 * Steps of the row that cannot get below any result are passed over. */
static void K(fold_row)(T *best, const ball_job *j, const T *row, const T *blocks, int64_t at, int dy)
{
    const wsi_rolling_ball_state *s = j->state;
    const int64_t c = j->args->dst.fmt.channels;
    const int width = s->width[dy];
    const T limit = K(largest)(best);
    for (int dx = 0; dx <= width; dx += WSI_ROLLING_BALL_STEP) {
        const int end = dx + WSI_ROLLING_BALL_STEP - 1 < width ? dx + WSI_ROLLING_BALL_STEP - 1 : width;
        const T left = K(least_of)(blocks, at - end * c, at - dx * c + BLOCK - 1);
        const T right = K(least_of)(blocks, at + dx * c, at + end * c + BLOCK - 1);
        if (ADD((left < right ? left : right), (T)s->DROP[dy][dx]) >= limit) continue;
        int k = dx;
        for (; k < end; k += 2)
            K(fold_two)(best, row + at - k * c, row + at + k * c, c, (T)s->DROP[dy][k], (T)s->DROP[dy][k + 1]);
        if (k == end) K(fold)(best, row + at - k * c, row + at + k * c, (T)s->DROP[dy][k]);
    }
}

/* Results of samples x .. x + BLOCK - 1 of output row y. */
static void K(find_block)(T *best, const ball_job *j, int64_t y, int64_t x)
{
    const int r = j->state->radius;
    const int64_t at = x + r * j->args->dst.fmt.channels;
    for (int i = 0; i < BLOCK; i++) best[i] = HIGH;
    for (int dy = 0; dy <= r; dy++)
        for (int side = dy ? -1 : 1; side <= 1; side += 2) {
            const size_t slot = slot_of(j, y + side * dy);
            K(fold_row)
            (best, j, (const T *)j->rows + slot * j->stride, (const T *)j->lows + slot * (j->stride / BLOCK), at, dy);
        }
}

/* What a loader left of a source row: the samples beyond it, and the least of each block. */
static void K(close_row)(const ball_job *j, size_t slot, int64_t first, int64_t end)
{
    T *row = (T *)j->rows + slot * j->stride, *lows = (T *)j->lows + slot * (j->stride / BLOCK);
    for (int64_t i = 0; i < first; i++) row[i] = HIGH;
    for (int64_t i = end; i < (int64_t)j->stride; i++) row[i] = HIGH;
    for (size_t b = 0; b < j->stride / BLOCK; b++) {
        T least = HIGH;
        for (int i = 0; i < BLOCK; i++) {
            const T v = row[b * BLOCK + (size_t)i];
            row[b * BLOCK + (size_t)i] = v == v ? v : HIGH;
            least = v < least ? v : least;
        }
        lows[b] = least;
    }
}
