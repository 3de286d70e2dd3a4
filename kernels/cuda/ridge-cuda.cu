/* The ridge filters and hessian_matrix: at each scale both gradients go to scratch, then the element of the matrix that
 * only one of them makes, and then the two that the other makes, with which each pixel is finished. */
#include "planes.cuh"
#include "separable.cuh"

extern "C" {
#include "kernels/ridge.h"
}

/* Along y and x: order 1 and 0; and order 0 and 1. */
typedef gradient_shape both_orders;

/* One of the two. */
template <int Y_KIND>
using one_order = single_shape<Y_KIND, Y_KIND == WSI_TAPS_ODD ? (int)WSI_TAPS_EVEN : (int)WSI_TAPS_ODD>;

/* Three channels: the first and the last swap places in order xy, in which the first is the plane's. */
struct matrix_finish {
    view dst, second;
    int columns_first;

    __device__ __forceinline__ void one(int y, int i, const float (&v)[2]) const
    {
        char *to = dst.row(y) + (long long)i * 3 * dst.size;
        const float other = ((const float *)second.row(y))[i];
        store_f32(to, dst.type, columns_first ? v[1] : v[0]);
        store_f32(to + dst.size, dst.type, columns_first ? v[0] : v[1]);
        store_f32(to + 2 * dst.size, dst.type, other);
    }

    __device__ __forceinline__ void four(int y, int i, int end, const float (&v)[2][LANES]) const
    {
        const plain_finish<WSI_DTYPE_COUNT> as = {dst.type};
        float out[3][LANES];
        plane_load4(out[2], second, y, i, end);
        EACH_LANE
        {
            out[0][j] = columns_first ? v[1][j] : v[0][j];
            out[1][j] = columns_first ? v[0][j] : v[1][j];
        }
        store_triples(dst, as, y, i, end, out);
    }
};

/* A measure at one scale, of several: `best` has the largest of those before, and gets it but at the last. */
struct measure_finish {
    view dst, second, best;
    int measure, first, last;
    wsi_px_ridge k;

    __device__ __forceinline__ float value(float hrr, float hrc, float hcc) const
    {
        const wsi_px_eigen e = wsi_px_eigen_of(hrr, hrc, hcc);
        if (measure == WSI_RIDGE_SATO) return wsi_px_sato(e, k);
        if (measure == WSI_RIDGE_MEIJERING) return wsi_px_meijering(e, k);
        if (measure == WSI_RIDGE_NORM) return wsi_px_hessian_norm(e);
        return wsi_px_frangi(e, k);
    }

    __device__ __forceinline__ void one(int y, int i, const float (&v)[2]) const
    {
        float *so_far = (float *)best.row(y) + i;
        float now = value(v[0], v[1], ((const float *)second.row(y))[i]);
        if (!first) now = wsi_px_most(*so_far, now);
        if (!last) {
            *so_far = now;
            return;
        }
        if (measure == WSI_RIDGE_HESSIAN && now <= 0.0f) now = 1.0f;
        store_f32(dst.row(y) + (long long)i * dst.size, dst.type, now);
    }

    __device__ __forceinline__ void four(int y, int i, int end, const float (&v)[2][LANES]) const
    {
        float hcc[LANES], now[LANES];
        plane_load4(hcc, second, y, i, end);
        EACH_LANE now[j] = value(v[0][j], v[1][j], hcc[j]);
        if (!first) {
            float before[LANES];
            plane_load4(before, best, y, i, end);
            EACH_LANE now[j] = wsi_px_most(before[j], now[j]);
        }
        if (!last) {
            *(float4 *)((float *)best.row(y) + i) = make_float4(now[0], now[1], now[2], now[3]);
            return;
        }
        if (measure == WSI_RIDGE_HESSIAN) EACH_LANE now[j] = now[j] <= 0.0f ? 1.0f : now[j];
        store4(dst.row(y), i, end, dst.size, dst.vector, from_f32(now, dst.type));
    }
};

/* One scale of a call. */
struct ridge_scale {
    const wsi_cuda_args *args;
    const wsi_ridge_state *state;
    const wsi_ridge_scale *scale;
    wsi_rect reach; /* of the source: where gradients are needed */
    wsi_ridge_planes at;
    ptrdiff_t device_taps;
};

static wsi_separable filter_of(const ridge_scale &r, const wsi_tap_table &derive, const wsi_tap_table &smooth,
                               float outside)
{
    wsi_separable f = {};
    f.mode = r.state->mode;
    f.verticals = f.terms = f.outs = 2;
    f.ry = f.rx = r.scale->radius;
    f.y[0] = wsi_taps_of(&derive);
    f.y[1] = wsi_taps_of(&smooth);
    f.term[0] = wsi_separable_term{0, 0, wsi_taps_of(&r.scale->smooth)};
    f.term[1] = wsi_separable_term{1, 1, wsi_taps_of(&r.scale->derive)};
    f.outside = outside;
    f.beside[0] = f.beside[1] = r.state->beside;
    return f;
}

