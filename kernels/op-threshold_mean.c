/* threshold_mean: foreground above the mean. Sums of integers and of floats are exact, however the image comes. */
#include <math.h>

#include "common/exact-sum.h"
#include "learn.h"
#include "selected.h"
#include "threshold-global.h"

static const wsi_param params[] = {
    WSI_GLOBAL_COMPAT(
        "Changes nothing here: scikit-image sums integers exactly too, and floats in an order of its own."),
    WSI_GLOBAL_ESTIMATE};

typedef struct mean_sum {
    wsi_exact_sum floats;
    int64_t pixels, integers;
} mean_sum;

static int fields(const wsi_fit_call *call, wsi_fit_field f[WSI_FIT_FIELDS_MAX])
{
    (void)call;
    f[0] = (wsi_fit_field){"threshold", 1};
    return 1;
}

static size_t size(const wsi_fit_call *call)
{
    (void)call;
    return sizeof(mean_sum);
}

#define ADD(name, ctype)                                                                                               \
    static void add_##name(void *user, const void *samples, int64_t n)                                                 \
    {                                                                                                                  \
        const ctype *v = (const ctype *)samples;                                                                       \
        int64_t sum = 0;                                                                                               \
        for (int64_t i = 0; i < n; i++) sum += v[i];                                                                   \
        ((mean_sum *)user)->integers += sum;                                                                           \
        ((mean_sum *)user)->pixels += n;                                                                               \
    }

ADD(u8, uint8_t)
ADD(i8, int8_t)
ADD(u16, uint16_t)
ADD(i16, int16_t)

/* Of 2^31 pixels and more, sums of 32-bit integers pass 2^63. */
#define ADD_WIDE(name, ctype)                                                                                          \
    static void add_##name(void *user, const void *samples, int64_t n)                                                 \
    {                                                                                                                  \
        const ctype *v = (const ctype *)samples;                                                                       \
        for (int64_t i = 0; i < n; i++) wsi_exact_add(&((mean_sum *)user)->floats, (double)v[i]);                      \
        ((mean_sum *)user)->pixels += n;                                                                               \
    }

ADD_WIDE(u32, uint32_t)
ADD_WIDE(i32, int32_t)
ADD_WIDE(f64, double)

static void add_f32(void *user, const void *samples, int64_t n)
{
    enum { RUN = 512 }; /* fetched at a time, while the one before is summed */
    wsi_exact_sum *floats = &((mean_sum *)user)->floats;
    const wsi_learn_kernel *kernel = wsi_learn_kernel_for(wsi_cpu_best());
    for (int64_t from = 0; from < n; from += RUN) {
        const float *v = (const float *)samples + from;
        const int64_t run = n - from < RUN ? n - from : RUN;
        int64_t sum;
        int exponent;
        if (kernel->sum_f32(v, run, &sum, &exponent))
            wsi_exact_add_integer(floats, sum, exponent);
        else
            wsi_exact_add_floats(floats, v, run);
    }
    ((mean_sum *)user)->pixels += n;
}

static void accumulate(const wsi_fit_call *call, const wsi_image *im, int64_t x, int64_t y, void *acc)
{
    static const wsi_selected_fn add[WSI_DTYPE_COUNT] = {add_u8,  add_u8,  add_i8,  add_u16, add_i16,
                                                         add_u32, add_i32, add_f32, add_f64};
    (void)x, (void)y;
    wsi_each_selected(&im[0], wsi_global_mask(call, im), add[call->in[0].type], acc);
}

static void merge(const wsi_fit_call *call, void *acc, const void *other)
{
    mean_sum *s = (mean_sum *)acc;
    const mean_sum *more = (const mean_sum *)other;
    (void)call;
    wsi_exact_merge(&s->floats, &more->floats);
    s->pixels += more->pixels;
    s->integers += more->integers;
}

static wsi_status finalise(const wsi_fit_call *call, void *acc, double *fit, wsi_error *err)
{
    mean_sum *s = (mean_sum *)acc;
    WSI_RETURN_IF(!s->pixels, WSI_ERR_INPUT_UNSUPPORTED,
                  "there is no pixel to learn from: the mask is zero everywhere");
    const double sum = s->integers ? (double)s->integers : wsi_exact_value(&s->floats);
    const double mean = sum / (double)s->pixels;
    fit[0] = call->in[0].type == WSI_F32 ? (double)(float)mean : mean;
    return WSI_OK;
}

static wsi_status prepare(const wsi_fit_call *call, void *state, wsi_error *err)
{
    (void)err;
    wsi_compare_prepare((wsi_compare_state *)state, WSI_GREATER, call->in[0].type, 1, call->fit[0]);
    return WSI_OK;
}

static const wsi_reduction reduction = {
    .fields = fields,
    .size = size,
    .accumulate = accumulate,
    .merge = merge,
    .finalise = finalise,
    .prepare = prepare,
};

WSI_KERNEL_PICK(threshold)

const wsi_op wsi_op_threshold_mean = {
    WSI_GLOBAL_MASK_ROW,
    .name = "threshold_mean",
    .summary = "Foreground above the mean of the whole image.",
    .doc = "The threshold is the exact sum of all pixels over their number, rounded to double, and for float32 images "
           "to float32. scikit-image rounds sums of floats on the way, in the order in which the pixels lie in memory; "
           "its mean then differs in the last digits. With a NaN among the pixels the mean is NaN, and nothing is "
           "foreground; infinities count as they are.\n\n" WSI_GLOBAL_DOC,
    .source = "scikit-image 0.26 filters.threshold_mean",
    .complexity = "O(1) a pixel, in one pass over the image and one that compares",
    .example = "rgb2gray | threshold_mean",
};
