/* Log messages go to the caller's callback; without one they are dropped. */
#ifndef WSI_LOG_H
#define WSI_LOG_H

#include <wsiproc/log.h>

/* log may be NULL. */
void wsi_log_write(const wsi_log *log, wsi_log_level level, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
