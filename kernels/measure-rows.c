/* Rows from the store: objects are put together from their parts one after the other, in batches, which threads then
 * finish; rows are handed over in the order of labels. */
#include <stdatomic.h>
#include <string.h>

#include "common/mem.h"
#include "common/thread.h"
#include "measure-private.h"

enum { BATCH = 2048, BATCH_RUNS = 1 << 20, THREADS_MAX = 64, WORTH_THREADS = 64 };

typedef struct batch {
    const wsi_whole_call *call;
    const wsi_measure_plan *plan;
    wsi_column columns[WSI_COLUMNS_MAX];
    int column_count, outline;   /* its column, or -1 */
    wsi_measure_object *objects; /* BATCH of them, opened when first used, as is what follows */
    wsi_measure_outline *outlines;
    void *cells[WSI_COLUMNS_MAX]; /* BATCH of each column */
    int opened, count;
    size_t runs; /* of all objects */
    atomic_int next;
    atomic_int failed;
    wsi_error error; /* set by who sets failed */
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

static void *finish_some(void *b_)
{
    batch *b = (batch *)b_;
    wsi_measure_shaper shaper = {0};
    wsi_measure_row_values values;
    wsi_error err = {WSI_OK, ""};
    for (int i; !atomic_load(&b->failed) && (i = atomic_fetch_add(&b->next, 1)) < b->count;) {
        const wsi_status status =
            wsi_measure_values(b->call, b->plan, &shaper, &b->objects[i], &b->outlines[i], &values, &err);
        if (status == WSI_OK)
            put_row(b, i, &values);
        else if (!atomic_exchange(&b->failed, 1))
            b->error = err;
    }
    wsi_measure_shaper_clear(&shaper);
    return NULL;
}

/* Threads that cannot be had are done without. */
static wsi_status finish_all(batch *b, wsi_error *err)
{
    wsi_thread threads[THREADS_MAX];
    int started = 0;
    const int most = b->call->threads < THREADS_MAX ? b->call->threads : THREADS_MAX;
    atomic_store(&b->next, 0);
    while (b->count >= WORTH_THREADS && started + 1 < most &&
           wsi_thread_start(&threads[started], "measure", finish_some, b, NULL) == WSI_OK)
        started++;
    finish_some(b);
    for (int i = 0; i < started; i++) wsi_thread_join(threads[i]);
    WSI_RETURN_IF(atomic_load(&b->failed), b->error.code, "%s", b->error.message);
    return WSI_OK;
}

static wsi_status hand_over(batch *b, wsi_rows_fn take, void *user, wsi_error *err)
{
    if (b->count == 0) return WSI_OK;
    WSI_RETURN_IF(b->call->cancel && atomic_load(b->call->cancel), WSI_ERR_CANCELLED, "cancelled");
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
