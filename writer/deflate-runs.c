/* Deflate streams made of runs: see deflate-runs.h. One block with its own Huffman codes. */
#include "deflate-runs.h"

#include <string.h>

enum {
    BLOCK_END = 256,
    FIRST_LENGTH = 257,
    LENGTHS = 29,
    SYMBOLS = FIRST_LENGTH + LENGTHS,
    DISTANCES = 30,
    CODE_MAX = 15,     /* bits of a code */
    META_SYMBOLS = 19, /* in which the lengths of the codes are written */
    META_CODE_MAX = 7,
    META_ZEROS_FEW = 17, /* 3 to 10 zeros */
    META_ZEROS = 18,     /* 11 to 138 zeros */
    ZLIB_HEADER = 2,
    ZLIB_TRAILER = 4,
    MATCH_MAX = WSI_RUN_MAX
};

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

/* ---- Huffman codes ---- */

/* The symbols that occur, lightest first, then the nodes above them as they are made: both in ascending weight, so that
 * the two lightest are always found at the front of one of the two. */
typedef struct tree {
    int count; /* of leaves */
    int16_t symbol[SYMBOLS], parent[2 * SYMBOLS];
    uint32_t weight[2 * SYMBOLS];
} tree;

/* Sorts by weight, equal ones by symbol. */
static void sort_leaves(tree *t)
{
    for (int i = 1; i < t->count; i++) {
        const uint32_t weight = t->weight[i];
        const int16_t symbol = t->symbol[i];
        int k = i;
        for (; k > 0 && t->weight[k - 1] > weight; k--) {
            t->weight[k] = t->weight[k - 1];
            t->symbol[k] = t->symbol[k - 1];
        }
        t->weight[k] = weight;
        t->symbol[k] = symbol;
    }
}

/* Depths of all leaves into lengths; returns the deepest. */
static unsigned grow(tree *t, uint8_t *lengths)
{
    unsigned deepest = 0;
    uint8_t depth[2 * SYMBOLS];
    const int nodes = 2 * t->count - 1;
    for (int made = t->count, leaf = 0, node = t->count; made < nodes; made++) {
        t->weight[made] = 0;
        for (int k = 0; k < 2; k++) {
            const int is_leaf = leaf < t->count && (node == made || t->weight[leaf] <= t->weight[node]);
            const int lightest = is_leaf ? leaf++ : node++;
            t->weight[made] += t->weight[lightest];
            t->parent[lightest] = (int16_t)made;
        }
    }
    depth[nodes - 1] = 0;
    for (int i = nodes - 2; i >= 0; i--) {
        depth[i] = (uint8_t)(depth[t->parent[i]] + 1);
        if (i >= t->count) continue;
        lengths[t->symbol[i]] = depth[i];
        if (depth[i] > deepest) deepest = depth[i];
    }
    return deepest;
}

