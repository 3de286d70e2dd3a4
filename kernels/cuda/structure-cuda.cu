/* structure_tensor and corner_harris. With windows of a larger reach the three products of derivatives go to planes in
 * scratch, of which two are smoothed into scratch and the third last, with which each pixel is finished. */
#include "structure.cuh"

enum { PRODUCT_THREADS = 128, PRODUCT_ROWS = 8 /* of a thread */ };

struct product_job {
    tile_source source;
    int x, y, w, h; /* of the source: where products are needed */
    int pitch;      /* floats of a row of a plane */
    float *rr, *rc, *cc;
    float scale, cval;
};

/* A row of three neighbouring columns on the 0..1 scale. */
struct product_row {
    float v[3];
};

template <bool F32>
static __device__ __forceinline__ product_row load_product_row(const product_job &job, const column (&at)[3], int y)
{
    const tile_source &s = job.source;
    const int from = map_row(s, y);
    product_row r;
#pragma unroll
    for (int k = 0; k < 3; k++) {
        r.v[k] = job.cval;
        if (from < 0 || at[k].outside) continue;
        const char *p = s.src.row(from) + at[k].offset;
        if constexpr (F32) {
            r.v[k] = *(const float *)p * job.scale;
        } else {
            raw4 raw = {};
            float v[LANES];
            load_sample(raw, 0, p, s.src.size);
            to_f32(v, raw, s.src.type, 1);
            r.v[k] = v[0] * job.scale;
        }
    }
    return r;
}

template <bool F32>
static __global__ void __launch_bounds__(PRODUCT_THREADS) product_kernel(const __grid_constant__ product_job job)
{
    const int x = blockIdx.x * PRODUCT_THREADS + threadIdx.x;
    if (x >= job.w) return;
    const any_load load = {job.source.src.type, job.source.src.size, 1};
    const column at[3] = {column_of(job.source, load, job.x + x - 1, 1), column_of(job.source, load, job.x + x, 1),
                          column_of(job.source, load, job.x + x + 1, 1)};
    const int mode = job.source.mode;
    const float beside = beyond_edge(mode, job.cval, job.x + x, job.source.src.w - 1);
    for (int y0 = blockIdx.y * PRODUCT_ROWS; y0 < job.h; y0 += gridDim.y * PRODUCT_ROWS) {
        product_row a = load_product_row<F32>(job, at, job.y + y0 - 1), b = load_product_row<F32>(job, at, job.y + y0);
        for (int y = y0; y < min(y0 + (int)PRODUCT_ROWS, job.h); y++) {
            const product_row c = load_product_row<F32>(job, at, job.y + y + 1);
            const float beyond = beyond_edge(mode, job.cval, job.y + y, job.source.src.h - 1);
            float product[PRODUCTS];
            products_of(product, a.v, b.v, c.v, beyond, beside);
            const long long to = (long long)y * job.pitch + x;
            job.rr[to] = product[0];
            job.rc[to] = product[1];
            job.cc[to] = product[2];
            a = b;
            b = c;
        }
    }
}

typedef single_shape<WSI_TAPS_EVEN, WSI_TAPS_EVEN> window_shape;

/* The last product, when the others are smoothed already. */
template <class Store> struct last_finish {
    Store store;
    view rr, rc;

    __device__ __forceinline__ void one(int y, int i, const float (&v)[1]) const
    {
        const float all[PRODUCTS] = {((const float *)rr.row(y))[i], ((const float *)rc.row(y))[i], v[0]};
        store.one(y, i, all);
    }

    __device__ __forceinline__ void four(int y, int i, int end, const float (&v)[1][LANES]) const
    {
        float all[PRODUCTS][LANES];
        plane_load4(all[0], rr, y, i, end);
        plane_load4(all[1], rc, y, i, end);
        EACH_LANE all[2][j] = v[0][j];
        store.four(y, i, end, all);
    }
};

struct structure_call {
    const wsi_cuda_args *args;
    const wsi_structure_state *state;
    wsi_structure_planes at;
    wsi_rect reach; /* of the source: where products are needed */
};

