/* The add and multiply kernels: both operands in float32, a block at a time. */
#include "isa.h"

#include "kernels/arithmetic.h"
#include "kernels/op.h"
#include "rows.h"

enum { BLOCK = 1024 }; /* samples */

typedef void (*combine_fn)(float *restrict a, const float *restrict b, int64_t n);
typedef void (*combine_number_fn)(float *a, float b, int64_t n);

static void add(float *restrict a, const float *restrict b, int64_t n)
{
    for (int64_t i = 0; i < n; i++) a[i] = a[i] + b[i];
}

static void multiply(float *restrict a, const float *restrict b, int64_t n)
{
    for (int64_t i = 0; i < n; i++) a[i] = a[i] * b[i];
}

static void add_number(float *a, float b, int64_t n)
{
    for (int64_t i = 0; i < n; i++) a[i] = a[i] + b;
}

static void multiply_number(float *a, float b, int64_t n)
{
    for (int64_t i = 0; i < n; i++) a[i] = a[i] * b;
}

/* n pixels of row y from column x on, as float32 of `channels` channels (one channel is repeated). */
static void load_pixels(float *to, const wsi_kernel_args *args, int image, int64_t x, int64_t y, int64_t n,
                        int channels)
{
    const wsi_image *im = &args->src[image];
    const char *row =
        (const char *)wsi_image_row(im, y + args->oy[image]) + (size_t)(x + args->ox[image]) * wsi_pixfmt_size(im->fmt);
    WSI_CPU(load_row)(to, row, im->fmt.type, 0, (size_t)(n * im->fmt.channels));
    if (im->fmt.channels == channels) return;
    for (int64_t i = n - 1; i >= 0; i--)
        for (int c = channels - 1; c >= 0; c--) to[i * channels + c] = to[i];
}

static void run(const wsi_kernel_args *args, combine_fn combine, combine_number_fn combine_number)
{
    const wsi_operand other = ((const wsi_arithmetic_params *)args->params)->other;
    const wsi_image *dst = &args->dst;
    const int channels = dst->fmt.channels;
    const int64_t block = BLOCK / channels;
    float a[BLOCK], b[BLOCK];
    for (int64_t y = 0; y < dst->h; y++)
        for (int64_t x = 0; x < dst->w; x += block) {
            const int64_t n = dst->w - x < block ? dst->w - x : block;
            load_pixels(a, args, 0, x, y, n, channels);
            if (other.image < 0) {
                combine_number(a, (float)other.value, n * channels);
            } else {
                load_pixels(b, args, other.image, x, y, n, channels);
                combine(a, b, n * channels);
            }
            char *to = (char *)wsi_image_row(dst, y) + (size_t)x * wsi_pixfmt_size(dst->fmt);
            WSI_CPU(store_row)(to, dst->fmt.type, a, (size_t)(n * channels));
        }
}

WSI_CPU_KERNEL(add)
{
    run(args, add, add_number);
}

WSI_CPU_KERNEL(multiply)
{
    run(args, multiply, multiply_number);
}
