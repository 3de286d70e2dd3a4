/* checkop --bench: typical steps on a tile with its halo, best of several passes. Bytes counted are those of the
 * core read and written once. */
#include "checkop-bench.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "checkop-data.h"
#include "common/mem.h"

typedef struct bench_case {
    const char *spec;
    wsi_pixfmt in;
    wsi_dtype store; /* WSI_DTYPE_COUNT: the operation's own */
    int inputs;
} bench_case;

#define OWN WSI_DTYPE_COUNT

static const bench_case cases[] = {
    {"downscale_local_mean", {WSI_U8, 3}, OWN, 1},
    {"downscale_local_mean:factors=4", {WSI_F32, 1}, OWN, 1},
    {"resize", {WSI_U8, 3}, OWN, 1},
    {"resize:factor=4", {WSI_F32, 1}, OWN, 1},
    {"resize:enlarge=true", {WSI_F32, 1}, OWN, 1},
    {"resize:factor=4,order=0", {WSI_U8, 3}, OWN, 1},
    {"pyramid_reduce", {WSI_U8, 3}, OWN, 1},
    {"pyramid_reduce", {WSI_F32, 1}, OWN, 1},
    {"blur_laplacian_variance:block=64", {WSI_F32, 1}, OWN, 1},
    {"blur_tenengrad:block=64", {WSI_F32, 1}, OWN, 1},
    {"tissue_fraction:block=64", {WSI_U8, 3}, OWN, 1},
    {"tissue_fraction:block=64,method=absorbance,threshold=0.15", {WSI_U8, 3}, OWN, 1},
    {"cast:dtype=float32", {WSI_U8, 3}, OWN, 1},
    {"cast:dtype=uint8", {WSI_F32, 3}, OWN, 1},
    {"channel:index=0", {WSI_F32, 3}, OWN, 1},
    {"channel:index=0", {WSI_U8, 3}, OWN, 1},
    {"rgb2gray", {WSI_U8, 3}, OWN, 1},
    {"rgb2hed", {WSI_U8, 3}, OWN, 1},
    {"rgb2hed", {WSI_F32, 3}, OWN, 1},
    {"hed2rgb", {WSI_F32, 3}, WSI_U8, 1},
    {"normalize_macenko", {WSI_U8, 3}, OWN, 1},
    {"normalize_vahadane", {WSI_U8, 3}, OWN, 1},
    {"normalize_reinhard", {WSI_U8, 3}, OWN, 1},
    {"invert", {WSI_U8, 3}, OWN, 1},
    {"rescale_intensity:in_range=[20,230]", {WSI_U8, 3}, OWN, 1},
    {"rescale_intensity:in_percentiles=[2,98]", {WSI_F32, 1}, OWN, 1},
    {"equalize_hist", {WSI_U8, 1}, OWN, 1},
    {"equalize_hist", {WSI_F32, 1}, OWN, 1},
    {"equalize_adapthist", {WSI_U8, 3}, OWN, 1},
    {"equalize_adapthist", {WSI_F32, 1}, OWN, 1},
    {"threshold:value=0.5", {WSI_F32, 1}, OWN, 1},
    {"add:other=@1", {WSI_F32, 1}, OWN, 2},
    {"multiply:other=2", {WSI_F32, 1}, OWN, 1},
    {"divide:other=@1", {WSI_F32, 1}, OWN, 2},
    {"power:other=1.5", {WSI_F32, 1}, OWN, 1},
    {"minimum:other=200", {WSI_U8, 3}, OWN, 1},
    {"maximum:other=@1", {WSI_F32, 1}, OWN, 2},
    {"clip:min=0.2,max=0.8", {WSI_F32, 1}, OWN, 1},
    {"abs", {WSI_F32, 1}, OWN, 1},
    {"sqrt", {WSI_F32, 1}, OWN, 1},
    {"log", {WSI_F32, 1}, OWN, 1},
    {"exp", {WSI_F32, 1}, OWN, 1},
    {"compare:other=@1,op=less", {WSI_U8, 1}, OWN, 2},
    {"compare:other=0.5,op=less", {WSI_F32, 1}, OWN, 1},
    {"logical_and:other=@1", {WSI_BOOL, 1}, OWN, 2},
    {"logical_not", {WSI_BOOL, 1}, OWN, 1},
    {"where:condition=@1,other=0.5", {WSI_F32, 1}, OWN, 2},
    {"stack:second=@1", {WSI_U8, 1}, OWN, 2},
    {"unstack:channels=[2,1,0]", {WSI_U8, 3}, OWN, 1},
    {"mask:mask=@1", {WSI_U8, 3}, OWN, 2},
    {"gaussian:sigma=1", {WSI_U8, 3}, WSI_U8, 1},
    {"gaussian:sigma=2", {WSI_U8, 3}, WSI_U8, 1},
    {"gaussian:sigma=2", {WSI_F32, 1}, OWN, 1},
    {"gaussian:sigma=5", {WSI_U8, 3}, WSI_U8, 1},
    {"gaussian:sigma=20", {WSI_F32, 1}, OWN, 1},
    {"sobel", {WSI_F32, 1}, OWN, 1},
    {"sobel", {WSI_U8, 3}, WSI_U8, 1},
    {"sobel_h", {WSI_F32, 1}, OWN, 1},
    {"scharr", {WSI_F32, 1}, OWN, 1},
    {"laplace", {WSI_F32, 1}, OWN, 1},
    {"prewitt", {WSI_F32, 1}, OWN, 1},
    {"roberts", {WSI_F32, 1}, OWN, 1},
    {"farid", {WSI_F32, 1}, OWN, 1},
    {"difference_of_gaussians:low_sigma=1,high_sigma=4", {WSI_F32, 1}, OWN, 1},
    {"unsharp_mask:radius=2", {WSI_F32, 1}, OWN, 1},
    {"uniform:size=3", {WSI_F32, 1}, OWN, 1},
    {"uniform:size=15", {WSI_F32, 1}, OWN, 1},
    {"uniform:size=101", {WSI_F32, 1}, OWN, 1},
    {"convolve:kernel=[1,2,1,2,4,2,1,2,1]", {WSI_F32, 1}, OWN, 1},
    {"gabor:frequency=0.1", {WSI_F32, 1}, OWN, 1},
    {"gabor:frequency=0.1,output=magnitude", {WSI_F32, 1}, OWN, 1},
    {"gabor:frequency=0.2,theta=0.7,sigma_x=2,sigma_y=4", {WSI_F32, 1}, OWN, 1},
    {"median", {WSI_U8, 1}, OWN, 1},
    {"median:footprint=square,width=5", {WSI_U8, 1}, OWN, 1},
    {"median:footprint=disk,radius=3", {WSI_U8, 1}, OWN, 1},
    {"median:footprint=square,width=15", {WSI_U8, 1}, OWN, 1},
    {"median:footprint=square,width=31", {WSI_U8, 1}, OWN, 1},
    {"median", {WSI_F32, 1}, OWN, 1},
    {"median:footprint=disk,radius=3", {WSI_F32, 1}, OWN, 1},
    {"median:footprint=square,width=15", {WSI_U16, 1}, OWN, 1},
    {"threshold_niblack", {WSI_U16, 1}, OWN, 1},
    {"threshold_sauvola", {WSI_U8, 1}, OWN, 1},
    {"threshold_sauvola", {WSI_F32, 1}, OWN, 1},
    {"threshold_local:block_size=15", {WSI_F32, 1}, OWN, 1},
    {"threshold_local:block_size=15,method=mean", {WSI_U8, 1}, OWN, 1},
    {"rank_mean:footprint=disk,radius=5", {WSI_U8, 1}, OWN, 1},
    {"rank_gradient:footprint=disk,radius=5", {WSI_U8, 1}, OWN, 1},
    {"rank_percentile:footprint=disk,radius=5,p0=0.3", {WSI_U8, 1}, OWN, 1},
    {"rank_percentile:footprint=disk,radius=10,p0=0.3", {WSI_U8, 1}, OWN, 1},
    {"rank_entropy:footprint=disk,radius=5", {WSI_U8, 1}, OWN, 1},
    {"rank_entropy", {WSI_U16, 1}, OWN, 1},
    {"denoise_bilateral:sigma_color=0.1", {WSI_U8, 1}, OWN, 1},
    {"denoise_bilateral:sigma_color=0.1", {WSI_U8, 3}, OWN, 1},
    {"denoise_nl_means", {WSI_F32, 1}, OWN, 1},
    {"rolling_ball:radius=50", {WSI_U8, 1}, OWN, 1},
    {"rolling_ball:radius=50", {WSI_F32, 1}, OWN, 1},
    {"erosion", {WSI_U8, 1}, OWN, 1},
    {"erosion:footprint=disk,radius=5", {WSI_U8, 1}, OWN, 1},
    {"dilation:footprint=square,width=31", {WSI_U8, 1}, OWN, 1},
    {"opening:footprint=disk,radius=3", {WSI_BOOL, 1}, OWN, 1},
    {"closing:footprint=disk,radius=10", {WSI_U8, 1}, OWN, 1},
    {"opening:footprint=disk,radius=3", {WSI_F32, 1}, OWN, 1},
    {"erosion:footprint=disk,radius=10", {WSI_U8, 1}, OWN, 1},
    {"erosion:footprint=disk,radius=25", {WSI_U8, 1}, OWN, 1},
    {"erosion:footprint=square,width=51", {WSI_U8, 1}, OWN, 1},
    {"opening:footprint=disk,radius=5", {WSI_U8, 1}, OWN, 1},
    {"opening:footprint=disk,radius=25", {WSI_U8, 1}, OWN, 1},
    {"white_tophat:footprint=disk,radius=5", {WSI_U8, 1}, OWN, 1},
    {"binary_opening:footprint=disk,radius=5", {WSI_BOOL, 1}, OWN, 1},
    {"isotropic_erosion:radius=10", {WSI_BOOL, 1}, OWN, 1},
    {"isotropic_dilation:radius=10", {WSI_U8, 1}, OWN, 1},
    {"rgb2hsv", {WSI_U8, 3}, OWN, 1},
    {"rgb2hsv", {WSI_F32, 3}, OWN, 1},
    {"hsv2rgb", {WSI_F32, 3}, OWN, 1},
    {"rgb2lab", {WSI_U8, 3}, OWN, 1},
    {"rgb2lab", {WSI_F32, 3}, OWN, 1},
    {"lab2rgb", {WSI_F32, 3}, OWN, 1},
    {"rgb2xyz", {WSI_F32, 3}, OWN, 1},
    {"xyz2rgb", {WSI_F32, 3}, OWN, 1},
    {"xyz2lab", {WSI_F32, 3}, OWN, 1},
    {"lab2xyz", {WSI_F32, 3}, OWN, 1},
    {"rgb2ycbcr", {WSI_U8, 3}, OWN, 1},
    {"ycbcr2rgb", {WSI_F32, 3}, OWN, 1},
    {"rgba2rgb", {WSI_U8, 4}, OWN, 1},
    {"gray2rgb", {WSI_U8, 1}, OWN, 1},
    {"gray2rgb", {WSI_F32, 1}, OWN, 1},
    {"separate_stains:stains=hdx", {WSI_U8, 3}, OWN, 1},
    {"combine_stains:stains=hdx", {WSI_F32, 3}, OWN, 1},
    {"adjust_gamma:gamma=2.2", {WSI_U8, 3}, OWN, 1},
    {"adjust_gamma:gamma=2.2", {WSI_F32, 1}, OWN, 1},
    {"adjust_log", {WSI_F32, 1}, OWN, 1},
    {"adjust_sigmoid", {WSI_F32, 1}, OWN, 1},
    {"image_to_absorbance", {WSI_U8, 3}, OWN, 1},
    {"absorbance_to_image", {WSI_F32, 3}, OWN, 1},
    {"label2rgb", {WSI_U32, 1}, OWN, 1},
    {"overlay:label_img=@1", {WSI_U8, 3}, OWN, 2},
    {"find_boundaries", {WSI_U32, 1}, OWN, 1},
    {"find_boundaries:mode=outer", {WSI_U16, 1}, OWN, 1},
    {"expand_labels:distance=5", {WSI_U32, 1}, OWN, 1},
    {"expand_labels:distance=30", {WSI_U32, 1}, OWN, 1},
    {"sato:sigmas=[2]", {WSI_F32, 1}, OWN, 1},
    {"sato", {WSI_F32, 1}, OWN, 1},
    {"meijering:sigmas=[2],maxima=[0.02]", {WSI_F32, 1}, OWN, 1},
    {"frangi:sigmas=[2],gamma=0.02", {WSI_F32, 1}, OWN, 1},
    {"hessian_norm:sigmas=[2]", {WSI_F32, 1}, OWN, 1},
    {"hessian:sigmas=[2]", {WSI_F32, 1}, OWN, 1},
    {"structure_tensor:sigma=1", {WSI_F32, 1}, OWN, 1},
    {"corner_harris:sigma=1", {WSI_F32, 1}, OWN, 1},
    {"hessian_matrix:sigma=1", {WSI_F32, 1}, OWN, 1},
    {"hessian_matrix_det:sigma=3", {WSI_F32, 1}, OWN, 1},
    {"shape_index:sigma=1", {WSI_F32, 1}, OWN, 1},
    {"structure_tensor_eigenvalues", {WSI_F32, 3}, OWN, 1},
    {"local_binary_pattern:P=8,R=1,method=uniform", {WSI_U8, 1}, OWN, 1},
};

