/* Status codes and error records of the public interface.
 *
 * Every call that can fail returns a wsi_status and takes a `wsi_error *` as its last parameter, which may be
 * NULL. On failure the record holds the code and one line of text that names file, place and cause; on success
 * it is left as it was. A record is plain data owned by the caller: no allocation, no global, no thread state. */
#ifndef WSIPROC_ERROR_H
#define WSIPROC_ERROR_H

#include <wsiproc/api.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Values are pinned; groups of ten. */
typedef enum wsi_status {
    WSI_OK = 0,
    WSI_ERR_INTERNAL = 1,           /* a defect in wsiproc itself */
    WSI_ERR_NO_MEMORY = 2,          /* allocation failed, or the memory budget is too small for the job */
    WSI_ERR_CANCELLED = 3,          /* the caller or a signal asked for an end */
    WSI_ERR_USAGE = 10,             /* bad argument or option */
    WSI_ERR_CHAIN = 11,             /* the chain does not parse, or a step does not fit its input */
    WSI_ERR_INPUT_OPEN = 20,        /* missing, not readable, I/O error */
    WSI_ERR_INPUT_FORMAT = 21,      /* no driver knows it */
    WSI_ERR_INPUT_CORRUPT = 22,     /* a driver knows it, its content is broken */
    WSI_ERR_INPUT_UNSUPPORTED = 23, /* well-formed, but a feature wsiproc does not read */
    WSI_ERR_OUTPUT = 30,            /* cannot be created or written */
    WSI_ERR_OUTPUT_FULL = 31,       /* no space left, quota or file-size limit reached */
    WSI_ERR_DEVICE = 40,            /* no usable GPU where one was demanded, or it failed */
    WSI_ERR_VERIFY = 50             /* an output is not what it claims to be */
} wsi_status;

enum { WSI_ERROR_MESSAGE_MAX = 1024 };

typedef struct wsi_error {
    wsi_status code;
    char message[WSI_ERROR_MESSAGE_MAX]; /* one line, no trailing newline, always terminated */
} wsi_error;

/* Name of a code, e.g. "input corrupt". Never NULL. Any thread. */
WSI_API const char *wsi_status_name(wsi_status status);

#ifdef __cplusplus
}
#endif
#endif
