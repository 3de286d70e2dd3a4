/* What libjpeg-turbo alone does on a slide's tiles: the yardstick for wsiproc's decode-only run.
 *
 * usage: decode FILE [THREADS]. Decodes every tile of the first directory of a JPEG TIFF: each thread has its own
 * decompress object, reads the shared tables once, takes the next tile number from a counter, reads its bytes with
 * pread and decodes it into its own buffer. Nothing is kept, so this is the least any program could do.
 * Prints one line of JSON: seconds, pixels, tiles, threads and a checksum of the samples. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <jpeglib.h>
#include <tiffio.h>

typedef struct job {
    int fd;
    uint32_t tiles, tile_w, tile_h;
    const uint64_t *offsets, *counts;
    const void *tables;
    uint32_t tables_size;
    uint16_t photometric;
    atomic_uint next;
    atomic_int failed;
    _Atomic uint64_t checksum;
} job;

typedef struct failure {
    struct jpeg_error_mgr base;
    jmp_buf back;
} failure;

static void on_error(j_common_ptr info)
{
    longjmp(((failure *)info->err)->back, 1);
}

static uint64_t decode_tile(struct jpeg_decompress_struct *info, const job *j, const uint8_t *bytes, size_t size,
                            uint8_t *pixels)
{
    jpeg_mem_src(info, bytes, (unsigned long)size);
    jpeg_read_header(info, TRUE);
    if (j->photometric == PHOTOMETRIC_RGB) info->jpeg_color_space = JCS_RGB;
    info->out_color_space = JCS_RGB;
    jpeg_start_decompress(info);
    const size_t stride = (size_t)info->output_width * 3;
    while (info->output_scanline < info->output_height) {
        uint8_t *rows[8];
        for (unsigned i = 0; i < 8; i++) rows[i] = pixels + stride * (info->output_scanline + i);
        jpeg_read_scanlines(info, rows, 8);
    }
    const uint64_t last = pixels[stride * info->output_height - 1];
    jpeg_finish_decompress(info);
    return last;
}

static void decode_tiles(job *j, uint8_t *pixels, uint8_t *bytes, size_t room)
{
    struct jpeg_decompress_struct info;
    failure error;
    info.err = jpeg_std_error(&error.base);
    error.base.error_exit = on_error;
    jpeg_create_decompress(&info);
    if (setjmp(error.back)) {
        atomic_store(&j->failed, 1);
    } else {
        if (j->tables_size) {
            jpeg_mem_src(&info, j->tables, j->tables_size);
            jpeg_read_header(&info, FALSE);
        }
        for (uint32_t i; (i = atomic_fetch_add(&j->next, 1)) < j->tiles && !atomic_load(&j->failed);) {
            const size_t size = (size_t)j->counts[i];
            if (size > room || pread(j->fd, bytes, size, (off_t)j->offsets[i]) != (ssize_t)size) {
                atomic_store(&j->failed, 1);
                break;
            }
            atomic_fetch_add(&j->checksum, decode_tile(&info, j, bytes, size, pixels) * (i + 1));
        }
    }
    jpeg_destroy_decompress(&info);
}

static void *work(void *arg)
{
    job *j = arg;
    const size_t area = (size_t)j->tile_w * (j->tile_h + 8) * 3;
    uint8_t *pixels = calloc(area, 1), *bytes = calloc(area, 1);
    if (pixels && bytes)
        decode_tiles(j, pixels, bytes, area);
    else
        atomic_store(&j->failed, 1);
    free(pixels);
    free(bytes);
    return NULL;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int run(job *j, int threads)
{
    pthread_t ids[64];
    const double start = now();
    for (int i = 0; i < threads; i++)
        if (pthread_create(&ids[i], NULL, work, j)) return 1;
    for (int i = 0; i < threads; i++) pthread_join(ids[i], NULL);
    const double seconds = now() - start;
    if (atomic_load(&j->failed)) return 1;
    printf("{\"seconds\": %.6f, \"pixels\": %llu, \"tiles\": %u, \"threads\": %d, \"checksum\": %llu}\n", seconds,
           (unsigned long long)j->tiles * j->tile_w * j->tile_h, j->tiles, threads,
           (unsigned long long)atomic_load(&j->checksum));
    return 0;
}

int main(int argc, char **argv)
{
    const long threads = argc > 2 ? strtol(argv[2], NULL, 10) : sysconf(_SC_NPROCESSORS_ONLN);
    if (argc < 2 || argc > 3 || threads < 1 || threads > 64) {
        fprintf(stderr, "usage: decode FILE [THREADS]\n");
        return 2;
    }
    job j = {.fd = open(argv[1], O_RDONLY)};
    TIFF *tiff = TIFFOpen(argv[1], "r");
    uint16_t compression = 0;
    if (j.fd < 0 || !tiff || !TIFFIsTiled(tiff) || !TIFFGetField(tiff, TIFFTAG_COMPRESSION, &compression) ||
        compression != COMPRESSION_JPEG) {
        fprintf(stderr, "decode: %s: not a TIFF with JPEG tiles\n", argv[1]);
        return 1;
    }
    TIFFGetField(tiff, TIFFTAG_TILEWIDTH, &j.tile_w);
    TIFFGetField(tiff, TIFFTAG_TILELENGTH, &j.tile_h);
    TIFFGetField(tiff, TIFFTAG_TILEOFFSETS, &j.offsets);
    TIFFGetField(tiff, TIFFTAG_TILEBYTECOUNTS, &j.counts);
    TIFFGetField(tiff, TIFFTAG_JPEGTABLES, &j.tables_size, &j.tables);
    TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &j.photometric);
    j.tiles = TIFFNumberOfTiles(tiff);
    const int status = run(&j, (int)threads);
    if (status) fprintf(stderr, "decode: %s: a tile cannot be decoded\n", argv[1]);
    TIFFClose(tiff);
    close(j.fd);
    return status;
}
