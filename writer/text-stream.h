/* Text that goes to an output file as it is made, through one buffer, plain or compressed.
 *
 * Compressed text is gzip, a member for each filled buffer: gzip, zlib, Python and Java read members that follow one
 * another as one text. Errors are kept: writing goes on into nothing, and wsi_text_status says what was wrong. One
 * thread at a time. */
#ifndef WSI_TEXT_STREAM_H
#define WSI_TEXT_STREAM_H

#include "outfile.h"

enum { WSI_TEXT_BUFFER = 1 << 20, WSI_TEXT_ROOM = 1 << 16 };

struct libdeflate_compressor;

typedef struct wsi_text {
    wsi_outfile *file; /* borrowed */
    uint64_t at;       /* bytes in the file so far */
    char *buffer;      /* WSI_TEXT_BUFFER bytes */
    size_t size;       /* of them in use */
    struct libdeflate_compressor *gzip;
    char *packed;
    size_t packed_room;
    wsi_status status;
    wsi_error error; /* when status is not OK */
} wsi_text;

/* text is zeroed memory. */
wsi_status wsi_text_open(wsi_text *text, wsi_outfile *file, int gzip, wsi_error *err);
/* Hands what is gathered to the file. */
void wsi_text_flush(wsi_text *text);
void wsi_text_write(wsi_text *text, const char *bytes, size_t size);
void wsi_text_put(wsi_text *text, const char *string);
/* OK, or the first failure. */
wsi_status wsi_text_status(const wsi_text *text, wsi_error *err);
/* NULL members are accepted. */
void wsi_text_close(wsi_text *text);

/* Where the next characters go: room for WSI_TEXT_ROOM of them. wsi_text_took says where they ended. */
static inline char *wsi_text_room(wsi_text *text)
{
    if (text->size > WSI_TEXT_BUFFER - WSI_TEXT_ROOM) wsi_text_flush(text);
    return text->buffer + text->size;
}

static inline void wsi_text_took(wsi_text *text, const char *end)
{
    text->size = (size_t)(end - text->buffer);
}

#endif
