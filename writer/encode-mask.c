/* Masks as deflate: see encode-mask.h.
 *
 * `ends` of a distance has a bit set wherever a sample differs from the one that far before it, so the match at a
 * position ends at the next set bit. Where matches end is as good as random to a branch predictor: the loops over words
 * and symbols choose without branches, and one body is compiled twice, the second time for machines with vectors and
 * with shifts by any count in one instruction. */
#include "encode-mask.h"

#include "common/cpu.h"
#include "deflate-runs.h"

#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { WORD = 64, MATCH_MAX = WSI_RUN_MAX, LITERAL_ON = 255, VECTOR = 4 };

/* Part of both bodies, whatever machine they are compiled for. */
#define FLAT static inline __attribute__((always_inline))
#define LAST_BIT ((uint64_t)1 << (WORD - 1))

/* Where the matches of one distance end. */
typedef struct ends {
    uint64_t *bits;
    uint32_t *next; /* of each word: the first end behind it, the number of samples where there is none */
} ends;

typedef struct workspace {
    const uint64_t *bits;
    ends near, above;
    wsi_run_symbol *symbols;
    size_t words, row_words, count; /* count: of symbols */
    uint32_t adler;
} workspace;

/* ---- Samples to symbols ---- */

size_t wsi_mask_scratch(size_t samples)
{
    const size_t words = samples / WORD;
    return 2 * words * (sizeof(uint64_t) + sizeof(uint32_t)) + (samples + samples / 2) * sizeof(wsi_run_symbol);
}

static workspace lay_out(const uint64_t *bits, void *scratch, size_t row, size_t rows)
{
    workspace w = {.bits = bits, .words = row / WORD * rows, .row_words = row / WORD};
    w.near.bits = scratch;
    w.above.bits = w.near.bits + w.words;
    w.near.next = (uint32_t *)(void *)(w.above.bits + w.words);
    w.above.next = w.near.next + w.words;
    w.symbols = (wsi_run_symbol *)(void *)(w.above.next + w.words);
    return w;
}

/* Nothing lies before the first pixel, nor above the first row. */
FLAT void find_ends(const workspace *w, size_t step)
{
    const uint64_t *restrict bits = w->bits;
    uint64_t *restrict near = w->near.bits, *restrict above = w->above.bits;
    const size_t words = w->words, row = w->row_words;
    const unsigned left = (unsigned)step - 1, right = WORD - (unsigned)step; /* shifts */
    near[0] = bits[0] ^ (bits[0] << left << 1 | ~bits[0] << right >> right);
    for (size_t i = 1; i < words; i++) near[i] = bits[i] ^ (bits[i] << left << 1 | bits[i - 1] >> right);
    memset(above, 0xff, row * sizeof *above);
    for (size_t i = row; i < words; i++) above[i] = bits[i] ^ bits[i - row];
}

FLAT uint32_t next_end(uint64_t bits, uint32_t first, uint32_t behind)
{
    const uint32_t here = first + (uint32_t)__builtin_ctzll(bits | LAST_BIT), any = 0 - (uint32_t)(bits != 0);
    return behind ^ ((behind ^ here) & any);
}

FLAT void find_next(const workspace *w)
{
    uint32_t near = (uint32_t)(w->words * WORD), above = near;
    for (size_t i = w->words; i-- > 0;) {
        const uint32_t first = (uint32_t)(i * WORD);
        w->near.next[i] = near;
        w->above.next[i] = above;
        near = next_end(w->near.bits[i], first, near);
        above = next_end(w->above.bits[i], first, above);
    }
}

/* Samples from position p to the next end, at most MATCH_MAX. */
FLAT uint32_t reach(const ends *e, uint32_t p)
{
    const uint64_t here = e->bits[p / WORD] >> p % WORD;
    const uint32_t far = e->next[p / WORD] - p;
    const uint32_t n = here ? (uint32_t)__builtin_ctzll(here) : far;
    return n < MATCH_MAX ? n : MATCH_MAX;
}

