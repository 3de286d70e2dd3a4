/* A scan's bytes, made ready for a decoder that knows no markers (ITU-T T.81 B.1.1.5, F.1.2.3): stuffed zeros go, and
 * restart markers become segment borders that begin at a word. */
#include "jpeg-batch.h"

#include <string.h>

enum { RST0 = 0xD0, EOI = 0xD9, SEGMENT_MAX = (1 << 28) - 1 };

typedef struct splitter {
    uint8_t *room;
    size_t at, start; /* where the next byte goes; where the segment began */
    uint32_t word;    /* of room[0] */
    wsi_px_jpeg_segment *segments;
    int done, count;
} splitter;

/* Ends a segment, which may not be empty: its last word is filled up with zeros. */
static int end_segment(splitter *s)
{
    const size_t size = s->at - s->start;
    if (s->done == s->count || size == 0 || size > SEGMENT_MAX) return 0;
    s->segments[s->done].word = s->word + (uint32_t)(s->start / 4);
    s->segments[s->done].size = (uint32_t)size;
    s->done++;
    while (s->at % 4 != 0) s->room[s->at++] = 0;
    s->start = s->at;
    return 1;
}

int wsi_jpeg_scan_split(const uint8_t *scan, size_t size, uint8_t *room, uint32_t word, wsi_px_jpeg_segment *segments,
                        int count, size_t *used)
{
    splitter s = {.room = room, .word = word, .segments = segments, .count = count};
    const uint8_t *p = scan, *end = scan + size;
    for (;;) {
        const uint8_t *mark = memchr(p, 0xFF, (size_t)(end - p));
        if (!mark || end - mark < 2) return 0;
        const size_t plain = (size_t)(mark - p);
        memcpy(room + s.at, p, plain);
        s.at += plain;
        p = mark + 2;
        if (mark[1] == 0) {
            room[s.at++] = 0xFF;
        } else if (mark[1] == EOI) {
            *used = 0;
            if (!end_segment(&s)) return 0;
            *used = s.at;
            return s.done == count;
        } else if (mark[1] != RST0 + s.done % 8 || !end_segment(&s)) {
            return 0;
        }
    }
}
