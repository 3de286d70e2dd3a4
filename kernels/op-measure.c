/* measure: a table of labelled objects. */
#include <pthread.h>
#include <string.h>

#include "common/mem.h"
#include "measure-private.h"
#include "op-private.h"

static const char *const properties[] = {"basic", "shape", "all", NULL};
static const char *const units[] = {"px", "both", NULL};

#define FLAG(field, default_, text)                                                                                    \
    {                                                                                                                  \
        .name = #field, .unit = "", .help = text, .offset = offsetof(wsi_measure_params, field),                       \
        .type = WSI_PARAM_BOOL, .def = default_                                                                        \
    }

static const wsi_param params[] = {
    {.name = "intensity",
     .unit = "",
     .help =
         "Image of which each object's mean, maximum, minimum and standard deviation are taken, channel by channel.",
     .offset = offsetof(wsi_measure_params, intensity),
     .type = WSI_PARAM_IMAGE,
     .def = ""},
    {.name = "properties",
     .unit = "",
     .help = "How much is measured: place and size; shape too; or everything.",
     .offset = offsetof(wsi_measure_params, properties),
     .type = WSI_PARAM_ENUM,
     .def = "shape",
     .names = properties},
    FLAG(moments, "false", "Adds raw moments to order 2, relative to the bounding box."),
    FLAG(convex, "false", "Adds area_convex, solidity and feret_diameter_max."),
    FLAG(filled, "false", "Adds area_filled."),
    FLAG(median, "false", "Adds intensity_median."),
    FLAG(outline, "true", "Adds outlines, for formats that have shapes."),
    {.name = "units",
     .unit = "",
     .help = "Columns in pixels alone, or in micrometres too.",
     .offset = offsetof(wsi_measure_params, units),
     .type = WSI_PARAM_ENUM,
     .def = "both",
     .names = units},
};

typedef struct measure {
    const wsi_whole_call *call;
    wsi_measure_plan plan;
    wsi_label_store *store;
    wsi_measure_seams seams;      /* append's */
    pthread_mutex_t lock;         /* of spare */
    wsi_measure_workspace *spare; /* that no call has */
} measure;

static wsi_status resolve(const void *params_, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    const wsi_measure_params *p = (const wsi_measure_params *)params_;
    const wsi_dtype type = in[0].type;
    WSI_FORWARD(wsi_need_channels(in, 1, err));
    WSI_RETURN_IF(type == WSI_F32 || type == WSI_F64, WSI_ERR_CHAIN, "takes labels, which are whole numbers, not %s",
                  wsi_dtype_name(type));
    WSI_RETURN_IF(p->intensity.image >= 0 && p->intensity.image < inputs &&
                      in[p->intensity.image].channels > WSI_MEASURE_CHANNELS_MAX,
                  WSI_ERR_CHAIN, "parameter intensity: takes up to %d channels, not %d", WSI_MEASURE_CHANNELS_MAX,
                  in[p->intensity.image].channels);
    *out = in[0];
    return WSI_OK;
}

static wsi_status open_measure(const wsi_whole_call *call, void **self, wsi_error *err)
{
    const wsi_measure_plan plan = wsi_measure_plan_of(call);
    *self = NULL;
    WSI_RETURN_IF(call->tile > WSI_MEASURE_TILE_MAX || wsi_measure_tile_bound(&plan, call->tile) > UINT32_MAX,
                  WSI_ERR_INTERNAL, "tiles of %lld pixels are too large to be measured", (long long)call->tile);
    WSI_RETURN_IF(call->w > INT32_MAX || call->h > INT32_MAX, WSI_ERR_CHAIN, "the image is too large to be measured");
    measure *m = (measure *)wsi_calloc(1, sizeof *m);
    WSI_RETURN_IF(!m, WSI_ERR_NO_MEMORY, "no memory for measuring");
    pthread_mutex_init(&m->lock, NULL);
    m->call = call;
    m->plan = plan;
    *self = m;
    return wsi_label_store_open(call->scratch, call->memory, &m->store, err);
}

static void close_measure(void **self)
{
    measure *m = (measure *)*self;
    *self = NULL;
    if (!m) return;
    while (m->spare) {
        wsi_measure_workspace *ws = m->spare;
        m->spare = ws->next;
        wsi_measure_workspace_clear(ws);
        wsi_free(ws);
    }
    wsi_measure_seams_clear(&m->seams);
    wsi_label_store_close(&m->store);
    pthread_mutex_destroy(&m->lock);
    wsi_free(m);
}

static size_t bound(const void *self)
{
    const measure *m = (const measure *)self;
    return wsi_measure_tile_bound(&m->plan, m->call->tile);
}

