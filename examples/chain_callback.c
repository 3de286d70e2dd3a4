/* Runs a chain over a slide and gets the finished tiles in a function instead of a file: here it sums what they hold.
 *
 * usage: chain_callback SLIDE CHAIN [in-order|as-finished]
 * In order, one tile at a time comes, row after row. As finished, many threads deliver at once and nothing is copied:
 * the function must be thread-safe. */
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <wsiproc/wsiproc.h>

typedef struct totals {
    atomic_llong tiles, pixels, nonzero; /* of full size */
} totals;

/* Samples that are not 0. Whatever its type, a sample is 0 when all of its bytes are (but for -0.0). */
static long long count_nonzero(const wsi_array *a)
{
    static const char zero[8];
    const size_t size = wsi_dtype_size(a->type);
    const int64_t channels = a->ndim == 3 ? a->shape[2] : 1;
    long long n = 0;
    for (int64_t y = 0; y < a->shape[0]; y++)
        for (int64_t x = 0; x < a->shape[1]; x++)
            for (int64_t c = 0; c < channels; c++) {
                const int64_t at = y * a->strides[0] + x * a->strides[1] + (a->ndim == 3 ? c * a->strides[2] : 0);
                n += memcmp((const char *)a->data + at, zero, size) != 0;
            }
    return n;
}

static int take_tile(void *user, const wsi_tile *tile)
{
    totals *t = user;
    atomic_fetch_add(&t->tiles, 1);
    atomic_fetch_add(&t->pixels, (long long)(tile->rect.w * tile->rect.h));
    atomic_fetch_add(&t->nonzero, count_nonzero(&tile->pixels));
    return 0; /* go on */
}

static wsi_status run(wsi_job *job, char **argv, const wsi_tile_sink *sink, wsi_error *err)
{
    wsi_status status = wsi_job_set(job, "input", argv[1], err);
    if (status == WSI_OK) status = wsi_job_set(job, "chain", argv[2], err);
    if (status == WSI_OK) status = wsi_job_set_tile_sink(job, sink, err);
    if (status == WSI_OK) status = wsi_job_run(job, err);
    return status;
}

int main(int argc, char **argv)
{
    if (argc < 3) return fprintf(stderr, "usage: chain_callback SLIDE CHAIN [in-order|as-finished]\n"), 2;
    static totals sums;
    wsi_tile_sink sink = {.fn = take_tile, .user = &sums};
    if (argc > 3 && strcmp(argv[3], "as-finished") == 0) sink.order = WSI_TILES_AS_FINISHED;
    wsi_job *job = NULL;
    wsi_error err;
    wsi_status status = wsi_job_create(NULL, &job, &err);
    if (status == WSI_OK) status = run(job, argv, &sink, &err);
    if (status == WSI_OK)
        printf("%lld tiles, %lld pixels, %lld samples that are not 0\n", atomic_load(&sums.tiles),
               atomic_load(&sums.pixels), atomic_load(&sums.nonzero));
    else
        fprintf(stderr, "%s: %s\n", wsi_status_name(status), err.message);
    wsi_job_destroy(&job);
    return status == WSI_OK ? 0 : 1;
}
