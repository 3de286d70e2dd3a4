/* Gathering text: see text-stream.h. */
#include "text-stream.h"

#include "common/mem.h"

#include <libdeflate.h>
#include <string.h>

enum { GZIP_LEVEL = 1 };

wsi_status wsi_text_open(wsi_text *text, wsi_outfile *file, int gzip, wsi_error *err)
{
    text->file = file;
    text->buffer = wsi_calloc(1, WSI_TEXT_BUFFER);
    WSI_RETURN_IF(!text->buffer, WSI_ERR_NO_MEMORY, "out of memory");
    if (!gzip) return WSI_OK;
    text->gzip = libdeflate_alloc_compressor(GZIP_LEVEL);
    text->packed_room = libdeflate_gzip_compress_bound(text->gzip, WSI_TEXT_BUFFER);
    text->packed = text->gzip ? wsi_calloc(1, text->packed_room) : NULL;
    WSI_RETURN_IF(!text->packed, WSI_ERR_NO_MEMORY, "out of memory");
    return WSI_OK;
}

void wsi_text_flush(wsi_text *text)
{
    const char *bytes = text->buffer;
    size_t size = text->size;
    text->size = 0;
    if (text->status != WSI_OK || size == 0) return;
    if (text->gzip) {
        size = libdeflate_gzip_compress(text->gzip, bytes, size, text->packed, text->packed_room);
        bytes = text->packed;
    }
    text->status = size ? wsi_outfile_write(text->file, text->at, bytes, size, &text->error)
                        : wsi_error_set(&text->error, WSI_ERR_INTERNAL, "gzip: the buffer is too small");
    text->at += size;
}

void wsi_text_write(wsi_text *text, const char *bytes, size_t size)
{
    while (size > 0) {
        char *to = wsi_text_room(text);
        const size_t n = size < WSI_TEXT_ROOM ? size : WSI_TEXT_ROOM;
        memcpy(to, bytes, n);
        wsi_text_took(text, to + n);
        bytes += n;
        size -= n;
    }
}

void wsi_text_put(wsi_text *text, const char *string)
{
    wsi_text_write(text, string, strlen(string));
}

wsi_status wsi_text_status(const wsi_text *text, wsi_error *err)
{
    WSI_RETURN_IF(text->status != WSI_OK, text->status, "%s", text->error.message);
    return WSI_OK;
}

void wsi_text_close(wsi_text *text)
{
    if (text->gzip) libdeflate_free_compressor(text->gzip);
    wsi_free(text->packed);
    wsi_free(text->buffer);
    memset(text, 0, sizeof *text);
}
