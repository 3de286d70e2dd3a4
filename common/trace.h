/* A timeline of what every thread and every stream of a GPU did, written in the Chrome trace format.
 *
 * Intervals are collected in memory, per lane (a thread, or a queue of a GPU), and written when the trace is closed.
 * A lane is used by one thread at a time. Where no memory is left intervals are dropped and counted, never waited for.
 * All calls accept a NULL trace or lane and then do nothing, so that callers need not ask. */
#ifndef WSI_TRACE_H
#define WSI_TRACE_H

#include <stdint.h>

#include "error-private.h"

typedef struct wsi_trace wsi_trace;
typedef struct wsi_trace_lane wsi_trace_lane;

/* Starts a trace that will be written to path; a file that cannot be written there is an error now. Its clock is
 * wsi_now(). */
wsi_status wsi_trace_open(const char *path, wsi_trace **out, wsi_error *err);
/* Writes the file whole and frees everything, lanes too: PATH.PID.part, there since wsi_trace_open, becomes PATH; what
 * is not a regular file (a pipe, /dev/null) is written to directly. Every thread that used a lane has been joined.
 * Errors: OUTPUT. */
wsi_status wsi_trace_close(wsi_trace **trace, wsi_error *err);

/* A new lane, shown as `name` under the heading `group` ("slide.svs: workers", "GPU 0"). NULL where there is no
 * memory for it. Any thread. */
wsi_trace_lane *wsi_trace_lane_add(wsi_trace *trace, const char *group, const char *name);
/* One interval, in seconds of wsi_now(). stage: a string literal ("decode", "encode", ...) without quotes and
 * backslashes; level, x, y: the tile or block it worked on, -1 = none. */
void wsi_trace_add(wsi_trace_lane *lane, const char *stage, double start, double end, int level, int64_t x, int64_t y);

#endif
