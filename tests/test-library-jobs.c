/* Jobs through the library: tiles and rows in the caller's functions are those of files, in either order and for any
 * tile size; images from memory; cancelling; and every call with arguments that are wrong. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "library-canvas.h"

static const char *const slide = "synthetic:500x350,seed=3";
static const char *const nuclei = "rgb2hed as hed | channel:index=0 | gaussian:sigma=1 as h | threshold_otsu as mask | "
                                  "label as nuclei | measure:intensity=@h as table";
static const char *const wanted = "h,mask,nuclei"; /* float32, bool, uint32; several passes */

/* ---- Tiles ---- */

static void tiles_of(const char *out_tile, wsi_tile_order order, gallery *g)
{
    wsi_job *job = job_of(NULL, slide, nuclei, wanted);
    gallery_open(g, order == WSI_TILES_IN_ORDER);
    job_set(job, "out-tile", out_tile);
    job_give(job, g, order);
    job_run(job);
    gallery_check_complete(g, 3);
    wsi_job_destroy(&job);
    assert_null(job);
}

static void tiles_are_the_same_whatever_their_size_and_order(void **state)
{
    gallery whole, g;
    (void)state;
    tiles_of("1024", WSI_TILES_IN_ORDER, &whole);
    assert_int_equal(atomic_load(&whole.calls), 3);
    assert_int_equal(whole.at[0].format.type, WSI_F32);
    assert_int_equal(whole.at[1].format.type, WSI_BOOL);
    static const char *const sizes[] = {"16", "48", "256"};
    for (int i = 0; i < 3; i++)
        for (int order = 0; order < 2; order++) {
            tiles_of(sizes[i], (wsi_tile_order)order, &g);
            gallery_check_same(&g, &whole, 3);
            gallery_close(&g);
        }
    gallery_close(&whole);
}

static char *path_of(const char *folder, const char *rest)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, rest);
    return path;
}

/* Level 0 of an image file. */
static void check_file(const char *path, const canvas *c)
{
    wsi_slide *file = NULL;
    wsi_error err;
    if (wsi_slide_open(path, NULL, &file, &err) != WSI_OK) fail_msg("%s", err.message);
    const size_t size = (size_t)(c->w * c->h) * wsi_dtype_size(c->format.type) * (size_t)c->format.channels;
    unsigned char *pixels = malloc(size);
    const wsi_array to = wsi_array_packed(pixels, c->format, c->w, c->h);
    if (wsi_slide_read_region(file, 0, (wsi_rect){0, 0, c->w, c->h}, &to, &err) != WSI_OK) fail_msg("%s", err.message);
    assert_memory_equal(pixels, c->pixels, size);
    free(pixels);
    wsi_slide_close(&file);
}

static void tiles_are_those_of_the_files(void **state)
{
    for (int order = 0; order < 2; order++) {
        gallery g;
        wsi_job *job = job_of(NULL, slide, "invert as light | channel:index=1 as green", "light,green");
        gallery_open(&g, !order);
        job_set(job, "output", path_of(*state, "out"));
        job_set(job, "format", "tiff");
        job_set(job, "compression", "deflate");
        job_set(job, "out-tile", "240");
        for (int again = 0; again < 2; again++) { /* up to date the second time, and given all the same */
            job_give(job, &g, (wsi_tile_order)order);
            job_run(job);
            const wsi_job_result *result = wsi_job_get_result(job);
            assert_int_equal(result->outcome, WSI_JOB_DONE);
            assert_int_equal(result->output_count, 2);
            assert_non_null(result->stats);
            gallery_check_complete(&g, 2);
            check_file(result->outputs[0], &g.at[0]);
            check_file(result->outputs[1], &g.at[1]);
            gallery_close(&g);
            gallery_open(&g, !order);
        }
        assert_int_equal(wsi_job_set_tile_sink(job, NULL, NULL), WSI_OK);
        job_run(job);
        assert_int_equal(wsi_job_get_result(job)->outcome, WSI_JOB_SKIPPED);
        assert_int_equal(atomic_load(&g.calls), 0);
        job_set(job, "overwrite", "true"); /* without a sink the files have the same pixels */
        job_run(job);
        gallery_close(&g);
        wsi_job_destroy(&job);
    }
}