static wsi_measure_workspace *take_workspace(measure *m)
{
    pthread_mutex_lock(&m->lock);
    wsi_measure_workspace *ws = m->spare;
    if (ws) m->spare = ws->next;
    pthread_mutex_unlock(&m->lock);
    return ws ? ws : (wsi_measure_workspace *)wsi_calloc(1, sizeof *ws);
}

static void give_workspace(measure *m, wsi_measure_workspace *ws)
{
    pthread_mutex_lock(&m->lock);
    ws->next = m->spare;
    m->spare = ws;
    pthread_mutex_unlock(&m->lock);
}

static wsi_status tile(void *self, const wsi_image *im, wsi_rect at, void *out, size_t capacity, size_t *size,
                       wsi_error *err)
{
    measure *m = (measure *)self;
    wsi_measure_workspace *ws = take_workspace(m);
    (void)capacity;
    WSI_RETURN_IF(!ws, WSI_ERR_NO_MEMORY, "no memory for measuring");
    const wsi_measure_params *p = (const wsi_measure_params *)m->call->params;
    const wsi_image pair[2] = {im[0], im[m->plan.channels ? p->intensity.image : 0]};
    const wsi_status status = wsi_measure_tile_put(m->call, &m->plan, ws, pair, at, (unsigned char *)out, size, err);
    give_workspace(m, ws);
    return status;
}

static wsi_status append(void *self, wsi_rect at, const void *bytes, size_t size, wsi_error *err)
{
    measure *m = (measure *)self;
    (void)size;
    return wsi_measure_append(m->call, &m->plan, &m->seams, at, (const unsigned char *)bytes, m->store, err);
}

static wsi_status finish(void *self, wsi_error *err)
{
    return wsi_label_store_finish(((measure *)self)->store, err);
}

static wsi_status rows(const void *self, wsi_rows_fn take, void *user, wsi_error *err)
{
    const measure *m = (const measure *)self;
    return wsi_measure_rows(m->call, &m->plan, m->store, take, user, err);
}

static const wsi_whole whole = {
    .open = open_measure,
    .bound = bound,
    .tile = tile,
    .append = append,
    .finish = finish,
    .columns = wsi_measure_columns,
    .table_kind = WSI_TABLE_OBJECTS,
    .rows = rows,
    .close = close_measure,
};

const wsi_op wsi_op_measure = {
    .name = "measure",
    .module = "measure",
    .summary = "Table of labelled objects: place, size, shape, intensities, outline.",
    .doc = "Takes an image of labels (whole numbers; 0 and less are background), numbered in any way; pixels of one "
           "label are one object wherever they lie. A row an object, in ascending order of labels, in scikit-image's "
           "columns: properties=basic gives label, num_pixels, area, bbox-0..3 (half-open), area_bbox, centroid-0 and "
           "-1, equivalent_diameter_area, extent; shape adds axis_major_length, axis_minor_length, eccentricity, "
           "orientation, perimeter, perimeter_crofton, euler_number; all adds what the parameters moments, convex, "
           "filled and median add one by one. With intensity: intensity_mean, _max, _min and _std (and _median) of "
           "each channel, on the image's own scale.\n\n"
           "Lengths are in pixels, places in pixels from the middle of the slide's first pixel, rows first; "
           "units=both adds columns in micrometres, of which a place is the pixel's times its size; they are NaN where "
           "the size of pixels is not known, and perimeters where pixels are far from square (5 %). Outlines run along "
           "the corners of pixels; pixels that touch at corners alone are parts of their own.\n\n"
           "Sums are exact: rows are the same whatever the tiles. Whole numbers are scikit-image's, other numbers "
           "within 1e-6; intensities of float32 are summed exactly, not in float32. What needs all of an object at "
           "once is NaN, and there is no outline, for objects of more than 4194304 runs of pixels in rows; medians, of "
           "more than 134217728 bytes of samples. Memory grows with the largest such object, not with the slide; what "
           "is known of objects lies in a scratch file.",
    .cost = 6,
    .source = "scikit-image 0.26 measure.regionprops_table",
    .edge = "nothing lies outside",
    .complexity = "O(1) a pixel, O(runs log runs) an object",
    .example = "rgb2gray | threshold:value=0.6 | logical_not | label | measure:intensity=@source",
    .params = params,
    .param_count = WSI_COUNT(params),
    .params_size = sizeof(wsi_measure_params),
    .exactness = WSI_TOLERANCE,
    .tolerance = 1e-6,
    .backends_exact = 1,
    .resolve = resolve,
    .whole = &whole,
};
