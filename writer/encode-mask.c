/* Masks as deflate: see encode-mask.h.
 *
 * One block with its own Huffman codes, in two passes: samples to symbols, counted as they come, and symbols to bits.
 * `ends` of a distance has a bit set wherever a sample differs from the one that far before it, so the match at a
 * position ends at the next set bit. */
#include "encode-mask.h"

#include <string.h>

enum {
    WORD = 64,
    MATCH_MIN = 3,
    MATCH_MAX = 258,
    LITERAL_OFF = 0,
    LITERAL_ON = 255,
    BLOCK_END = 256,
    FIRST_LENGTH = 257,
    LENGTHS = 29,
    SYMBOLS = FIRST_LENGTH + LENGTHS,
    DISTANCES = 30,
    USED_MAX = 3 + LENGTHS, /* two literals, the end, lengths; more than META_SYMBOLS, and than two distances */
    CODE_MAX = 15,          /* bits of a code */
    META_SYMBOLS = 19,      /* in which the lengths of the codes are written */
    META_CODE_MAX = 7,
    META_ZEROS_FEW = 17, /* 3 to 10 zeros */
    META_ZEROS = 18,     /* 11 to 138 zeros */
    ZLIB_HEADER = 2,
    ZLIB_TRAILER = 4
};

/* A symbol of the first pass: 0 or 1, a literal; else a match's length, with ABOVE for its distance. */
typedef uint16_t symbol;
static const symbol above_flag = 0x8000;

typedef struct workspace {
    const uint64_t *bits;
    uint64_t *near, *above; /* where matches end */
    symbol *symbols;
    size_t words, row_words, count; /* count: of symbols */
} workspace;

typedef struct coder {
    uint32_t counts[SYMBOLS], distance_counts[DISTANCES];
    uint8_t lengths[SYMBOLS], distance_lengths[DISTANCES];
    uint16_t codes[SYMBOLS], distance_codes[DISTANCES]; /* bits in the order in which they are written */
    int near_code, above_code;
    unsigned near_bits, near_extra, above_bits, above_extra; /* extra bits of the two distances, and their values */
} coder;

typedef struct writer {
    uint8_t *at;
    uint64_t held; /* fewer than 8 bits after each put */
    unsigned count;
} writer;

/* ---- Lengths and distances as RFC 1951 splits them ---- */

/* The first length of each code; extra bits count on from there. */
static const uint16_t first_lengths[LENGTHS] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                                31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
static const uint8_t length_bits[LENGTHS] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                             2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};

/* One behind the last length of a code. */
static unsigned end_of_lengths(int code)
{
    return code + 1 < LENGTHS ? first_lengths[code + 1] : MATCH_MAX + 1;
}

/* Distances double in classes of two codes. */
static void split_distance(unsigned distance, int *code, unsigned *bits, unsigned *extra)
{
    const unsigned v = distance - 1, log = v < 4 ? 1 : 31u - (unsigned)__builtin_clz(v);
    *bits = log - 1;
    *code = (int)(2 * *bits + (v >> *bits));
    *extra = v & ((1u << *bits) - 1);
}

/* ---- Samples to symbols ---- */

size_t wsi_mask_scratch(size_t samples)
{
    const size_t words = samples / WORD + 1;
    return 2 * words * sizeof(uint64_t) + samples * sizeof(symbol);
}

