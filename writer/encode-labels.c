/* Labels as deflate: matches are found eight bytes at a time. */
#include "encode-labels.h"

#include <libdeflate.h>
#include <string.h>

#include "deflate-runs.h"

enum { LITERALS_SHARE = 16 }; /* no more than one literal in so many bytes, or it is not made of runs */

size_t wsi_labels_scratch(size_t bytes)
{
    return bytes * sizeof(wsi_run_symbol);
}

/* Bytes from `at` on that are as those `back` before, at most `most`. */
static size_t same_bytes(const uint8_t *at, size_t back, size_t most)
{
    size_t n = 0;
    for (; n + 8 <= most; n += 8) {
        uint64_t now, before;
        memcpy(&now, at + n, sizeof now);
        memcpy(&before, at + n - back, sizeof before);
        if (now != before) break;
    }
    while (n < most && at[n] == at[n - back]) n++;
    return n;
}

/* Symbols of all bytes; returns how many, or 0 when there are too many literals. */
static size_t find_symbols(const uint8_t *in, size_t bytes, size_t near, size_t above, wsi_run_symbol *symbols,
                           uint32_t *counts)
{
    wsi_run_symbol *out = symbols;
    size_t literals = 0;
    for (size_t p = 0; p < bytes;) {
        const size_t most = bytes - p < WSI_RUN_MAX ? bytes - p : WSI_RUN_MAX;
        size_t length = p >= near ? same_bytes(in + p, near, most) : 0, other = 0;
        if (length < most && p >= above) other = same_bytes(in + p, above, most);
        const int is_above = other > length;
        if (is_above) length = other;
        if (length < WSI_RUN_MIN) {
            counts[in[p]]++;
            *out++ = in[p++];
            if (++literals > bytes / LITERALS_SHARE) return 0;
            continue;
        }
        *out = (wsi_run_symbol)(WSI_RUN_MATCH + length + (is_above ? WSI_RUN_ABOVE : 0));
        counts[*out++]++;
        p += length;
    }
    return (size_t)(out - symbols);
}

void wsi_labels_encode(const void *in, size_t bytes, size_t near, size_t above, void *scratch, void *out,
                       size_t capacity, size_t *size)
{
    uint32_t counts[WSI_RUN_SYMBOLS] = {0};
    *size = 0;
    const size_t count = find_symbols(in, bytes, near, above, scratch, counts);
    if (count)
        *size = wsi_runs_write(scratch, count, counts, near, above, libdeflate_adler32(1, in, bytes), out, capacity);
}
