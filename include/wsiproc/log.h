/* Log messages go to one callback of the caller; without one they are dropped. The library itself never prints. */
#ifndef WSIPROC_LOG_H
#define WSIPROC_LOG_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum wsi_log_level { WSI_LOG_ERROR = 0, WSI_LOG_WARNING, WSI_LOG_INFO, WSI_LOG_DEBUG } wsi_log_level;

/* Called from any thread, possibly at once: must be thread-safe. text is one line without newline, valid during the
 * call. */
typedef void (*wsi_log_fn)(void *user, wsi_log_level level, const char *text);

/* Where messages go. A call that takes one copies it; user must live as long as what the call has made. */
typedef struct wsi_log {
    wsi_log_fn fn; /* may be NULL: nothing is told */
    void *user;
    wsi_log_level level; /* messages above are dropped */
} wsi_log;

#ifdef __cplusplus
}
#endif
#endif
