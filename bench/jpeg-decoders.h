/* Decoders under comparison: each runs in threads of its own and adds the pixels it has finished to a counter. */
#ifndef BENCH_JPEG_DECODERS_H
#define BENCH_JPEG_DECODERS_H

#include <stdatomic.h>

#include "jpeg-tiles.h"
#include "kernels/device-jpeg.h"

typedef struct jpeg_race {
    const jpeg_tiles *tiles;
    wsi_device *device; /* NULL for libjpeg-turbo */
    int threads, batch;
    int keep; /* device decoder: prepare a batch once and run it again and again: the device's share alone */
    atomic_int stop, failed;
    atomic_llong pixels;   /* finished */
    atomic_llong refused;  /* tiles the device left to the CPU */
    atomic_int next_index; /* of threads */
} jpeg_race;

/* A thread's work, until stop. */
void *jpeg_race_device(void *race);
void *jpeg_race_turbo(void *race);
void *jpeg_race_nvjpeg(void *race);

/* 0 where the library is not there; why says what is missing. */
int jpeg_nvjpeg_load(char *why, size_t size);
/* 1 when every distinct tile has libjpeg's bits. */
int jpeg_device_verify(wsi_device *device, const jpeg_tiles *tiles, int *refused);
/* Nanoseconds a tile on one thread: reading headers; then also preparing its scan. */
int jpeg_host_cost(wsi_device *device, const jpeg_tiles *tiles, double *headers, double *all);

double jpeg_now(void);

#endif
