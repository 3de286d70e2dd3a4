/* Log messages to the caller's callback. */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>

void wsi_log_write(const wsi_log *log, wsi_log_level level, const char *fmt, ...)
{
    if (!log || !log->fn || level > log->level) return;
    char text[1024];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    for (char *p = text; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f) *p = '?';
    log->fn(log->user, level, text);
}
