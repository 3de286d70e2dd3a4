/* The mask of --within: its step is computed first, on a level of about its own resolution, and tells which source
 * tiles of the job's level are worked on. */
#include "passes.h"

#include <math.h>
#include <string.h>

#include "common/mem.h"

enum { ROWS = 64 };
static const double COARSE = 16; /* pixels of the job's level a pixel of the mask's level, at most: cells of tissue */

/* The coarsest level that is fine enough. */
static int choose_level(const wsi_slide_job *job)
{
    const wsi_slide_info *info = job->info;
    int level = job->spec.level;
    while (level + 1 < info->level_count &&
           info->levels[level + 1].downsample / info->levels[job->spec.level].downsample <= COARSE * 1.05)
        level++;
    return level;
}

/* Tiles of the job's level under the pixels of row y that are set, runs of them at a time. */
static void add_row(wsi_within *within, const uint8_t *row, int64_t w, double y, double across, double along)
{
    for (int64_t x = 0; x < w;) {
        if (!row[x]) {
            x++;
            continue;
        }
        const int64_t first = x;
        while (x < w && row[x]) x++;
        wsi_within_add(within, (double)first * across, y * along, (double)x * across, (y + 1) * along);
    }
}

static wsi_status read_mask(const wsi_passes *p, int s, wsi_within *within, wsi_error *err)
{
    const wsi_shape *shape = &p->shapes[s];
    const wsi_level *l = &p->job->info->levels[p->job->spec.level];
    const double across = (double)l->w / (double)shape->w, along = (double)l->h / (double)shape->h;
    uint8_t *rows = wsi_calloc(ROWS, (size_t)shape->w);
    wsi_status status = rows ? WSI_OK : wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for rows of a mask");
    for (int64_t y = 0; y < shape->h && status == WSI_OK; y += ROWS) {
        const int64_t n = wsi_min64(ROWS, shape->h - y);
        const wsi_image im = {rows, (ptrdiff_t)shape->w, shape->w, n, shape->fmt};
        status = p->known[s].read(p->known[s].kept, (wsi_rect){0, y, shape->w, n}, &im, err);
        for (int64_t k = 0; k < n && status == WSI_OK; k++)
            add_row(within, rows + k * shape->w, shape->w, (double)(y + k), across, along);
    }
    wsi_free(rows);
    return status;
}

wsi_status wsi_passes_init_within(wsi_slide_job *job, wsi_passes *p, wsi_shape *shapes, wsi_error *err)
{
    const int s = job->within_step, level = choose_level(job);
    WSI_FORWARD(wsi_job_shapes(job, level, shapes, err));
    const wsi_pixfmt fmt = shapes[s].fmt;
    WSI_RETURN_IF(fmt.channels != 1 || wsi_dtype_size(fmt.type) != 1, WSI_ERR_CHAIN,
                  "--within: '%s' is no mask but %s x %d", job->spec.within, wsi_dtype_name(fmt.type), fmt.channels);
    WSI_FORWARD(wsi_passes_init(p, job, level, s, shapes, err));
    p->goal_kept = 1;
    return WSI_OK;
}

static wsi_status mask_of(wsi_slide_job *job, wsi_passes *p, wsi_shape *shapes, wsi_error *err)
{
    wsi_exec_stats stats = {0};
    WSI_FORWARD(wsi_passes_init_within(job, p, shapes, err));
    const wsi_status status = wsi_passes_run(p, &stats, err);
    wsi_free(stats.bad);
    if (status != WSI_OK) return status;
    WSI_FORWARD(wsi_within_create(&job->info->levels[job->spec.level], &job->within, err));
    return read_mask(p, job->within_step, job->within, err);
}

wsi_status wsi_job_find_within(wsi_slide_job *job, wsi_error *err)
{
    if (!job->spec.within) return WSI_OK;
    wsi_passes *p = wsi_calloc(1, sizeof *p);
    wsi_shape *shapes = wsi_calloc(WSI_STEPS_MAX, sizeof *shapes);
    wsi_status status = p && shapes ? WSI_OK : wsi_error_set(err, WSI_ERR_NO_MEMORY, "no memory for a pass");
    if (status == WSI_OK) status = mask_of(job, p, shapes, err);
    if (status == WSI_OK)
        wsi_log_write(job->spec.log, WSI_LOG_INFO, "%s: %lld of %lld source tiles lie within %s", job->spec.input,
                      (long long)job->within->shown, (long long)(job->within->tiles_x * job->within->tiles_y),
                      job->spec.within);
    if (p) wsi_passes_clear(p);
    wsi_free(p);
    wsi_free(shapes);
    return status;
}
