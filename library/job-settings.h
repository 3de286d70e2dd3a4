/* Options of jobs: their table, and the specification made of what was set. */
#ifndef WSI_LIBRARY_JOB_SETTINGS_H
#define WSI_LIBRARY_JOB_SETTINGS_H

#include "scheduler/scheduler.h"

/* Values as they were set. Zeroed and then reset before use. */
typedef struct wsi_job_settings {
    char *input, *output, *write, *table_format, *device, *host_steps, *scratch, *within, *params, *reference;
    wsi_chain *chain; /* owned; NULL: not set as text */
    int format;       /* index of wsi_writers, or -1 */
    int64_t compression_level, quality, out_tile, level, tile, streams, threads, memory, device_memory;
    double mpp, mpp_override;
    int compression, subsampling; /* -1: not set; else as in wsi_job_spec, one more */
    int decoder, keep, cpu, geojson_type;
    int bigtiff, overwrite, on_bad_tile;
} wsi_job_settings;

wsi_status wsi_job_settings_reset(wsi_job_settings *settings, wsi_error *err);
/* value NULL: the default. */
wsi_status wsi_job_settings_set(wsi_job_settings *settings, const char *option, const char *value, wsi_error *err);
void wsi_job_settings_clear(wsi_job_settings *settings);

/* Everything of the specification that options say; it points into settings. Finds the GPUs. */
wsi_status wsi_job_settings_spec(const wsi_job_settings *settings, const wsi_log *log, wsi_job_spec *spec,
                                 wsi_error *err);

#endif
