/* From the executor's tiles, rows and progress to the functions of the job's owner. */
#include <string.h>

#include "job-handle.h"

/* 1 while this thread is calling the owner of a job: whoever waits for a job there might wait for itself. */
static _Thread_local int calling;

int wsi_job_in_callback(void)
{
    return calling;
}

/* The executor looks for it a few times a second; who cancels in a callback gets no more calls than are under way. */
static wsi_status check_cancel(const wsi_job *job, wsi_error *err)
{
    WSI_RETURN_IF(atomic_load(&job->cancel), WSI_ERR_CANCELLED, "cancelled");
    return WSI_OK;
}

/* ---- Tiles ---- */

static wsi_array describe(const wsi_taken_tile *t)
{
    const wsi_image *im = &t->pixels;
    const int64_t sample = (int64_t)wsi_dtype_size(im->fmt.type);
    return (wsi_array){.data = im->data,
                       .memory = t->on_device ? WSI_MEMORY_CUDA : WSI_MEMORY_HOST,
                       .device_id = t->device,
                       .type = im->fmt.type,
                       .ndim = im->fmt.channels == 1 ? 2 : 3,
                       .shape = {im->h, im->w, im->fmt.channels},
                       .strides = {im->stride, sample * im->fmt.channels, sample}};
}

static wsi_status take_tile(void *user, const wsi_taken_tile *t, wsi_error *err)
{
    wsi_job *job = user;
    const int in_order = job->tile_sink.order == WSI_TILES_IN_ORDER;
    const wsi_tile tile = {.result = t->name,
                           .index = t->number,
                           .level = t->level,
                           .level_w = t->level_w,
                           .level_h = t->level_h,
                           .rect = t->at,
                           .pixels = describe(t)};
    if (in_order) pthread_mutex_lock(&job->tiles); /* formats with a file a result have a writer thread each */
    calling = 1;
    const int stop = job->tile_sink.fn(job->tile_sink.user, &tile);
    calling = 0;
    if (in_order) pthread_mutex_unlock(&job->tiles);
    WSI_RETURN_IF(stop, WSI_ERR_CANCELLED, "result %s: the tile sink wants no more", t->name);
    return check_cancel(job, err);
}

/* ---- Rows ---- */

static wsi_status take_rows(void *user, const char *name, const wsi_column *columns, int column_count,
                            const wsi_rows *rows, wsi_error *err)
{
    wsi_job *job = user;
    if (job->table_name != name) {
        job->table_name = name;
        job->table_index++;
        job->table_rows = 0;
    }
    const wsi_table_batch batch = {.result = name,
                                   .index = job->table_index,
                                   .column_count = column_count,
                                   .columns = columns,
                                   .first = job->table_rows,
                                   .count = rows->count,
                                   .cells = rows->cells};
    job->table_rows += rows->count;
    calling = 1;
    const int stop = job->table_sink.fn(job->table_sink.user, &batch);
    calling = 0;
    WSI_RETURN_IF(stop, WSI_ERR_CANCELLED, "table %s: the table sink wants no more", name);
    return check_cancel(job, err);
}

/* ---- Progress ---- */

static void tell_progress(void *user, const wsi_progress *progress)
{
    const wsi_job *job = user;
    calling = 1;
    job->progress(job->progress_user, progress);
    calling = 0;
}

/* ---- All of them ---- */

void wsi_job_attach(wsi_job *job)
{
    const wsi_tile_sink *tiles = &job->tile_sink;
    job->taker = (wsi_taker){.user = job,
                             .in_order = tiles->order == WSI_TILES_IN_ORDER,
                             .all_levels = tiles->all_levels,
                             .on_device = tiles->device,
                             .take = take_tile};
    job->table_taker = (wsi_table_taker){.user = job, .shapes = job->table_sink.outlines, .take = take_rows};
    job->table_name = NULL;
    job->table_index = -1;
    job->spec.taker = tiles->fn ? &job->taker : NULL;
    job->spec.table_taker = job->table_sink.fn ? &job->table_taker : NULL;
    job->spec.progress = job->progress ? tell_progress : NULL;
    job->spec.progress_user = job;
    job->spec.cancel = &job->cancel;
    job->spec.log = job->log.fn ? &job->log : NULL;
}
