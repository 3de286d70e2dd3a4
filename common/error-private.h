/* Error plumbing for the folders of wsiproc: setting, prefixing, forwarding.
 *
 * A function that fails sets the record once, where the cause is known; each caller on the way up may prefix
 * the place it knows ("slide.svs: level 0 tile (14,3): jpeg: ..."). All functions accept err == NULL. */
#ifndef WSI_ERROR_PRIVATE_H
#define WSI_ERROR_PRIVATE_H

#include <wsiproc/error.h>

/* Sets code and message (control characters become '?', so that hostile text cannot forge lines); returns code. */
wsi_status wsi_error_set(wsi_error *err, wsi_status code, const char *fmt, ...) WSI_PRINTF(3, 4);
/* Puts text in front of the message, keeping the code; returns the code. */
wsi_status wsi_error_prefix(wsi_error *err, const char *fmt, ...) WSI_PRINTF(2, 3);

/* At the top of a function that may be given no record, of which those it calls make use: a code cannot be prefixed and
 * returned without one. */
#define WSI_NEED_ERROR(err)                                                                                            \
    wsi_error own_error_;                                                                                              \
    if (!(err)) (err) = &own_error_

/* Return with an error when a condition holds. */
#define WSI_RETURN_IF(cond, code, ...)                                                                                 \
    do {                                                                                                               \
        if (cond) return wsi_error_set(err, code, __VA_ARGS__);                                                        \
    } while (0)

/* Return the status of an expression that failed; it has set err. */
#define WSI_FORWARD(expr)                                                                                              \
    do {                                                                                                               \
        const wsi_status status_ = (expr);                                                                             \
        if (status_ != WSI_OK) return status_;                                                                         \
    } while (0)

#endif
