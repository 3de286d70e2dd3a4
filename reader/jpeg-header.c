/* The markers of a JPEG stream up to its first scan, without decoding: sizes are checked before libjpeg allocates by
 * them, and the colour transform is decided as libjpeg itself would (ITU-T T.81 annex B; JFIF; Adobe's APP14), with
 * the container's word where the stream has none. */
#include "decode-jpeg.h"

#include <string.h>

enum { SOI = 0xD8, EOI = 0xD9, SOS = 0xDA, DQT = 0xDB, DHT = 0xC4, DAC = 0xCC, JPG = 0xC8, APP0 = 0xE0, APP14 = 0xEE };

static int is_frame(int marker)
{
    return marker >= 0xC0 && marker <= 0xCF && marker != DHT && marker != DAC && marker != JPG;
}

static int parse_frame(const unsigned char *p, size_t n, wsi_jpeg_header *out)
{
    if (n < 6 || out->w) return 0;
    out->precision = p[0];
    out->h = p[1] << 8 | p[2];
    out->w = p[3] << 8 | p[4];
    out->components = p[5];
    if (out->components < 1 || out->components > 4 || n < 6 + 3 * (size_t)out->components) return 0;
    for (int i = 0; i < out->components; i++) {
        out->ids[i] = p[6 + 3 * i];
        out->h_samp[i] = p[7 + 3 * i] >> 4;
        out->v_samp[i] = p[7 + 3 * i] & 15;
    }
    return out->w > 0 && out->h > 0;
}

/* One segment's content, without marker and length. 0: nonsense. */
static int parse_segment(int marker, const unsigned char *p, size_t n, wsi_jpeg_header *out)
{
    if (is_frame(marker)) return parse_frame(p, n, out);
    if (marker == DQT || marker == DHT || marker == DAC) out->own_tables = 1;
    if (marker == APP0 && n >= 5 && memcmp(p, "JFIF", 5) == 0) out->jfif = 1;
    if (marker == APP14 && n >= 12 && memcmp(p, "Adobe", 5) == 0) out->adobe = p[11];
    return 1;
}

int wsi_jpeg_parse(const void *bytes, size_t size, wsi_jpeg_header *out)
{
    const unsigned char *p = bytes, *end = p + size;
    *out = (wsi_jpeg_header){.adobe = -1};
    if (size < 4 || p[0] != 0xFF || p[1] != SOI) return 0;
    for (p += 2; end - p >= 2;) {
        if (*p != 0xFF) {
            p++; /* libjpeg skips garbage between segments, too */
            continue;
        }
        const int marker = p[1];
        if (marker == 0xFF) {
            p++; /* fill byte */
            continue;
        }
        p += 2;
        if (marker == EOI) return 1;
        if (marker == 0 || marker == 1 || (marker >= 0xD0 && marker <= SOI)) continue; /* no content */
        const size_t n = end - p < 2 ? 0 : (size_t)(p[0] << 8 | p[1]);
        if (n < 2 || n > (size_t)(end - p)) return 0;
        if (marker == SOS) return out->w > 0;
        if (!parse_segment(marker, p + 2, n - 2, out)) return 0;
        p += n;
    }
    return 0;
}

wsi_jpeg_colour wsi_jpeg_decide_colour(const wsi_jpeg_header *h, int container_says_ycc)
{
    if (h->components != 3) return WSI_JPEG_AS_STORED;
    if (h->jfif) return WSI_JPEG_YCC_TO_RGB;
    if (h->adobe == 0) return WSI_JPEG_AS_STORED;
    if (h->adobe > 0) return WSI_JPEG_YCC_TO_RGB;
    if (h->ids[0] == 'R' && h->ids[1] == 'G' && h->ids[2] == 'B') return WSI_JPEG_AS_STORED;
    /* Nobody subsamples green or blue. */
    if (h->h_samp[0] > h->h_samp[1] || h->v_samp[0] > h->v_samp[1]) return WSI_JPEG_YCC_TO_RGB;
    return container_says_ycc ? WSI_JPEG_YCC_TO_RGB : WSI_JPEG_AS_STORED;
}