enum { CORE = 512, MARGIN = 96, PASSES = 15 };

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double best_time(oprun *run, wsi_isa isa, const wsi_image *src, const wsi_image *dst)
{
    const wsi_scale s = wsi_op_scale(run->op, run->params);
    const wsi_rect core = {MARGIN * s.up_x / s.down_x, MARGIN * s.up_y / s.down_y, dst->w, dst->h};
    double best = 1e9, spent = 0;
    for (int pass = 0; pass < PASSES && (pass < 3 || spent < 0.5); pass++) {
        const double start = seconds();
        oprun_tile(run, isa, src, core, NULL, dst);
        const double t = seconds() - start;
        spent += t;
        if (t < best) best = t;
    }
    return best;
}

static int bench_one(const bench_case *b)
{
    const wsi_pixfmt in[2] = {b->in, {WSI_U8, 1}};
    wsi_image src[2];
    rng r = {12345};
    oprun run = {0};
    wsi_error err = {0};
    for (int i = 0; i < b->inputs; i++) {
        src[i] = oprun_image(in[i], CORE + 2 * MARGIN, CORE + 2 * MARGIN);
        fill_image(&r, &src[i], FILL_NOISE);
    }
    if (oprun_parse(&run, b->spec, &err) != WSI_OK || oprun_prepare(&run, in, b->inputs, &err) != WSI_OK)
        return fprintf(stderr, "checkop: %s: %s\n", b->spec, err.message), 1;
    if (b->store != OWN) run.out.type = b->store;
    const wsi_rect frame = wsi_scale_frame(wsi_op_scale(run.op, run.params), (wsi_rect){0, 0, CORE, CORE});
    const wsi_image dst = oprun_image(run.out, frame.w, frame.h);
    const double outputs = (double)(frame.w * frame.h) / (CORE * CORE); /* a pixel of the input */
    const double bytes = (double)wsi_pixfmt_size(b->in) + outputs * (double)wsi_pixfmt_size(run.out);
    printf("%-38s %8sx%d -> %-8s", b->spec, wsi_dtype_name(b->in.type), b->in.channels, wsi_dtype_name(run.out.type));
    for (int isa = WSI_ISA_PLAIN; isa <= (int)wsi_cpu_best(); isa++) {
        const double ns = best_time(&run, (wsi_isa)isa, src, &dst) * 1e9 / (CORE * CORE);
        printf("  %s %8.3f ns/px %7.2f GB/s", wsi_isa_name((wsi_isa)isa), ns, bytes / ns);
    }
    printf("\n");
    oprun_clear(&run);
    wsi_free(dst.data);
    for (int i = 0; i < b->inputs; i++) wsi_free(src[i].data);
    return 0;
}

int checkop_bench(const char *only)
{
    int failed = 0;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const size_t name = strcspn(cases[i].spec, ":");
        if (only && (strlen(only) != name || strncmp(only, cases[i].spec, name) != 0)) continue;
        failed |= bench_one(&cases[i]);
    }
    return failed;
}
