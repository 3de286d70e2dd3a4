/* Masks as deflate: see encode-mask.h.
 *
 * `ends` of a distance has a bit set wherever a sample differs from the one that far before it, so the match at a
 * position ends at the next set bit. */
#include "encode-mask.h"

#include "deflate-runs.h"

#include <string.h>

enum { WORD = 64, MATCH_MAX = WSI_RUN_MAX, LITERAL_ON = 255 };

typedef struct workspace {
    const uint64_t *bits;
    uint64_t *near, *above; /* where matches end */
    wsi_run_symbol *symbols;
    size_t words, row_words, count; /* count: of symbols */
} workspace;

/* ---- Samples to symbols ---- */

size_t wsi_mask_scratch(size_t samples)
{
    const size_t words = samples / WORD + 1;
    return 2 * words * sizeof(uint64_t) + samples * sizeof(wsi_run_symbol);
}

static workspace lay_out(const uint64_t *bits, void *scratch, size_t row, size_t rows)
{
    workspace w = {.bits = bits, .near = scratch, .words = row / WORD * rows, .row_words = row / WORD};
    w.above = w.near + w.words + 1;
    w.symbols = (wsi_run_symbol *)(void *)(w.above + w.words + 1);
    return w;
}

/* The word behind the last one ends every match. */
static void find_ends(workspace *w, size_t step)
{
    uint64_t before = 0;
    for (size_t i = 0; i < w->words; i++) {
        const uint64_t v = w->bits[i], shifted = step < WORD ? v << step : 0;
        w->near[i] = v ^ (shifted | before >> (WORD - step));
        before = v;
    }
    /* Nothing lies before the first pixel. */
    w->near[0] |= step < WORD ? ((uint64_t)1 << step) - 1 : ~(uint64_t)0;
    memset(w->above, 0xff, w->row_words * sizeof *w->above);
    for (size_t i = w->row_words; i < w->words; i++) w->above[i] = w->bits[i] ^ w->bits[i - w->row_words];
    w->near[w->words] = w->above[w->words] = ~(uint64_t)0;
}

/* Samples from position p to the next set bit, at most MATCH_MAX. */
static unsigned reach(const uint64_t *ends, size_t p)
{
    const unsigned shift = (unsigned)(p % WORD);
    const uint64_t *word = ends + p / WORD;
    if (*word >> shift) return (unsigned)__builtin_ctzll(*word >> shift);
    unsigned n = WORD - shift;
    while (n < MATCH_MAX && !*++word) n += WORD;
    if (n < MATCH_MAX) n += (unsigned)__builtin_ctzll(*word);
    return n < MATCH_MAX ? n : MATCH_MAX;
}

/* Takes the longer match. Ends lie within the mask: the sentinel stands right behind it. */
static void find_symbols(workspace *w, wsi_run_counts *counts)
{
    const size_t samples = w->words * WORD;
    uint32_t matches[2] = {0, 0}, literals[2] = {0, 0};
    wsi_run_symbol *out = w->symbols;
    for (size_t p = 0; p < samples;) {
        unsigned length = reach(w->near, p), is_above = 0;
        if (length < MATCH_MAX) {
            const unsigned other = reach(w->above, p);
            is_above = other > length;
            length = is_above ? other : length;
        }
        if (length < WSI_RUN_MIN) {
            const unsigned bit = w->bits[p / WORD] >> p % WORD & 1;
            literals[bit]++;
            *out++ = (wsi_run_symbol)(bit * LITERAL_ON);
            p++;
            continue;
        }
        matches[is_above]++;
        counts->lengths[length]++;
        *out++ = (wsi_run_symbol)(WSI_RUN_MATCH + length + (is_above ? WSI_RUN_ABOVE : 0));
        p += length;
    }
    w->count = (size_t)(out - w->symbols);
    counts->literals[0] = literals[0];
    counts->literals[LITERAL_ON] = literals[1];
    counts->near = matches[0];
    counts->above = matches[1];
}

/* ---- The whole ---- */

/* Of a word's set bits: how many, and the sum of their positions. */
static void add_runs(uint64_t v, uint64_t *ones, uint64_t *positions)
{
    for (unsigned at = 0; v;) {
        const unsigned start = (unsigned)__builtin_ctzll(v), open = WORD - at - start;
        const uint64_t rest = ~(v >> start);
        const unsigned length = rest ? (unsigned)__builtin_ctzll(rest) : WORD;
        const unsigned n = length < open ? length : open, first = at + start;
        *ones += n;
        *positions += (uint64_t)n * (2 * first + n - 1) / 2;
        if (n == open) break;
        v = v >> start >> n;
        at = first + n;
    }
}

/* Adler-32 of the bytes that the bits stand for: a = 1 + sum of bytes, b = sum of all a on the way, modulo 65521. */
static uint32_t adler(const workspace *w)
{
    const uint64_t samples = w->words * WORD;
    uint64_t ones = 0, sum = 0; /* sum: of samples - position, over the set bits */
    for (size_t i = 0; i < w->words; i++) {
        uint64_t n = 0, positions = 0;
        add_runs(w->bits[i], &n, &positions);
        ones += n;
        sum += n * (samples - i * WORD) - positions;
    }
    const uint64_t a = (1 + LITERAL_ON * ones) % 65521, b = (samples + LITERAL_ON * (sum % 65521)) % 65521;
    return (uint32_t)(b << 16 | a);
}

void wsi_mask_encode(const uint64_t *bits, void *scratch, size_t step, size_t row, size_t rows, void *out,
                     size_t capacity, size_t *size)
{
    workspace work = lay_out(bits, scratch, row, rows);
    wsi_run_counts counts = {.near = 0};
    find_ends(&work, step);
    find_symbols(&work, &counts);
    *size = wsi_runs_write(work.symbols, work.count, &counts, step, row, adler(&work), out, capacity);
}
