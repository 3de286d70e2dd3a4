/* The speed of one operation on images in memory, for bench/ops: all threads over tiles of the whole image, each tile's
 * crop with its halo taken from the source in place, results written in place. Operations without a halo, which gain
 * nothing from tiles, take one call a thread. Images lie in huge pages, as NumPy's do; the result is the memory of the
 * round before, which an allocator that keeps what it has gives NumPy as well (bench/ops).
 *
 *   bench-step-speed THREADS WIDTHxHEIGHT SECONDS SPEC IN:TYPE:WxHxC...
 *
 * SPEC as in the chain language, @1, @2 standing for the second and third input; WIDTHxHEIGHT is the tile, in pixels of
 * the input (at least one of the result, where that is smaller). Where an operation learns from the whole image first,
 * that is part of every round; of one that needs a reference image the last input is that. Operations on whole images
 * have square tiles of their own. Rounds go on for SECONDS, three at least. Kernels that take a millisecond or so run
 * several times a round, for their threads to be those of one that is at work already, as wsiproc's are. Prints the
 * median seconds of once over the image of either way, and the result's type and channels. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "common/mem.h"
#include "common/thread.h"
#include "step-fit.h"
#include "step-whole.h"
#include "tests/oprun.h"

enum { THREADS_MAX = 64, ROUNDS_MIN = 3, ROUNDS_MAX = 50, WHOLE_TILE = 256 /* as wsiproc cuts slides */ };

typedef struct job {
    oprun run;
    wsi_image src[WSI_OP_INPUTS_MAX], dst;
    int64_t tile_w, tile_h, across, tiles;
    int64_t next;  /* atomic: the first tile that nobody has taken */
    int64_t times; /* over the image in a round */
    int own;       /* 1: each thread has one tile for its results */
    step_fit fit;  /* of an operation with a reduction: makes run.state anew each round */
} job;

enum { HUGE_PAGE = 2 << 20 };

#define ROUND_LEAST 0.02 /* seconds, where one time over the image takes less */

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "bench-step-speed: %s\n", what);
    exit(2);
}

/* An image of zeros, for good. */
static wsi_image large_image(wsi_pixfmt fmt, int64_t w, int64_t h)
{
    const size_t row = (size_t)w * wsi_pixfmt_size(fmt);
    const size_t bytes = ((size_t)h * row / HUGE_PAGE + 1) * HUGE_PAGE;
    void *data = NULL;
    if (posix_memalign(&data, HUGE_PAGE, bytes) != 0) fail("out of memory");
    (void)madvise(data, bytes, MADV_HUGEPAGE); /* advice */
    memset(data, 0, bytes);
    return (wsi_image){data, (ptrdiff_t)row, w, h, fmt};
}

/* PATH:TYPE:WxHxC */
static wsi_image read_input(char *text)
{
    char *shape = strrchr(text, ':'), *type = NULL;
    if (shape) *shape = '\0', type = strrchr(text, ':');
    if (!type) fail("an input is PATH:TYPE:WxHxC");
    *type = '\0';
    long long w, h;
    wsi_pixfmt fmt;
    if (sscanf(shape + 1, "%lldx%lldx%d", &w, &h, &fmt.channels) != 3 || !wsi_dtype_parse(type + 1, &fmt.type))
        fail("an input is PATH:TYPE:WxHxC");
    const wsi_image im = large_image(fmt, w, h);
    const size_t bytes = (size_t)im.h * (size_t)im.stride;
    FILE *f = fopen(text, "rb");
    if (!f || fread(im.data, 1, bytes, f) != bytes) fail("cannot read an input");
    fclose(f);
    return im;
}

/* prepare_size may write into it. */
static void *own_state(const oprun *run)
{
    void *state = wsi_calloc(1, run->state_size + 1);
    if (!state) fail("out of memory");
    if (run->state_size) memcpy(state, run->state, run->state_size);
    return state;
}

/* A thread's share: the next tile that nobody has. Scratch and state, into which oprun_tile may write, are the thread's
 * own. */
static void *work(void *arg)
{
    job *j = (job *)arg;
    oprun mine = j->run;
    mine.scratch = NULL;
    mine.scratch_size = 0;
    if (!mine.op->reduction) mine.state = own_state(&j->run);
    const wsi_isa isa = wsi_cpu_best();
    const wsi_rect all = {0, 0, j->dst.w, j->dst.h};
    const wsi_image own = oprun_image(j->run.out, j->own ? j->tile_w : 1, j->own ? j->tile_h : 1);
    for (int64_t k; (k = __atomic_fetch_add(&j->next, 1, __ATOMIC_RELAXED)) < j->tiles * j->times;) {
        const int64_t i = k % j->tiles;
        const wsi_rect tile = {i % j->across * j->tile_w, i / j->across * j->tile_h, j->tile_w, j->tile_h};
        const wsi_rect rect = wsi_rect_intersect(tile, all);
        const wsi_image part =
            j->own ? wsi_image_crop(&own, (wsi_rect){0, 0, rect.w, rect.h}) : wsi_image_crop(&j->dst, rect);
        oprun_tile(&mine, isa, j->src, rect, NULL, &part);
    }
    free(mine.scratch);
    if (!mine.op->reduction) wsi_free(mine.state);
    wsi_free(own.data);
    return NULL;
}