/* Lengths of at most `most` bits: weights are flattened until the tree is low enough. A single symbol gets one bit. */
static void code_lengths(const uint32_t *counts, int n, unsigned most, uint8_t *lengths)
{
    tree t = {.count = 0};
    memset(lengths, 0, (size_t)n);
    for (int i = 0; i < n; i++) {
        if (!counts[i]) continue;
        t.weight[t.count] = counts[i];
        t.symbol[t.count++] = (int16_t)i;
    }
    sort_leaves(&t);
    if (t.count == 1) lengths[t.symbol[0]] = 1;
    while (t.count > 1 && grow(&t, lengths) > most)
        for (int i = 0; i < t.count; i++) t.weight[i] = t.weight[i] / 2 + 1;
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

/* Appends up to 56 bits. Writes eight bytes: the buffer has that much room behind its end. */
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

/* Each symbol's bits, a match's length and distance together, as the value above the CODE_SIZE bits that count them. */
enum { CODE_SIZE = 6, PUT_MAX = 56 };
typedef uint64_t symbol_codes[WSI_RUN_SYMBOLS];

static void prepare_distance(uint64_t *of_match, const coder *c, int code, unsigned bits, uint64_t extra)
{
    const unsigned distance_length = c->distance_lengths[code];
    const uint64_t distance = c->distance_codes[code] | extra << distance_length;
    for (int i = 0; i < LENGTHS; i++) {
        const uint64_t length = c->codes[FIRST_LENGTH + i];
        const unsigned first = c->lengths[FIRST_LENGTH + i], both = first + length_bits[i];
        for (unsigned n = first_lengths[i]; n < end_of_lengths(i); n++) {
            const uint64_t value = length | (uint64_t)(n - first_lengths[i]) << first | distance << both;
            of_match[n] = value << CODE_SIZE | (both + distance_length + bits);
        }
    }
}

static void prepare_codes(const coder *c, uint64_t *codes)
{
    for (int i = 0; i < BLOCK_END; i++) codes[i] = (uint64_t)c->codes[i] << CODE_SIZE | c->lengths[i];
    prepare_distance(codes + WSI_RUN_MATCH, c, c->near_code, c->near_bits, c->near_extra);
    prepare_distance(codes + WSI_RUN_MATCH + WSI_RUN_ABOVE, c, c->above_code, c->above_bits, c->above_extra);
}

/* Two symbols at a time wherever they fit, as they mostly do. */
static void put_symbols(writer *to, const wsi_run_symbol *symbols, size_t count, const coder *c)
{
    enum { SIZE = (1 << CODE_SIZE) - 1 };
    symbol_codes codes;
    writer out = *to;
    size_t i = 0;
    prepare_codes(c, codes);
    for (; i + 2 <= count; i += 2) {
        const uint64_t one = codes[symbols[i]], two = codes[symbols[i + 1]];
        const unsigned first = one & SIZE, both = first + (two & SIZE);
        if (both <= PUT_MAX) {
            put(&out, one >> CODE_SIZE | two >> CODE_SIZE << first, both);
            continue;
        }
        put(&out, one >> CODE_SIZE, first);
        put(&out, two >> CODE_SIZE, two & SIZE);
    }
    if (i < count) put(&out, codes[symbols[i]] >> CODE_SIZE, codes[symbols[i]] & SIZE);
    put(&out, c->codes[BLOCK_END], c->lengths[BLOCK_END]);
    *to = out;
}

/* ---- The whole ---- */

static void take_counts(coder *c, const uint32_t *counts)
{
    const uint32_t *near = counts + WSI_RUN_MATCH, *above = near + WSI_RUN_ABOVE;
    memcpy(c->counts, counts, BLOCK_END * sizeof *counts);
    c->counts[BLOCK_END] = 1;
    for (int code = 0; code < LENGTHS; code++)
        for (unsigned n = first_lengths[code]; n < end_of_lengths(code); n++) {
            c->counts[FIRST_LENGTH + code] += near[n] + above[n];
            c->distance_counts[c->near_code] += near[n];
            c->distance_counts[c->above_code] += above[n];
        }
}

/* Bytes of the stream, at most: the header of a block takes fewer than 400. */
static size_t stream_bound(const coder *c)
{
    uint64_t bits = 0;
    for (int i = 0; i < SYMBOLS; i++) bits += (uint64_t)c->counts[i] * (c->lengths[i] + (i < FIRST_LENGTH ? 0u : 5u));
    bits += (uint64_t)c->distance_counts[c->near_code] * (c->distance_lengths[c->near_code] + c->near_bits);
    bits += (uint64_t)c->distance_counts[c->above_code] * (c->distance_lengths[c->above_code] + c->above_bits);
    return (size_t)(bits / 8) + 400 + ZLIB_HEADER + ZLIB_TRAILER + sizeof(uint64_t);
}

size_t wsi_runs_write(const wsi_run_symbol *symbols, size_t count, const uint32_t *counts, size_t near, size_t above,
                      uint32_t adler, void *out, size_t capacity)
{
    coder c = {.near_code = 0};
    split_distance((unsigned)near, &c.near_code, &c.near_bits, &c.near_extra);
    split_distance((unsigned)above, &c.above_code, &c.above_bits, &c.above_extra);
    take_counts(&c, counts);
    code_lengths(c.counts, SYMBOLS, CODE_MAX, c.lengths);
    code_lengths(c.distance_counts, DISTANCES, CODE_MAX, c.distance_lengths);
    assign_codes(c.lengths, SYMBOLS, c.codes);
    assign_codes(c.distance_lengths, DISTANCES, c.distance_codes);
    if (stream_bound(&c) > capacity) return 0;
    uint8_t *start = out;
    writer w = {.at = start};
    *w.at++ = 0x78; /* deflate, window of 32 KiB */
    *w.at++ = 0x01;
    put_codes(&w, &c);
    put_symbols(&w, symbols, count, &c);
    put(&w, 0, (8 - w.count) % 8);
    for (int i = 0; i < ZLIB_TRAILER; i++) *w.at++ = (uint8_t)(adler >> (24 - 8 * i));
    return (size_t)(w.at - start);
}
