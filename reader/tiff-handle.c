/* libtiff on the slide's own descriptor, with every complaint caught: the library never prints, and the text reaches
 * the caller as part of an error. Handles read through positioned reads, so that any number of them share one file. */
#include "tiff-private.h"

#include <stdio.h>
#include <string.h>

enum { LIBTIFF_ALLOC_MAX = 512 << 20 };

static tmsize_t read_proc(thandle_t arg, void *buf, tmsize_t size)
{
    wsi_tiff_handle *h = (wsi_tiff_handle *)arg;
    const size_t n = size > 0 ? wsi_source_peek(h->source, h->position, (size_t)size, buf) : 0;
    h->position += n;
    return (tmsize_t)n;
}

static tmsize_t write_proc(thandle_t arg, void *buf, tmsize_t size)
{
    (void)arg;
    (void)buf;
    (void)size;
    return -1;
}

static toff_t seek_proc(thandle_t arg, toff_t offset, int whence)
{
    wsi_tiff_handle *h = (wsi_tiff_handle *)arg;
    const uint64_t base = whence == SEEK_CUR ? h->position : whence == SEEK_END ? h->source->size : 0;
    h->position = base + offset;
    return h->position;
}

static int close_proc(thandle_t arg)
{
    (void)arg;
    return 0;
}

static toff_t size_proc(thandle_t arg)
{
    return ((wsi_tiff_handle *)arg)->source->size;
}

WSI_PRINTF(4, 0)
static int on_error(TIFF *tif, void *user, const char *module, const char *fmt, va_list args)
{
    wsi_tiff_handle *h = user;
    (void)tif;
    (void)module;
    if (h->message[0] == 0) vsnprintf(h->message, sizeof h->message, fmt, args);
    return 1; /* handled: the process-wide handlers are not called */
}

static int on_warning(TIFF *tif, void *user, const char *module, const char *fmt, va_list args)
{
    (void)tif;
    (void)user;
    (void)module;
    (void)fmt;
    (void)args;
    return 1;
}

wsi_status wsi_tiff_handle_open(wsi_tiff_handle *h, const wsi_source *source, const char *mode, wsi_error *err)
{
    *h = (wsi_tiff_handle){.source = source};
    TIFFOpenOptions *options = TIFFOpenOptionsAlloc();
    WSI_RETURN_IF(!options, WSI_ERR_NO_MEMORY, "tiff: no memory");
    TIFFOpenOptionsSetErrorHandlerExtR(options, on_error, h);
    TIFFOpenOptionsSetWarningHandlerExtR(options, on_warning, h);
    TIFFOpenOptionsSetMaxSingleMemAlloc(options, LIBTIFF_ALLOC_MAX);
    h->tif = TIFFClientOpenExt("slide", mode, h, read_proc, write_proc, seek_proc, close_proc, size_proc, NULL, NULL,
                               options);
    TIFFOpenOptionsFree(options);
    WSI_RETURN_IF(!h->tif, WSI_ERR_INPUT_CORRUPT, "tiff: %s", h->message[0] ? h->message : "cannot be opened");
    return WSI_OK;
}

void wsi_tiff_handle_close(wsi_tiff_handle *h)
{
    if (h->tif) TIFFClose(h->tif);
    h->tif = NULL;
}