static wsi_status run_products(wsi_stream *stream, const structure_call &c, wsi_error *err)
{
    const view src = view_of(c.args->call.src[0]);
    float *scratch = (float *)c.args->call.scratch;
    const product_job job = {{src, c.state->mode},
                             (int)c.reach.x,
                             (int)c.reach.y,
                             (int)c.reach.w,
                             (int)c.reach.h,
                             (int)wsi_plane_pitch(c.reach.w),
                             scratch + c.at.product[0],
                             scratch + c.at.product[1],
                             scratch + c.at.product[2],
                             c.state->scale,
                             c.state->cval};
    const dim3 grid(blocks_for(job.w, PRODUCT_THREADS), rows_for(blocks_for(job.h, PRODUCT_ROWS)));
    if (src.type == WSI_F32)
        product_kernel<true><<<grid, PRODUCT_THREADS, 0, stream->handle>>>(job);
    else
        product_kernel<false><<<grid, PRODUCT_THREADS, 0, stream->handle>>>(job);
    return launched(stream, err);
}

template <class Finish>
static wsi_status run_window(wsi_stream *stream, const structure_call &c, int product, const Finish &finish,
                             wsi_error *err)
{
    const wsi_kernel_args &call = c.args->call;
    wsi_separable f = {};
    f.mode = c.state->mode;
    f.verticals = f.terms = f.outs = 1;
    f.ry = c.state->y.last;
    f.rx = c.state->x.last;
    f.y[0] = wsi_taps_of(&c.state->y);
    f.term[0] = wsi_separable_term{0, 0, wsi_taps_of(&c.state->x)};
    f.outside = f.beside[0] = c.state->cval;
    const separable_call sums = {&f,
                                 plane_at(*c.args, c.at.product[product], c.reach.w, c.reach.h),
                                 0,
                                 (int)(call.ox[0] - c.reach.x),
                                 (int)(call.oy[0] - c.reach.y),
                                 (int)call.dst.w,
                                 (int)call.dst.h,
                                 (float *)call.scratch + c.at.sums};
    return run_separable<window_shape, true>(stream, sums, device_taps_of(c.args), finish, err);
}

static wsi_status through_planes(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_structure_state *s = (const wsi_structure_state *)args->call.state;
    const wsi_image *to = &args->call.dst;
    const wsi_rect core = {args->call.ox[0], args->call.oy[0], to->w, to->h};
    const wsi_rect slide = {0, 0, args->call.src[0].w, args->call.src[0].h};
    const view dst = view_of(*to);
    structure_call c = {args, s, wsi_structure_device_plan(s->y.last, s->x.last, to->w, to->h), {0, 0, 0, 0}};
    c.reach = wsi_rect_intersect(wsi_rect_grow(core, s->x.last, s->y.last), slide);
    const view rr = plane_at(*c.args, c.at.smooth[0], to->w, to->h),
               rc = plane_at(*c.args, c.at.smooth[1], to->w, to->h);
    WSI_FORWARD(run_products(stream, c, err));
    WSI_FORWARD(run_window(stream, c, 0, store_planes<1>{{rr}}, err));
    WSI_FORWARD(run_window(stream, c, 1, store_planes<1>{{rc}}, err));
    const plain_finish<WSI_DTYPE_COUNT> as = {dst.type};
    const harris_store<WSI_DTYPE_COUNT> harris = {dst, as, s->by_eps, s->k};
    const tensor_store<WSI_DTYPE_COUNT> tensor = {dst, as, s->columns_first};
    return s->harris ? run_window(stream, c, 2, last_finish<decltype(harris)>{harris, rr, rc}, err)
                     : run_window(stream, c, 2, last_finish<decltype(tensor)>{tensor, rr, rc}, err);
}

extern "C" wsi_status wsi_cuda_structure(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_structure_state *s = (const wsi_structure_state *)args->call.state;
    return wsi_structure_marches(s->y.last, s->x.last) ? wsi_cuda_structure_march(stream, args, err)
                                                       : through_planes(stream, args, err);
}
