/* Error records: set where the cause is known, prefixed on the way up. Messages are one line: control characters
 * that came out of a file or a library are replaced, so that no slide can forge a line of log. */
#include "error-private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void clean_line(char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f) *s = *s == '\t' ? ' ' : '?';
}

wsi_status wsi_error_set(wsi_error *err, wsi_status code, const char *fmt, ...)
{
    if (!err) return code;
    char text[WSI_ERROR_MESSAGE_MAX]; /* the arguments may point into err->message */
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    clean_line(text);
    err->code = code;
    memcpy(err->message, text, sizeof text);
    return code;
}

/* Where both do not fit, the cause is kept whole and the front of the prefix (a long path) gives way. */
wsi_status wsi_error_prefix(wsi_error *err, const char *fmt, ...)
{
    if (!err) return WSI_ERR_INTERNAL;
    char prefix[8192], text[sizeof prefix + WSI_ERROR_MESSAGE_MAX];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(prefix, sizeof prefix, fmt, ap);
    va_end(ap);
    const size_t room = sizeof err->message - 1 - strnlen(err->message, sizeof err->message - 1);
    size_t cut = strlen(prefix) > room ? strlen(prefix) - room : 0;
    const char *dots = cut && room > 3 ? "..." : "";
    cut += strlen(dots);
    snprintf(text, sizeof text, "%s%s%s", dots, prefix + (cut < strlen(prefix) ? cut : strlen(prefix)), err->message);
    text[sizeof err->message - 1] = '\0';
    clean_line(text);
    memcpy(err->message, text, strlen(text) + 1);
    return err->code;
}

const char *wsi_status_name(wsi_status status)
{
    switch (status) {
    case WSI_OK:
        return "ok";
    case WSI_ERR_INTERNAL:
        return "internal error";
    case WSI_ERR_NO_MEMORY:
        return "out of memory";
    case WSI_ERR_CANCELLED:
        return "cancelled";
    case WSI_ERR_USAGE:
        return "usage";
    case WSI_ERR_CHAIN:
        return "chain";
    case WSI_ERR_INPUT_OPEN:
        return "input cannot be opened";
    case WSI_ERR_INPUT_FORMAT:
        return "input format unknown";
    case WSI_ERR_INPUT_CORRUPT:
        return "input corrupt";
    case WSI_ERR_INPUT_UNSUPPORTED:
        return "input not supported";
    case WSI_ERR_OUTPUT:
        return "output cannot be written";
    case WSI_ERR_OUTPUT_FULL:
        return "output device full";
    case WSI_ERR_DEVICE:
        return "device";
    case WSI_ERR_VERIFY:
        return "verification failed";
    }
    return "unknown status";
}
