/* JPEG decoders alone, on the same tiles in the same run: wsiproc's for devices, libjpeg-turbo, and nvJPEG where it is.
 *
 * usage: bench-jpeg-decoders SLIDE JSON [SECONDS [STEP ...]]
 * SLIDE is a classic TIFF with JPEG tiles as Aperio writes them. From compressed bytes in host memory to pixels in
 * device memory (libjpeg-turbo: in host memory); headers, unstuffing and upload are counted. Before it races, the
 * device's decoder must give libjpeg-turbo's bits for every tile. Steps: device, prepared (a batch made ready once and
 * run again and again: what the device could do for faster hosts), turbo, nvjpeg; all of them when none is given.
 * Status: 0, 1 for wrong pixels or a failure, 77 without a GPU. */
#include "jpeg-decoders.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 64, MEMORY = 64 << 20, LARGEST = 1 << 28 /* pixels a batch */ };
static const double warm_up = 0.2;

typedef struct bench {
    wsi_device *device;
    FILE *json;
    double seconds;
    int rows, failed;
    char **steps;
    int step_count;
} bench;

static void sleep_for(double seconds)
{
    const struct timespec t = {(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)};
    nanosleep(&t, NULL);
}

/* GPix/s between the end of the warm-up and the end; negative on failure. */
static double race(const bench *b, jpeg_race *r, void *(*run)(void *))
{
    pthread_t ids[THREADS_MAX];
    for (int i = 0; i < r->threads; i++) {
        if (pthread_create(&ids[i], NULL, run, r)) abort();
    }
    while (!atomic_load(&r->failed) && atomic_load(&r->pixels) == 0) sleep_for(0.01);
    sleep_for(warm_up);
    const long long before = atomic_load(&r->pixels);
    const double start = jpeg_now();
    sleep_for(b->seconds);
    const long long after = atomic_load(&r->pixels);
    const double end = jpeg_now();
    atomic_store(&r->stop, 1);
    for (int i = 0; i < r->threads; i++) pthread_join(ids[i], NULL);
    return atomic_load(&r->failed) ? -1 : (double)(after - before) / (end - start) * 1e-9;
}

static int wanted(const bench *b, const char *step)
{
    for (int i = 0; i < b->step_count; i++) {
        if (strcmp(b->steps[i], step) == 0) return 1;
    }
    return b->step_count == 0;
}

static void row(bench *b, const jpeg_tiles *t, const char *decoder, int threads, int batch, double gpix)
{
    printf("%-12s %-10s %2d threads, batch %4d: %7.3f GPix/s\n", t->name, decoder, threads, batch, gpix);
    fflush(stdout);
    fprintf(b->json, "%s\n  {\"tiles\": \"%s\", \"decoder\": \"%s\", \"threads\": %d, \"batch\": %d, \"gpix_s\": %.3f}",
            b->rows++ ? "," : "", t->name, decoder, threads, batch, gpix);
    if (gpix < 0) b->failed = 1;
}

static void contest(bench *b, const jpeg_tiles *t, const char *decoder, void *(*run)(void *), int keep)
{
    static const int threads[] = {1, 2, 3, 4, 6}, batches[] = {512, 1024, 2048};
    for (size_t j = 0; j < sizeof batches / sizeof *batches; j++) {
        if ((long long)batches[j] * t->side * t->side > LARGEST) continue;
        for (size_t i = 0; i < sizeof threads / sizeof *threads; i++) {
            jpeg_race r = {.tiles = t, .device = b->device, .threads = threads[i], .batch = batches[j], .keep = keep};
            const double gpix = race(b, &r, run);
            row(b, t, decoder, threads[i], batches[j], gpix);
            if (atomic_load(&r.refused)) printf("  left to the CPU: %lld tiles\n", atomic_load(&r.refused));
        }
    }
}

static void turbo(bench *b, const jpeg_tiles *t)
{
    const int cores = (int)sysconf(_SC_NPROCESSORS_ONLN), counts[] = {1, cores < THREADS_MAX ? cores : THREADS_MAX};
    for (int i = 0; i < 2; i++) {
        jpeg_race r = {.tiles = t, .threads = counts[i]};
        row(b, t, "turbo", counts[i], 1, race(b, &r, jpeg_race_turbo));
    }
}

static void all_decoders(bench *b, const jpeg_tiles *t)
{
    char why[256];
    double headers, all;
    int refused;
    size_t bytes = 0;
    for (int i = 0; i < t->distinct; i++) bytes += t->sizes[i];
    printf("%s: %d tiles of %d, %.2f bits a pixel\n", t->name, t->distinct, t->side,
           8.0 * (double)bytes / ((double)t->distinct * t->side * t->side));
    if (!jpeg_device_verify(b->device, t, &refused)) {
        printf("%s: FAILED: pixels differ from libjpeg-turbo's\n", t->name);
        b->failed = 1;
        return;
    }
    printf("%s: %d of %d tiles have libjpeg-turbo's bits, %d are left to it\n", t->name, t->distinct - refused,
           t->distinct, refused);
    if (jpeg_host_cost(b->device, t, &headers, &all))
        printf("%s: on the host, headers %.0f ns, all %.0f ns a tile\n", t->name, headers, all);
    if (wanted(b, "device")) contest(b, t, "device", jpeg_race_device, 0);
    if (wanted(b, "prepared")) contest(b, t, "prepared", jpeg_race_device, 1);
    if (wanted(b, "turbo")) turbo(b, t);
    if (!wanted(b, "nvjpeg")) return;
    if (jpeg_nvjpeg_load(why, sizeof why))
        contest(b, t, "nvjpeg", jpeg_race_nvjpeg, 0);
    else
        printf("nvJPEG: skipped: %s\n", why);
}

static int run(bench *b, const char *slide)
{
    static const int sides[] = {256, 512};
    jpeg_tiles own, coded;
    if (!jpeg_tiles_load(slide, MEMORY, &own)) {
        fprintf(stderr, "%s: not a TIFF with JPEG tiles as Aperio writes them\n", slide);
        return 1;
    }
    fprintf(b->json, "[");
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        if (!jpeg_tiles_recode(&own, sides[i], 80, MEMORY, &coded)) return 1;
        all_decoders(b, &coded);
        jpeg_tiles_free(&coded);
    }
    all_decoders(b, &own);
    fprintf(b->json, "\n]\n");
    jpeg_tiles_free(&own);
    return b->failed;
}

int main(int argc, char **argv)
{
    bench b = {.seconds = argc > 3 ? strtod(argv[3], NULL) : 0.5};
    wsi_error err = {0};
    int count;
    if (argc < 3 || !(b.seconds > 0)) {
        fprintf(stderr, "usage: bench-jpeg-decoders SLIDE JSON [SECONDS [STEP ...]]\n");
        return 2;
    }
    b.steps = argv + 4;
    b.step_count = argc > 4 ? argc - 4 : 0;
    if (wsi_device_count(&count, &err) != WSI_OK || wsi_device_open(0, &b.device, &err) != WSI_OK) {
        printf("skipped: %s\n", err.message);
        return 77;
    }
    b.json = fopen(argv[2], "w");
    if (!b.json) {
        fprintf(stderr, "%s: cannot be written\n", argv[2]);
        return 1;
    }
    const int status = run(&b, argv[1]);
    fclose(b.json);
    wsi_device_close(&b.device);
    return status;
}