typedef struct levels {
    int64_t pixels[8];
} levels;

static int count_levels(void *user, const wsi_tile *tile)
{
    levels *l = user;
    l->pixels[tile->level] += tile->rect.w * tile->rect.h;
    return tile->rect.w != tile->pixels.shape[1];
}

static void levels_come_when_asked_for(void **state)
{
    (void)state;
    for (int all = 0; all < 2; all++) {
        levels seen = {0};
        wsi_job *job = job_of(NULL, slide, "rgb2gray", NULL);
        const wsi_tile_sink sink = {.fn = count_levels, .user = &seen, .all_levels = all};
        assert_int_equal(wsi_job_set_tile_sink(job, &sink, NULL), WSI_OK);
        job_run(job);
        assert_int_equal(seen.pixels[0], 175000);
        assert_int_equal(seen.pixels[1], all ? 43750 : 0);
        wsi_job_destroy(&job);
    }
}

static void results_of_other_scales_and_within_a_mask(void **state)
{
    gallery a, b;
    (void)state;
    for (int order = 0; order < 2; order++) {
        wsi_job *job = job_of(NULL, slide, "rgb2gray as g | downscale_local_mean:factors=[4,4] as small", "g,small");
        gallery_open(order ? &b : &a, !order);
        job_give(job, order ? &b : &a, (wsi_tile_order)order);
        job_run(job);
        gallery_check_complete(order ? &b : &a, 2);
        wsi_job_destroy(&job);
    }
    gallery_check_same(&a, &b, 2);
    assert_int_equal(a.at[1].w, 125);
    gallery_close(&a);
    gallery_close(&b);
    for (int order = 0; order < 2; order++) {
        wsi_job *job =
            job_of(NULL, "synthetic:800x600,seed=4,levels=2", "tissue as t | rgb2gray:from=@source as g", "g");
        gallery_open(order ? &b : &a, !order);
        job_set(job, "within", "t");
        job_give(job, order ? &b : &a, (wsi_tile_order)order);
        job_run(job);
        gallery_check_complete(order ? &b : &a, 1);
        wsi_job_destroy(&job);
    }
    gallery_check_same(&a, &b, 1);
    gallery_close(&a);
    gallery_close(&b);
}

/* ---- Images from memory ---- */

static void memory_is_a_slide_like_any_other(void **state)
{
    enum { W = 500, H = 350 };
    (void)state;
    gallery a, b;
    unsigned char *pixels = malloc((size_t)W * H * 3);
    wsi_slide *file = NULL, *memory = NULL;
    const wsi_array rgb = wsi_array_packed(pixels, (wsi_pixfmt){WSI_U8, 3}, W, H);
    assert_int_equal(wsi_slide_open(slide, NULL, &file, NULL), WSI_OK);
    assert_int_equal(wsi_slide_read_region(file, 0, (wsi_rect){0, 0, W, H}, &rgb, NULL), WSI_OK);
    assert_int_equal(wsi_slide_open_memory(&rgb, NULL, &memory, NULL), WSI_OK);
    tiles_of("256", WSI_TILES_IN_ORDER, &a);
    for (int k = 0; k < 2; k++) { /* an open file, an image in memory; a parsed chain */
        wsi_chain *chain = NULL;
        wsi_job *job = job_of(NULL, NULL, NULL, wanted);
        assert_int_equal(wsi_chain_parse(nuclei, &chain, NULL), WSI_OK);
        assert_int_equal(wsi_job_set_slide(job, k ? memory : file, NULL), WSI_OK);
        assert_int_equal(wsi_job_set_chain(job, chain, NULL), WSI_OK);
        gallery_open(&b, 0);
        job_give(job, &b, WSI_TILES_AS_FINISHED);
        job_run(job);
        gallery_check_complete(&b, 3);
        gallery_check_same(&a, &b, 3);
        gallery_close(&b);
        wsi_job_destroy(&job);
        wsi_chain_destroy(&chain);
    }
    gallery_close(&a);
    wsi_slide_close(&file);
    wsi_slide_close(&memory);
    free(pixels);
}

/* ---- Tables ---- */

typedef struct rows {
    int64_t count, batches, empty;
    double area, intensity;
    int area_column, outline_column;
    int64_t corners;
    int stop;
} rows;