static double one_round(job *j, int threads)
{
    wsi_thread thread[THREADS_MAX];
    wsi_error err;
    const double start = wsi_now();
    if (j->run.op->whole) {
        step_whole_run(&j->run, j->src, j->own ? NULL : &j->dst, WHOLE_TILE, threads);
        return wsi_now() - start;
    }
    if (j->run.op->reduction) step_fit_run(&j->fit, &j->run, threads);
    j->next = 0;
    for (int i = 1; i < threads; i++)
        if (wsi_thread_start(&thread[i], "bench", work, j, &err) != WSI_OK) fail(err.message);
    work(j);
    for (int i = 1; i < threads; i++) wsi_thread_join(thread[i]);
    return wsi_now() - start;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Median seconds; the first round is thrown away. */
static double measure(job *j, int threads, double seconds)
{
    double times[ROUNDS_MAX], spent = 0;
    int n = 0;
    j->times = 1;
    const double first = one_round(j, threads);
    if (!j->run.op->whole && !j->run.op->reduction && first < ROUND_LEAST)
        j->times = (int64_t)(ROUND_LEAST / first) + 1;
    while (n < ROUNDS_MIN || (n < ROUNDS_MAX && spent < seconds)) {
        times[n] = one_round(j, threads) / (double)j->times;
        spent += times[n++] * (double)j->times;
    }
    qsort(times, (size_t)n, sizeof *times, by_value);
    return times[n / 2];
}

/* Tiles of w x h pixels of the input. */
static void cut(job *j, int64_t w, int64_t h)
{
    const wsi_scale s = wsi_op_scale(j->run.op, j->run.params);
    const wsi_image frame = j->dst;
    j->tile_w = w * s.up_x / s.down_x;
    j->tile_h = h * s.up_y / s.down_y;
    if (j->tile_w < 1) j->tile_w = 1;
    if (j->tile_h < 1) j->tile_h = 1;
    j->across = (frame.w + j->tile_w - 1) / j->tile_w;
    j->tiles = j->across * ((frame.h + j->tile_h - 1) / j->tile_h);
}

/* Seconds a round with results in one image; its tiles are cut anew. */
static double measure_whole(job *j, int threads, double seconds)
{
    if (!j->run.op->halo && !j->run.op->scale) cut(j, j->dst.w, (j->dst.h + threads - 1) / threads);
    return measure(j, threads, seconds);
}

int main(int argc, char **argv)
{
    if (argc < 6 || argc - 5 > WSI_OP_INPUTS_MAX) fail("usage: bench-step-speed THREADS WxH SECONDS SPEC INPUT...");
    const int threads = (int)strtol(argv[1], NULL, 10), inputs = argc - 5;
    long long w, h;
    if (threads < 1 || threads > THREADS_MAX) fail("threads must be 1 to 64");
    if (sscanf(argv[2], "%lldx%lld", &w, &h) != 2 || w < 1 || h < 1) fail("the tile is WIDTHxHEIGHT");
    job j = {.next = 0};
    wsi_pixfmt in[WSI_OP_INPUTS_MAX];
    wsi_error err = {0};
    for (int i = 0; i < inputs; i++) {
        j.src[i] = read_input(argv[5 + i]);
        in[i] = j.src[i].fmt;
    }
    if (oprun_parse(&j.run, argv[4], &err) != WSI_OK) fail(err.message);
    const wsi_reduction *reduction = j.run.op->reduction;
    const int references = reduction && reduction->takes_target == 2;
    if (references && inputs < 2) fail("the operation needs a reference image");
    if (oprun_prepare(&j.run, in, inputs - references, &err) != WSI_OK) fail(err.message);
    if (!j.run.op->whole && !j.run.op->kernel) fail("the operation stands for others: measure these");
    if (reduction) step_fit_open(&j.fit, &j.run, j.src, references ? &j.src[inputs - 1] : NULL);
    const wsi_rect frame = oprun_frame(&j.run, &j.src[0]);
    j.dst = large_image(j.run.out, frame.w, frame.h);
    cut(&j, w, h);
    const double seconds = strtod(argv[3], NULL), whole = measure_whole(&j, threads, seconds);
    cut(&j, w, h);
    j.own = 1;
    printf("%.9f %.9f %s %d\n", whole, measure(&j, threads, seconds), wsi_dtype_name(j.run.out.type),
           j.run.out.channels);
    for (int i = 0; i < inputs; i++) wsi_free(j.src[i].data);
    wsi_free(j.dst.data);
    step_fit_close(&j.fit);
    oprun_clear(&j.run);
    return 0;
}