/* The symbol at position p: the longer match, the nearer one of equals. */
FLAT uint32_t symbol_at(const workspace *w, uint32_t p, uint32_t *advance)
{
    const uint32_t near = reach(&w->near, p), above = reach(&w->above, p);
    const uint32_t length = above > near ? above : near;
    const uint32_t literal = (0 - (uint32_t)(w->bits[p / WORD] >> p % WORD & 1)) & LITERAL_ON;
    const uint32_t match = WSI_RUN_MATCH + length + (above > near ? WSI_RUN_ABOVE : 0);
    const uint32_t is_match = 0 - ((WSI_RUN_MIN - 1 - length) >> 31); /* all bits, or none */
    *advance = 1 + ((length - 1) & is_match);
    return literal ^ ((literal ^ match) & is_match);
}

typedef struct lane {
    uint32_t p;
    wsi_run_symbol *out;
} lane;

FLAT void take(const workspace *w, lane *l, uint32_t *counts)
{
    uint32_t advance;
    const uint32_t symbol = symbol_at(w, l->p, &advance);
    counts[symbol]++;
    *l->out++ = (wsi_run_symbol)symbol;
    l->p += advance;
}

static uint32_t samples_of(wsi_run_symbol symbol)
{
    if (symbol < WSI_RUN_MATCH) return 1;
    const uint32_t length = symbol - WSI_RUN_MATCH;
    return length < WSI_RUN_ABOVE ? length : length - WSI_RUN_ABOVE;
}

/* A symbol depends on its position alone, so what lane a lacks is its own symbols up to a position where one of b's
 * begins, and b's from there on. b began at position `begin` and stored from `from` on. */
FLAT void join(const workspace *w, lane *a, const lane *b, uint32_t begin, const wsi_run_symbol *from, uint32_t *counts)
{
    while (from < b->out && begin != a->p) {
        if (begin > a->p) {
            take(w, a, counts);
            continue;
        }
        counts[*from]--;
        begin += samples_of(*from++);
    }
    while (a->p < begin) take(w, a, counts);
    memcpy(a->out, from, (size_t)(b->out - from) * sizeof *from);
    a->out += b->out - from;
}