static wsi_status run_gradients(wsi_stream *stream, const ridge_scale &r, const view &gr, const view &gc,
                                wsi_error *err)
{
    const wsi_separable f = filter_of(r, r.scale->first_derive, r.scale->first_smooth, r.state->outside);
    const separable_call call = {&f,
                                 view_of(r.args->call.src[0]),
                                 r.state->symmetric,
                                 (int)r.reach.x,
                                 (int)r.reach.y,
                                 (int)r.reach.w,
                                 (int)r.reach.h,
                                 (float *)r.args->call.scratch + r.at.sums};
    return run_separable<both_orders, false>(stream, call, r.device_taps, store_planes<2>{{gr, gc}}, err);
}

/* The filter's first or second half alone. */
static wsi_separable half_of(const wsi_separable &both, int half)
{
    wsi_separable f = both;
    f.verticals = f.terms = f.outs = 1;
    f.y[0] = both.y[half];
    f.term[0] = wsi_separable_term{0, 0, both.term[half].x};
    return f;
}

static separable_call second_call(const ridge_scale &r, const wsi_separable *f, const view &gradient)
{
    const wsi_kernel_args &call = r.args->call;
    return separable_call{f,
                          gradient,
                          0,
                          (int)(call.ox[0] - r.reach.x),
                          (int)(call.oy[0] - r.reach.y),
                          (int)call.dst.w,
                          (int)call.dst.h,
                          (float *)call.scratch + r.at.sums};
}

/* Hcc alone, then Hrr and Hrc with the rest; in order xy Hrr alone, then Hcr and Hcc. */
template <class Finish>
static wsi_status run_seconds(wsi_stream *stream, const ridge_scale &r, const view &gr, const view &gc,
                              const Finish &finish, wsi_error *err)
{
    const wsi_separable both = filter_of(r, r.scale->derive, r.scale->smooth, r.state->beside);
    const int swap = r.state->columns_first;
    const wsi_separable alone = half_of(both, swap ? 0 : 1);
    const store_planes<1> second = {{finish.second}};
    const separable_call first_call = second_call(r, &alone, swap ? gr : gc);
    if (swap)
        WSI_FORWARD((run_separable<one_order<WSI_TAPS_ODD>, true>(stream, first_call, r.device_taps, second, err)));
    else
        WSI_FORWARD((run_separable<one_order<WSI_TAPS_EVEN>, true>(stream, first_call, r.device_taps, second, err)));
    return run_separable<both_orders, true>(stream, second_call(r, &both, swap ? gc : gr), r.device_taps, finish, err);
}

static wsi_status run_scale(wsi_stream *stream, ridge_scale &r, int index, wsi_error *err)
{
    const wsi_kernel_args &call = r.args->call;
    const wsi_rect core = {call.ox[0], call.oy[0], call.dst.w, call.dst.h};
    const wsi_rect slide = {0, 0, call.src[0].w, call.src[0].h};
    r.scale = &r.state->scale[index];
    r.reach = wsi_rect_intersect(wsi_rect_grow(core, r.scale->radius, r.scale->radius), slide);
    const view gr = plane_at(*r.args, r.at.gr, r.reach.w, r.reach.h),
               gc = plane_at(*r.args, r.at.gc, r.reach.w, r.reach.h);
    const view second = plane_at(*r.args, r.at.second, call.dst.w, call.dst.h), dst = view_of(call.dst);
    WSI_FORWARD(run_gradients(stream, r, gr, gc, err));
    if (r.state->measure == WSI_RIDGE_MATRIX)
        return run_seconds(stream, r, gr, gc, matrix_finish{dst, second, r.state->columns_first}, err);
    const int last = index + 1 == r.state->sigmas.n;
    const view best = plane_at(*r.args, r.at.best, call.dst.w, call.dst.h);
    return run_seconds(stream, r, gr, gc,
                       measure_finish{dst, second, best, r.state->measure, index == 0, last, r.scale->k}, err);
}

extern "C" wsi_status wsi_cuda_ridge(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_ridge_state *state = (const wsi_ridge_state *)args->call.state;
    ridge_scale r = {};
    r.args = args;
    r.state = state;
    r.at = wsi_ridge_device_plan(&state->sigmas, args->call.dst.w, args->call.dst.h);
    r.device_taps = device_taps_of(args);
    for (int i = 0; i < state->sigmas.n; i++) WSI_FORWARD(run_scale(stream, r, i, err));
    return WSI_OK;
}
