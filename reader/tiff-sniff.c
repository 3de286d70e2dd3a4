/* What kind of TIFF a file is, told by its first directory alone, without libtiff and without allocating: some
 * scanners' TIFFs hold overlapping tiles, several regions or private tables that only OpenSlide understands. */
#include "tiff-private.h"

#include <string.h>

enum { TAG_DESCRIPTION = 270, TAG_SOFTWARE = 305, TAG_XMP = 700, TAG_NDPI = 65420, ENTRIES_MAX = 4096, TEXT = 4096 };

typedef struct sniffer {
    const wsi_source *source;
    int big_endian, big;
} sniffer;

static uint64_t number(const sniffer *s, const unsigned char *p, int n)
{
    uint64_t v = 0;
    for (int i = 0; i < n; i++) v = v << 8 | p[s->big_endian ? i : n - 1 - i];
    return v;
}

/* Text of a tag, at most TEXT - 1 bytes of it; empty when it cannot be read. */
static void entry_text(const sniffer *s, const unsigned char *entry, char text[TEXT])
{
    const int offset_at = s->big ? 12 : 8, inline_max = s->big ? 8 : 4;
    const uint64_t count = number(s, entry + 4, s->big ? 8 : 4);
    const size_t n = count < TEXT - 1 ? (size_t)count : TEXT - 1;
    text[0] = 0;
    if (count <= (uint64_t)inline_max) {
        memcpy(text, entry + offset_at, n);
        text[n] = 0;
    } else {
        text[wsi_source_peek(s->source, number(s, entry + offset_at, inline_max), n, text)] = 0;
    }
}

static int text_is_foreign(unsigned tag, const char *text)
{
    if (tag == TAG_DESCRIPTION) return strstr(text, "www.leica-microsystems.com/scn/") != NULL;
    if (tag == TAG_SOFTWARE) return strncmp(text, "MedScan", 7) == 0; /* Trestle */
    if (tag == TAG_XMP) return strstr(text, "<iScan") != NULL;        /* Ventana */
    return 0;
}

static int entry_is_foreign(const sniffer *s, const unsigned char *entry)
{
    char text[TEXT];
    const unsigned tag = (unsigned)number(s, entry, 2);
    if (tag == TAG_NDPI) return 1;
    if (tag != TAG_DESCRIPTION && tag != TAG_SOFTWARE && tag != TAG_XMP) return 0;
    entry_text(s, entry, text);
    return text_is_foreign(tag, text);
}

/* Byte order and kind from the first bytes; 0 when it is no TIFF. */
static int read_header(sniffer *s, uint64_t *ifd)
{
    const unsigned char *h = s->source->head;
    if (s->source->head_size < 8 || h[0] != h[1] || (h[0] != 'I' && h[0] != 'M')) return 0;
    s->big_endian = h[0] == 'M';
    const uint64_t version = number(s, h + 2, 2);
    if (version != 42 && version != 43) return 0;
    s->big = version == 43;
    if (s->big && (s->source->head_size < 16 || number(s, h + 4, 2) != 8)) return 0;
    *ifd = s->big ? number(s, h + 8, 8) : number(s, h + 4, 4);
    return 1;
}

/* Entry i of the directory at ifd; 0 when there is none. */
static int read_entry(const sniffer *s, uint64_t ifd, uint64_t i, unsigned char entry[20])
{
    const size_t size = s->big ? 20 : 12;
    unsigned char count[8];
    const size_t count_size = s->big ? 8 : 2;
    if (i >= ENTRIES_MAX || wsi_source_peek(s->source, ifd, count_size, count) != count_size) return 0;
    if (i >= number(s, count, (int)count_size)) return 0;
    return wsi_source_peek(s->source, ifd + count_size + i * size, size, entry) == size;
}

int wsi_tiff_sniff(const wsi_source *source)
{
    sniffer s = {.source = source};
    unsigned char entry[20];
    uint64_t ifd;
    if (!read_header(&s, &ifd)) return 0;
    for (uint64_t i = 0; read_entry(&s, ifd, i, entry); i++) {
        if (entry_is_foreign(&s, entry)) return 0;
    }
    return 1;
}

uint64_t wsi_tiff_tag_count(const wsi_source *source, uint64_t ifd, unsigned tag)
{
    sniffer s = {.source = source};
    unsigned char entry[20];
    uint64_t first;
    if (!read_header(&s, &first)) return 0;
    for (uint64_t i = 0; read_entry(&s, ifd, i, entry); i++) {
        if (number(&s, entry, 2) == tag) return number(&s, entry + 4, s.big ? 8 : 4);
    }
    return 0;
}