/* The next position is known only when a symbol is, so two lanes take one half each and wait for nothing. */
FLAT void find_symbols(workspace *work, uint32_t *counts)
{
    const workspace w = *work;
    const uint32_t samples = (uint32_t)(w.words * WORD), half = samples / 2;
    wsi_run_symbol *second = w.symbols + samples;
    lane a = {0, w.symbols}, b = {half, second};
    while (a.p < half && b.p < samples) {
        take(&w, &a, counts);
        take(&w, &b, counts);
    }
    while (a.p < half) take(&w, &a, counts);
    while (b.p < samples) take(&w, &b, counts);
    join(&w, &a, &b, half, second, counts);
    work->count = (size_t)(a.out - w.symbols);
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

typedef struct sums {
    uint64_t ones, behind; /* set bits, and the sum of samples - position over them */
} sums;

static sums add_words(const uint64_t *bits, size_t words)
{
    sums s = {0, 0};
    for (size_t i = 0; i < words; i++) {
        uint64_t n = 0, positions = 0;
        add_runs(bits[i], &n, &positions);
        s.ones += n;
        s.behind += n * (words - i) * WORD - positions;
    }
    return s;
}

#if defined(__x86_64__)
__attribute__((target("avx2"))) static uint64_t add_lanes(__m256i v)
{
    uint64_t lanes[4];
    memcpy(lanes, &v, sizeof lanes);
    return lanes[0] + lanes[1] + lanes[2] + lanes[3];
}

__attribute__((target("avx2"))) static __m256i add_halves(__m256i v)
{
    const __m256i low = _mm256_set1_epi64x(UINT32_MAX);
    return _mm256_add_epi64(_mm256_and_si256(v, low), _mm256_srli_epi64(v, 32));
}

/* Four words at a time: tables of half a byte give its ones and the sum of their places in the byte. A vector's ones
 * weigh the vectors from it to the end, which is the sum of all running totals. */
__attribute__((target("avx2"))) static sums add_words_avx2(const uint64_t *bits, size_t words)
{
    const __m256i low = _mm256_set1_epi8(15), one8 = _mm256_set1_epi8(1), one16 = _mm256_set1_epi16(1);
    const __m256i count = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    const __m256i place = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 0, 1, 1, 2, 2, 3, 3, 3, 3, 4, 4, 5, 5, 6, 6));
    __m256i first = _mm256_setzero_si256(), ones = first, running = first, inside = first;
    uint8_t firsts[VECTOR * WORD / 8];
    size_t i = 0;
    for (size_t k = 0; k < sizeof firsts; k++) firsts[k] = (uint8_t)(8 * k);
    memcpy(&first, firsts, sizeof firsts);
    for (; i + VECTOR <= words; i += VECTOR) {
        const __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(bits + i));
        const __m256i a = _mm256_and_si256(v, low), b = _mm256_and_si256(_mm256_srli_epi16(v, 4), low);
        const __m256i high = _mm256_shuffle_epi8(count, b), n = _mm256_add_epi8(_mm256_shuffle_epi8(count, a), high);
        const __m256i places = _mm256_add_epi8(
            _mm256_add_epi8(_mm256_shuffle_epi8(place, a), _mm256_shuffle_epi8(place, b)), _mm256_slli_epi16(high, 2));
        const __m256i sum = _mm256_add_epi16(_mm256_maddubs_epi16(first, n), _mm256_maddubs_epi16(places, one8));
        inside = _mm256_add_epi64(inside, add_halves(_mm256_madd_epi16(sum, one16)));
        ones = _mm256_add_epi64(ones, _mm256_sad_epu8(n, _mm256_setzero_si256()));
        running = _mm256_add_epi64(running, ones);
    }
    const sums rest = add_words(bits + i, words - i);
    const uint64_t in_vectors = add_lanes(ones), total = add_lanes(running);
    return (sums){in_vectors + rest.ones,
                  total * VECTOR * WORD - add_lanes(inside) + in_vectors * (words - i) * WORD + rest.behind};
}
#endif

/* Adler-32 of the bytes that the bits stand for: a = 1 + sum of bytes, b = sum of all a on the way, modulo 65521. */
static uint32_t adler(const workspace *w, sums s)
{
    const uint64_t samples = w->words * WORD;
    const uint64_t a = (1 + LITERAL_ON * s.ones) % 65521, b = (samples + LITERAL_ON * (s.behind % 65521)) % 65521;
    return (uint32_t)(b << 16 | a);
}

FLAT void analyse_body(workspace *w, size_t step, uint32_t *counts)
{
    find_ends(w, step);
    find_next(w);
    find_symbols(w, counts);
}

static void analyse(workspace *w, size_t step, uint32_t *counts)
{
    analyse_body(w, step, counts);
    w->adler = adler(w, add_words(w->bits, w->words));
}

#if defined(__x86_64__)
__attribute__((target("avx2,bmi,bmi2"))) static void analyse_avx2(workspace *w, size_t step, uint32_t *counts)
{
    analyse_body(w, step, counts);
    w->adler = adler(w, add_words_avx2(w->bits, w->words));
}

/* Machines with AVX2 have BMI; virtual ones may hide it. */
static int has_avx2(void)
{
    return wsi_cpu_best() >= WSI_ISA_AVX2 && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}
#endif

void wsi_mask_encode(const uint64_t *bits, void *scratch, size_t step, size_t row, size_t rows, void *out,
                     size_t capacity, size_t *size)
{
    workspace work = lay_out(bits, scratch, row, rows);
    uint32_t counts[WSI_RUN_SYMBOLS] = {0};
#if defined(__x86_64__)
    (has_avx2() ? analyse_avx2 : analyse)(&work, step, counts);
#else
    analyse(&work, step, counts);
#endif
    *size = wsi_runs_write(work.symbols, work.count, counts, step, row, work.adler, out, capacity);
}
