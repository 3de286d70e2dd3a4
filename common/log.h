/* Log messages go to one callback; without one they are dropped. The library itself never prints. */
#ifndef WSI_LOG_H
#define WSI_LOG_H

typedef enum wsi_log_level { WSI_LOG_ERROR = 0, WSI_LOG_WARNING, WSI_LOG_INFO, WSI_LOG_DEBUG } wsi_log_level;

/* Called from any thread, possibly at once: must be thread-safe. text is one line without newline. */
typedef void (*wsi_log_fn)(void *user, wsi_log_level level, const char *text);

typedef struct wsi_log {
    wsi_log_fn fn; /* may be NULL */
    void *user;
    wsi_log_level level; /* messages above are dropped */
} wsi_log;

/* log may be NULL. */
void wsi_log_write(const wsi_log *log, wsi_log_level level, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

#endif
