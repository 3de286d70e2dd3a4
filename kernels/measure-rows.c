/* Rows from the store: objects are put together from their parts one after the other, in batches, which threads then
 * finish; rows are handed over in the order of labels. */
#include <string.h>

#include "common/mem.h"
#include "crew.h"
#include "measure-private.h"

enum { BATCH = 2048, BATCH_RUNS = 1 << 20, THREADS_MAX = 64, AT_A_TIME = 32 /* objects */ };

typedef struct batch {
    const wsi_whole_call *call;
    const wsi_measure_plan *plan;
    wsi_column columns[WSI_COLUMNS_MAX];
    int column_count, outline;   /* its column, or -1 */
    wsi_measure_object *objects; /* BATCH of them, opened when first used, as is what follows */
    wsi_measure_outline *outlines;
    void *cells[WSI_COLUMNS_MAX]; /* BATCH of each column */
    int opened, count;
    size_t runs;                             /* of all objects */
    wsi_measure_shaper shapers[THREADS_MAX]; /* of each thread */
} batch;

/* ---- Finishing ---- */

static void put_row(const batch *b, int row, const wsi_measure_row_values *values)
{
    for (int c = 0; c < b->column_count; c++) {
        if (c == b->outline)
            ((wsi_outline *)b->cells[c])[row] = values->outline;
        else if (b->columns[c].type == WSI_COLUMN_INT)
            ((int64_t *)b->cells[c])[row] = (int64_t)values->value[c];
        else
            ((double *)b->cells[c])[row] = values->value[c];
    }
}

static wsi_status finish_some(void *batch_, int worker, int64_t part, wsi_error *err)
{
    batch *b = (batch *)batch_;
    const int first = (int)part * AT_A_TIME, end = (int)wsi_min64(first + AT_A_TIME, b->count);
    wsi_measure_row_values values;
    for (int i = first; i < end; i++) {
        WSI_FORWARD(
            wsi_measure_values(b->call, b->plan, &b->shapers[worker], &b->objects[i], &b->outlines[i], &values, err));
        put_row(b, i, &values);
    }
    return WSI_OK;
}

static wsi_status finish_all(batch *b, wsi_error *err)
{
    const wsi_crew crew = {.threads = (int)wsi_min64(b->call->threads, THREADS_MAX),
                           .count = (b->count + AT_A_TIME - 1) / AT_A_TIME,
                           .cancel = b->call->cancel,
                           .item = finish_some,
                           .user = b,
                           .team = b->call->team};
    return wsi_crew_run(&crew, err);
}

static wsi_status hand_over(batch *b, wsi_rows_fn take, void *user, wsi_error *err)
{
    if (b->count == 0) return WSI_OK;
    WSI_FORWARD(finish_all(b, err));
    wsi_rows rows = {.count = b->count};
    for (int c = 0; c < b->column_count; c++) rows.cells[c] = b->cells[c];
    b->count = 0;
    b->runs = 0;
    return take(user, &rows, err);
}

/* ---- Gathering ---- */

static wsi_status next_object(batch *b, uint32_t label, wsi_error *err)
{
    if (b->count == b->opened) {
        WSI_FORWARD(wsi_measure_object_open(b->plan, &b->objects[b->opened], err));
        b->opened++;
    }
    wsi_measure_object_reset(b->plan, &b->objects[b->count++], label);
    return WSI_OK;
}

/* The last object is whole. */
static void close_object(batch *b)
{
    if (b->count == 0) return;
    wsi_measure_object *o = &b->objects[b->count - 1];
    wsi_measure_object_whole(o);
    b->runs += o->run_count + o->sample_bytes / sizeof(wsi_measure_run);
}

static wsi_status gather(batch *b, wsi_label_cursor *cursor, wsi_rows_fn take, void *user, wsi_error *err)
{
    uint32_t label, size;
    for (const void *bytes;;) {
        WSI_FORWARD(wsi_label_cursor_next(cursor, &label, &bytes, &size, err));
        const int same = bytes && b->count > 0 && b->objects[b->count - 1].label == label;
        if (!same) close_object(b);
        if (!bytes || (!same && (b->count == BATCH || b->runs > BATCH_RUNS)))
            WSI_FORWARD(hand_over(b, take, user, err));
        if (!bytes) return WSI_OK;
        if (!same) WSI_FORWARD(next_object(b, label, err));
        WSI_FORWARD(wsi_measure_object_add(b->plan, &b->objects[b->count - 1], bytes, err));
    }
}

static wsi_status open_batch(batch *b, wsi_error *err)
{
    b->column_count = wsi_measure_columns(b->call, b->columns);
    b->outline = -1;
    b->objects = (wsi_measure_object *)wsi_calloc(BATCH, sizeof *b->objects);
    b->outlines = (wsi_measure_outline *)wsi_calloc(BATCH, sizeof *b->outlines);
    int ok = b->objects && b->outlines;
    for (int c = 0; c < b->column_count; c++) {
        const int shape = b->columns[c].type == WSI_COLUMN_OUTLINE;
        if (shape) b->outline = c;
        b->cells[c] = wsi_calloc(BATCH, shape ? sizeof(wsi_outline) : sizeof(double));
        ok = ok && b->cells[c];
    }
    WSI_RETURN_IF(!ok, WSI_ERR_NO_MEMORY, "no memory for rows");
    return WSI_OK;
}

static void close_batch(batch *b)
{
    for (int i = 0; i < b->opened; i++) wsi_measure_object_clear(&b->objects[i]);
    for (int i = 0; b->outlines && i < BATCH; i++) wsi_measure_outline_clear(&b->outlines[i]);
    for (int c = 0; c < b->column_count; c++) wsi_free(b->cells[c]);
    for (int i = 0; i < THREADS_MAX; i++) wsi_measure_shaper_clear(&b->shapers[i]);
    wsi_free(b->objects);
    wsi_free(b->outlines);
    wsi_free(b);
}

wsi_status wsi_measure_rows(const wsi_whole_call *call, const wsi_measure_plan *plan, const wsi_label_store *store,
                            wsi_rows_fn take, void *user, wsi_error *err)
{
    wsi_label_cursor *cursor = NULL;
    batch *b = (batch *)wsi_calloc(1, sizeof *b);
    WSI_RETURN_IF(!b, WSI_ERR_NO_MEMORY, "no memory for rows");
    b->call = call;
    b->plan = plan;
    wsi_status status = open_batch(b, err);
    if (status == WSI_OK) status = wsi_label_cursor_open(store, &cursor, err);
    if (status == WSI_OK) status = gather(b, cursor, take, user, err);
    wsi_label_cursor_close(&cursor);
    close_batch(b);
    return status;
}