static int column_named(const wsi_table_batch *b, const char *name)
{
    for (int i = 0; i < b->column_count; i++)
        if (strcmp(b->columns[i].name, name) == 0) return i;
    return -1;
}

static double cell(const wsi_table_batch *b, int column, int64_t row)
{
    if (b->columns[column].type == WSI_COLUMN_INT) return (double)((const int64_t *)b->cells[column])[row];
    return ((const double *)b->cells[column])[row];
}

static int take_rows(void *user, const wsi_table_batch *b)
{
    rows *r = user;
    if (strcmp(b->result, "table") != 0 || b->index != 0 || b->first != r->count) return 1;
    r->area_column = column_named(b, "area");
    for (int c = 0; c < b->column_count; c++)
        if (b->columns[c].type == WSI_COLUMN_OUTLINE)
            for (int64_t i = 0; i < b->count; i++)
                for (int ring = 0; ring < ((const wsi_outline *)b->cells[c])[i].ring_count; ring++)
                    r->corners += ((const wsi_outline *)b->cells[c])[i].ring_points[ring];
    for (int64_t i = 0; r->area_column >= 0 && i < b->count; i++) r->area += cell(b, r->area_column, i);
    r->count += b->count;
    r->batches++;
    r->empty += b->count == 0;
    return r->stop;
}

static rows rows_of(const char *chain, const char *write, int outlines, gallery *g)
{
    rows r = {0};
    wsi_job *job = job_of(NULL, slide, chain, write);
    const wsi_table_sink sink = {.fn = take_rows, .user = &r, .outlines = outlines};
    assert_int_equal(wsi_job_set_table_sink(job, &sink, NULL), WSI_OK);
    if (g) job_give(job, g, WSI_TILES_IN_ORDER);
    job_run(job);
    wsi_job_destroy(&job);
    return r;
}

static void tables_come_as_rows(void **state)
{
    gallery g;
    (void)state;
    gallery_open(&g, 1);
    rows r = rows_of(nuclei, "nuclei,table", 0, &g);
    gallery_check_complete(&g, 1);
    int64_t labelled = 0;
    for (int64_t i = 0; i < g.at[0].w * g.at[0].h; i++) labelled += ((const uint32_t *)(void *)g.at[0].pixels)[i] != 0;
    assert_true(r.count > 0);
    assert_true(r.area_column >= 0);
    assert_true((int64_t)r.area == labelled);
    gallery_close(&g);
    const rows traced = rows_of(nuclei, "table", 1, NULL);
    assert_int_equal(traced.count, r.count);
    assert_true(traced.corners == 0 || traced.corners >= 4 * r.count);
    r = rows_of("rgb2gray | threshold:value=2 | label | measure as table", "table", 0, NULL);
    assert_int_equal(r.count, 0);
    assert_int_equal(r.batches, 1);
    assert_int_equal(r.empty, 1);
}