static workspace lay_out(const uint64_t *bits, void *scratch, size_t row, size_t rows)
{
    workspace w = {.bits = bits, .near = scratch, .words = row / WORD * rows, .row_words = row / WORD};
    w.above = w.near + w.words + 1;
    w.symbols = (symbol *)(void *)(w.above + w.words + 1);
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
static void find_symbols(workspace *w, coder *c)
{
    const size_t samples = w->words * WORD;
    uint32_t matches[2] = {0, 0}, by_length[MATCH_MAX + 1] = {0}, literals[2] = {0, 0};
    symbol *out = w->symbols;
    for (size_t p = 0; p < samples;) {
        unsigned length = reach(w->near, p), is_above = 0;
        if (length < MATCH_MAX) {
            const unsigned other = reach(w->above, p);
            is_above = other > length;
            length = is_above ? other : length;
        }
        if (length < MATCH_MIN) {
            const symbol bit = (symbol)(w->bits[p / WORD] >> p % WORD & 1);
            literals[bit]++;
            *out++ = bit;
            p++;
            continue;
        }
        matches[is_above]++;
        by_length[length]++;
        *out++ = (symbol)(length | (is_above ? above_flag : 0));
        p += length;
    }
    w->count = (size_t)(out - w->symbols);
    c->counts[LITERAL_OFF] = literals[0];
    c->counts[LITERAL_ON] = literals[1];
    c->counts[BLOCK_END] = 1;
    for (int code = 0; code < LENGTHS; code++)
        for (unsigned n = first_lengths[code]; n < end_of_lengths(code); n++)
            c->counts[FIRST_LENGTH + code] += by_length[n];
    c->distance_counts[c->near_code] += matches[0];
    c->distance_counts[c->above_code] += matches[1];
}

/* ---- Huffman codes ---- */

/* A tree over the symbols that occur, of which there are few: the two lightest are simply looked for. */
typedef struct tree {
    int count;
    int16_t symbol[USED_MAX], root[USED_MAX]; /* root: place of the tree that it is in by now */
    uint32_t weight[USED_MAX];
    uint8_t depth[USED_MAX];
} tree;

static void join(tree *t, int a, int b)
{
    t->weight[a] += t->weight[b];
    for (int i = 0; i < t->count; i++)
        if (t->root[i] == a || t->root[i] == b) {
            t->root[i] = (int16_t)a;
            t->depth[i]++;
        }
}

/* Returns the deepest leaf's depth. */
static unsigned grow(tree *t, const uint32_t *weights)
{
    unsigned deepest = 0;
    for (int i = 0; i < t->count; i++) {
        t->root[i] = (int16_t)i;
        t->depth[i] = 0;
        t->weight[i] = weights[i];
    }
    for (int alive = t->count; alive > 1; alive--) {
        int a = -1, b = -1; /* the lightest, and the next */
        for (int i = 0; i < t->count; i++) {
            if (t->root[i] != i) continue;
            if (a < 0 || t->weight[i] < t->weight[a])
                b = a, a = i;
            else if (b < 0 || t->weight[i] < t->weight[b])
                b = i;
        }
        join(t, a, b);
    }
    for (int i = 0; i < t->count; i++)
        if (t->depth[i] > deepest) deepest = t->depth[i];
    return deepest;
}

/* Lengths of at most `most` bits: weights are flattened until the tree is low enough. A single symbol gets one bit. */
static void code_lengths(const uint32_t *counts, int n, unsigned most, uint8_t *lengths)
{
    tree t = {.count = 0};
    uint32_t weights[USED_MAX];
    memset(lengths, 0, (size_t)n);
    for (int i = 0; i < n; i++) {
        if (!counts[i]) continue;
        weights[t.count] = counts[i];
        t.symbol[t.count++] = (int16_t)i;
    }
    while (grow(&t, weights) > most)
        for (int i = 0; i < t.count; i++) weights[i] = weights[i] / 2 + 1;
    for (int i = 0; i < t.count; i++) lengths[t.symbol[i]] = t.count == 1 ? 1 : t.depth[i];
}

static uint16_t reversed(unsigned code, unsigned bits)
{
    unsigned r = 0;
    for (unsigned i = 0; i < bits; i++) r |= (code >> i & 1) << (bits - 1 - i);
    return (uint16_t)r;
}

static void assign_codes(const uint8_t *lengths, int n, uint16_t *codes)
{
    unsigned next[CODE_MAX + 2] = {0}, of_length[CODE_MAX + 1] = {0};
    for (int i = 0; i < n; i++) of_length[lengths[i]]++;
    of_length[0] = 0;
    for (int bits = 0; bits <= CODE_MAX; bits++) next[bits + 1] = (next[bits] + of_length[bits]) << 1;
    for (int i = 0; i < n; i++)
        if (lengths[i]) codes[i] = reversed(next[lengths[i]]++, lengths[i]);
}

/* ---- Symbols to bits ---- */

/* Appends up to 48 bits. Writes eight bytes: the buffer has that much room behind its end. */
static void put(writer *w, uint64_t value, unsigned bits)
{
    w->held |= value << w->count;
    w->count += bits;
    memcpy(w->at, &w->held, sizeof w->held);
    w->at += w->count / 8;
    w->held >>= w->count & ~7u;
    w->count &= 7;
}

/* The lengths of both codes, runs of zeros shortened: pairs of a meta symbol and its extra bits' value. */
static int meta_symbols(const uint8_t *lengths, int n, uint8_t *symbols, uint8_t *extras)
{
    int count = 0;
    for (int i = 0; i < n;) {
        int zeros = 0;
        while (i + zeros < n && lengths[i + zeros] == 0 && zeros < 138) zeros++;
        const int run = zeros >= 3 ? zeros : 1;
        symbols[count] = zeros > 10 ? META_ZEROS : zeros >= 3 ? META_ZEROS_FEW : lengths[i];
        extras[count++] = (uint8_t)(zeros > 10 ? zeros - 11 : zeros >= 3 ? zeros - 3 : 0);
        i += run;
    }
    return count;
}

static void put_codes(writer *w, const coder *c)
{
    static const uint8_t order[META_SYMBOLS] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
    uint8_t all[SYMBOLS + DISTANCES], symbols[SYMBOLS + DISTANCES], extras[SYMBOLS + DISTANCES], lengths[META_SYMBOLS];
    uint16_t codes[META_SYMBOLS];
    uint32_t counts[META_SYMBOLS] = {0};
    int n = SYMBOLS, distances = DISTANCES, metas = META_SYMBOLS;
    while (n > FIRST_LENGTH && !c->lengths[n - 1]) n--;
    while (distances > 1 && !c->distance_lengths[distances - 1]) distances--;
    memcpy(all, c->lengths, (size_t)n);
    memcpy(all + n, c->distance_lengths, (size_t)distances);
    const int count = meta_symbols(all, n + distances, symbols, extras);
    for (int i = 0; i < count; i++) counts[symbols[i]]++;
    code_lengths(counts, META_SYMBOLS, META_CODE_MAX, lengths);
    assign_codes(lengths, META_SYMBOLS, codes);
    while (metas > 4 && !lengths[order[metas - 1]]) metas--;
    put(w, 1 | 2 << 1, 3); /* the last block, with codes of its own */
    put(w, (unsigned)(n - FIRST_LENGTH) | (unsigned)(distances - 1) << 5 | (unsigned)(metas - 4) << 10, 14);
    for (int i = 0; i < metas; i++) put(w, lengths[order[i]], 3);
    for (int i = 0; i < count; i++) {
        put(w, codes[symbols[i]], lengths[symbols[i]]);
        if (symbols[i] >= META_ZEROS_FEW) put(w, extras[i], symbols[i] == META_ZEROS ? 7 : 3);
    }
}

/* Bits of each match length with its extra bits, made once a mask. */
typedef struct length_codes {
    uint32_t value[MATCH_MAX + 1];
    uint8_t bits[MATCH_MAX + 1];
} length_codes;

static void prepare_lengths(const coder *c, length_codes *l)
{
    for (int i = 0; i < LENGTHS; i++) {
        const unsigned code = c->codes[FIRST_LENGTH + i], bits = c->lengths[FIRST_LENGTH + i];
        for (unsigned n = first_lengths[i]; n < end_of_lengths(i); n++) {
            l->value[n] = code | (n - first_lengths[i]) << bits;
            l->bits[n] = (uint8_t)(bits + length_bits[i]);
        }
    }
}

static void put_symbols(writer *to, const workspace *w, const coder *c)
{
    length_codes lengths;
    writer out = *to;
    prepare_lengths(c, &lengths);
    const unsigned near_length = c->distance_lengths[c->near_code], above_length = c->distance_lengths[c->above_code];
    const uint64_t near_value = c->distance_codes[c->near_code] | (uint64_t)c->near_extra << near_length;
    const uint64_t above_value = c->distance_codes[c->above_code] | (uint64_t)c->above_extra << above_length;
    for (size_t i = 0; i < w->count; i++) {
        const symbol s = w->symbols[i];
        if (s < 2) {
            const int literal = s ? LITERAL_ON : LITERAL_OFF;
            put(&out, c->codes[literal], c->lengths[literal]);
            continue;
        }
        const unsigned length = s & (unsigned)(above_flag - 1);
        const uint64_t distance = s & above_flag ? above_value : near_value;
        const unsigned bits = s & above_flag ? above_length + c->above_bits : near_length + c->near_bits;
        put(&out, lengths.value[length] | distance << lengths.bits[length], lengths.bits[length] + bits);
    }
    put(&out, c->codes[BLOCK_END], c->lengths[BLOCK_END]);
    *to = out;
}

/* ---- The whole ---- */

/* Bytes of the stream, at most: the header of a block takes fewer than 400. */
static size_t stream_bound(const coder *c)
{
    uint64_t bits = 0;
    for (int i = 0; i < SYMBOLS; i++) bits += (uint64_t)c->counts[i] * (c->lengths[i] + (i < FIRST_LENGTH ? 0u : 5u));
    bits += (uint64_t)c->distance_counts[c->near_code] * (c->distance_lengths[c->near_code] + c->near_bits);
    bits += (uint64_t)c->distance_counts[c->above_code] * (c->distance_lengths[c->above_code] + c->above_bits);
    return (size_t)(bits / 8) + 400 + ZLIB_HEADER + ZLIB_TRAILER + sizeof(uint64_t);
}

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

static size_t close_stream(writer *w, const workspace *work, const uint8_t *start)
{
    const uint32_t check = adler(work);
    put(w, 0, (8 - w->count) % 8);
    for (int i = 0; i < ZLIB_TRAILER; i++) *w->at++ = (uint8_t)(check >> (24 - 8 * i));
    return (size_t)(w->at - start);
}

void wsi_mask_encode(const uint64_t *bits, void *scratch, size_t step, size_t row, size_t rows, void *out,
                     size_t capacity, size_t *size)
{
    workspace work = lay_out(bits, scratch, row, rows);
    coder c = {.near_code = 0};
    split_distance((unsigned)step, &c.near_code, &c.near_bits, &c.near_extra);
    split_distance((unsigned)row, &c.above_code, &c.above_bits, &c.above_extra);
    find_ends(&work, step);
    find_symbols(&work, &c);
    code_lengths(c.counts, SYMBOLS, CODE_MAX, c.lengths);
    code_lengths(c.distance_counts, DISTANCES, CODE_MAX, c.distance_lengths);
    assign_codes(c.lengths, SYMBOLS, c.codes);
    assign_codes(c.distance_lengths, DISTANCES, c.distance_codes);
    *size = 0;
    if (stream_bound(&c) > capacity) return;
    uint8_t *start = out;
    writer w = {.at = start};
    *w.at++ = 0x78; /* deflate, window of 32 KiB */
    *w.at++ = 0x01;
    put_codes(&w, &c);
    put_symbols(&w, &work, &c);
    *size = close_stream(&w, &work, start);
}