/* Cells of a CSV file that name a column. */
static void tables_are_those_of_files(void **state)
{
    rows r = {0};
    char line[8192];
    int64_t lines = -1;
    wsi_job *job = job_of(NULL, slide, nuclei, "table");
    const wsi_table_sink sink = {.fn = take_rows, .user = &r};
    assert_int_equal(wsi_job_set_table_sink(job, &sink, NULL), WSI_OK);
    job_set(job, "output", path_of(*state, "cells"));
    job_run(job);
    assert_int_equal(wsi_job_get_result(job)->output_count, 1);
    FILE *file = fopen(wsi_job_get_result(job)->outputs[0], "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) lines += line[0] != '#';
    fclose(file);
    assert_int_equal(lines, r.count);
    wsi_job_destroy(&job);
}

/* ---- Ends ---- */

static const char *const large = "synthetic:3000x2000,seed=5";

static void check_cancelled(wsi_job *job)
{
    wsi_error err;
    assert_int_equal(wsi_job_wait(job, &err), WSI_ERR_CANCELLED);
    assert_int_equal(wsi_job_get_state(job), WSI_JOB_ENDED);
    assert_int_equal(wsi_job_get_result(job)->status, WSI_ERR_CANCELLED);
}

static void cancelled_from_a_callback(void **state)
{
    (void)state;
    for (int how = 0; how < 4; how++) {
        gallery g;
        wsi_job *job = job_of(NULL, large, "gaussian:sigma=2", NULL);
        gallery_open(&g, how & 1);
        g.stop_after = how < 2 ? 2 : 0;
        g.cancels = how < 2 ? NULL : job;
        job_give(job, &g, how & 1 ? WSI_TILES_IN_ORDER : WSI_TILES_AS_FINISHED);
        assert_int_equal(wsi_job_start(job, NULL), WSI_OK);
        check_cancelled(job);
        assert_true(atomic_load(&g.calls) < 96);
        assert_int_equal(atomic_load(&g.wrong), 0);
        gallery_close(&g);
        wsi_job_destroy(&job);
    }
    rows r = {.stop = 1};
    wsi_job *job = job_of(NULL, slide, nuclei, "table");
    const wsi_table_sink sink = {.fn = take_rows, .user = &r};
    assert_int_equal(wsi_job_set_table_sink(job, &sink, NULL), WSI_OK);
    assert_int_equal(wsi_job_run(job, NULL), WSI_ERR_CANCELLED);
    assert_int_equal(r.batches, 1);
    wsi_job_destroy(&job);
}

static void *cancel_soon(void *job)
{
    usleep(20000);
    wsi_job_cancel(job);
    return NULL;
}

static void cancelled_from_another_thread(void **state)
{
    gallery g;
    pthread_t thread;
    wsi_job *job = job_of(NULL, large, "gaussian:sigma=2", NULL);
    gallery_open(&g, 1);
    g.sleep_us = 2000; /* far from its end when it is cancelled */
    job_set(job, "output", path_of(*state, "cancelled"));
    job_set(job, "format", "tiff");
    job_give(job, &g, WSI_TILES_IN_ORDER);
    assert_int_equal(pthread_create(&thread, NULL, cancel_soon, job), 0);
    assert_int_equal(wsi_job_run(job, NULL), WSI_ERR_CANCELLED);
    pthread_join(thread, NULL);
    check_cancelled(job);
    assert_int_not_equal(access(path_of(*state, "cancelled.gaussian.tif"), F_OK), 0);
    wsi_job_cancel(job); /* for the next one */
    assert_int_equal(wsi_job_run(job, NULL), WSI_ERR_CANCELLED);
    assert_int_equal(wsi_job_start(job, NULL), WSI_OK);
    wsi_job_destroy(&job); /* while it runs */
    assert_null(job);
    gallery_close(&g);
}

/* Memory is bounded although tiles wait for a slow function. */
static void slow_sinks_hold_the_job_back(void **state)
{
    gallery g;
    (void)state;
    wsi_job *job = job_of(NULL, "synthetic:2048x2048,seed=5", "rgb2gray", NULL);
    gallery_open(&g, 1);
    g.sleep_us = 1000;
    job_set(job, "memory", "16777216");
    job_give(job, &g, WSI_TILES_IN_ORDER);
    job_run(job);
    gallery_check_complete(&g, 1);
    const char *key = "\"peak_pool_bytes\":", *peak = strstr(wsi_job_get_result(job)->stats, key);
    assert_non_null(peak);
    assert_in_range(strtoull(peak + strlen(key), NULL, 10), 1, 16777216);
    gallery_close(&g);
    wsi_job_destroy(&job);
}

/* ---- Slides that change meanwhile ---- */

static int touch_slide(void *user, const wsi_tile *tile)
{
    (void)tile;
    const int fd = open(user, O_WRONLY | O_APPEND);
    const int written = fd >= 0 && write(fd, "x", 1) == 1;
    return close(fd) != 0 || !written;
}

static int remove_slide(void *user, const wsi_tile *tile)
{
    (void)tile;
    return access(user, F_OK) == 0 && unlink(user) != 0;
}

static wsi_status run_while(char *path, wsi_tile_fn what, const char *output)
{
    wsi_job *job = job_of(NULL, path, "gaussian:sigma=1 as g", NULL);
    const wsi_tile_sink sink = {.fn = what, .user = path};
    assert_int_equal(wsi_job_set_tile_sink(job, &sink, NULL), WSI_OK);
    job_set(job, "output", output);
    const wsi_status status = wsi_job_run(job, NULL);
    wsi_job_destroy(&job);
    return status;
}

/* What was read of a slide that somebody writes to may be of two; one that loses its name is whole. */
static void slides_may_vanish_but_not_change(void **state)
{
    char path[512], output[512];
    wsi_job *job = job_of(NULL, slide, "cast:dtype=uint8 as s", NULL);
    job_set(job, "output", path_of(*state, "changing"));
    job_set(job, "format", "tiff");
    job_run(job);
    wsi_job_destroy(&job);
    snprintf(path, sizeof path, "%s/changing.s.tif", (const char *)*state);
    snprintf(output, sizeof output, "%s/changed", (const char *)*state);
    assert_int_equal(run_while(path, touch_slide, output), WSI_ERR_INPUT_CORRUPT);
    assert_int_not_equal(access(path_of(*state, "changed.h5"), F_OK), 0);
    assert_int_equal(run_while(path, remove_slide, output), WSI_OK);
    assert_int_equal(access(path_of(*state, "changed.h5"), F_OK), 0);
}

/* ---- What is refused ---- */

static void progress_seen(void *user, const wsi_progress *progress)
{
    int *seen = user;
    *seen += progress->tiles_total > 0;
}

static int call_from_inside(void *user, const wsi_tile *tile)
{
    wsi_job *job = *(wsi_job **)user, *same = job;
    (void)tile;
    wsi_job_destroy(&same); /* cancels alone */
    return !(same == job && wsi_job_wait(job, NULL) == WSI_ERR_USAGE && wsi_job_run(job, NULL) == WSI_ERR_USAGE &&
             wsi_job_start(job, NULL) == WSI_ERR_USAGE && wsi_job_set(job, "level", "0", NULL) == WSI_ERR_USAGE &&
             wsi_job_set_slide(job, NULL, NULL) == WSI_ERR_USAGE && wsi_job_get_state(job) == WSI_JOB_RUNNING &&
             !wsi_job_get_result(job));
}

static void calls_out_of_order(void **state)
{
    int seen = 0;
    wsi_error err;
    wsi_job *job = NULL;
    (void)state;
    assert_int_equal(wsi_job_create(NULL, &job, &err), WSI_OK);
    assert_int_equal(wsi_job_wait(job, &err), WSI_ERR_USAGE);
    assert_null(wsi_job_get_result(job));
    assert_int_equal(wsi_job_run(job, &err), WSI_ERR_USAGE); /* no slide */
    job_set(job, "input", slide);
    assert_int_equal(wsi_job_run(job, &err), WSI_ERR_USAGE); /* no chain */
    job_set(job, "chain", "rgb2gray");
    assert_int_equal(wsi_job_run(job, &err), WSI_ERR_USAGE); /* nothing to become of it */
    job_set(job, "format", "tiff");
    assert_int_equal(wsi_job_run(job, &err), WSI_ERR_USAGE); /* no output */
    job_set(job, "format", "null");
    assert_int_equal(wsi_job_set_progress(job, progress_seen, &seen, &err), WSI_OK);
    job_run(job);
    assert_true(seen > 0);
    job_set(job, "input", "/nonexistent/slide.svs");
    assert_int_equal(wsi_job_run(job, &err), WSI_ERR_INPUT_OPEN);
    assert_int_equal(wsi_job_start(job, &err), WSI_OK);
    assert_int_equal(wsi_job_wait(job, &err), WSI_ERR_INPUT_OPEN);
    job_set(job, "input", slide);
    const wsi_tile_sink sink = {.fn = call_from_inside, .user = &job};
    assert_int_equal(wsi_job_set_tile_sink(job, &sink, &err), WSI_OK);
    assert_int_equal(wsi_job_run(job, &err), WSI_ERR_CANCELLED);
    assert_non_null(strstr(err.message, "cancelled")); /* by the first call, not by a wrong answer */
    wsi_job_destroy(&job);
    wsi_job_destroy(&job);
    wsi_job_destroy(NULL);
}

static void wrong_arguments(void **state)
{
    wsi_error err;
    char *json = NULL;
    wsi_job *job = NULL;
    wsi_job_option option;
    wsi_tile_sink tiles = {.fn = gallery_take, .order = (wsi_tile_order)7};
    wsi_table_sink table = {.fn = take_rows, .reserved = {0, 1}};
    (void)state;
    assert_int_equal(wsi_job_create(NULL, NULL, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_job_create(NULL, &job, NULL), WSI_OK);
    assert_int_equal(wsi_job_set(NULL, "level", "0", &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_job_set(job, NULL, "0", &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_job_set(job, "no-such", "0", &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_job_set(job, "level", "-1", &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_job_set(job, "quality", "101", &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_job_set(job, "format", "gif", &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_job_set(job, "overwrite", "perhaps", NULL), WSI_ERR_USAGE);
    assert_int_equal(wsi_job_set(job, "chain", "no_such_op", &err), WSI_ERR_CHAIN);
    assert_int_equal(wsi_job_set_int(job, "threads", 0, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_job_set_int(job, "threads", 2, &err), WSI_OK);
    assert_int_equal(wsi_job_set_float(job, "mpp", -1, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_job_set(job, "threads", NULL, &err), WSI_OK);
    assert_int_equal(wsi_job_set_slide(NULL, NULL, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_job_set_chain(NULL, NULL, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_job_set_progress(NULL, NULL, NULL, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_job_set_log(NULL, NULL, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_job_set_tile_sink(NULL, NULL, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_job_set_tile_sink(job, &tiles, &err), WSI_ERR_USAGE);
    tiles = (wsi_tile_sink){.fn = gallery_take, .device = 1};
    assert_int_equal(wsi_job_set_tile_sink(job, &tiles, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_job_set_table_sink(NULL, NULL, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_job_set_table_sink(job, &table, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_job_get_plan(NULL, &json, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_job_get_plan(job, NULL, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_job_get_plan(job, &json, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_job_run(NULL, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_job_start(NULL, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_job_wait(NULL, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_job_get_state(NULL), WSI_JOB_NEW);
    assert_null(wsi_job_get_result(NULL));
    wsi_job_cancel(NULL);
    assert_int_equal(wsi_job_get_option(-1, &option, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_job_get_option(wsi_job_option_count(), &option, &err), WSI_ERR_USAGE);
    assert_int_equal(wsi_job_get_option(0, NULL, &err), WSI_ERR_USAGE);
    for (int i = 0; i < wsi_job_option_count(); i++) {
        assert_int_equal(wsi_job_get_option(i, &option, &err), WSI_OK);
        assert_true(option.name[0] && option.help[0] && option.def);
        assert_int_equal(wsi_job_set(job, option.name, NULL, &err), WSI_OK);
    }
    wsi_job_destroy(&job);
}

static void plans_say_what_runs_do(void **state)
{
    char *json = NULL;
    wsi_error err;
    (void)state;
    wsi_job *job = job_of(NULL, slide, nuclei, wanted);
    if (wsi_job_get_plan(job, &json, &err) != WSI_OK) fail_msg("%s", err.message);
    assert_non_null(strstr(json, "\"passes\""));
    wsi_free(json);
    wsi_job_destroy(&job);
}

/* ---- A folder for files ---- */

static int make_folder(void **state)
{
    char name[] = "/tmp/wsiproc-jobs-XXXXXX";
    *state = mkdtemp(name) ? strdup(name) : NULL;
    return *state ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[256];
    snprintf(command, sizeof command, "rm -rf '%s'", (const char *)*state);
    const int failed = system(command);
    free(*state);
    return failed;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tiles_are_the_same_whatever_their_size_and_order),
        cmocka_unit_test(tiles_are_those_of_the_files),
        cmocka_unit_test(levels_come_when_asked_for),
        cmocka_unit_test(results_of_other_scales_and_within_a_mask),
        cmocka_unit_test(memory_is_a_slide_like_any_other),
        cmocka_unit_test(tables_come_as_rows),
        cmocka_unit_test(tables_are_those_of_files),
        cmocka_unit_test(cancelled_from_a_callback),
        cmocka_unit_test(cancelled_from_another_thread),
        cmocka_unit_test(slow_sinks_hold_the_job_back),
        cmocka_unit_test(slides_may_vanish_but_not_change),
        cmocka_unit_test(calls_out_of_order),
        cmocka_unit_test(wrong_arguments),
        cmocka_unit_test(plans_say_what_runs_do),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
