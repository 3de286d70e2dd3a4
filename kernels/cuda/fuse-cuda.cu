/* Fused groups (device-fuse.h): taking a chain's steps into programs, and the kernel of groups without a filter, which
 * reads the first step's pixels, runs the program on them in registers, and stores the last step's. */
#include "fuse.cuh"
#include "pointwise.cuh"

enum {
    FUSED_BLOCKS = 7, /* a multiprocessor, at least: then registers suffice */
    HEAVY_BLOCKS = 4, /* with heavy instructions */
    FUSED_ROWS = 16   /* a block's, at least: it loads its table once */
};

extern "C" wsi_status wsi_cuda_gaussian(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err);
extern "C" wsi_status wsi_cuda_edges(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err);

/* Four pixels of CHANNELS, interleaved as in memory. */
template <int CHANNELS> struct packed_pixels {
    raw4_narrow r[CHANNELS];

    __device__ __forceinline__ void load(const view &src, int y, int group)
    {
#pragma unroll
        for (int k = 0; k < CHANNELS; k++)
            r[k] = load4<LANES>(src.row(y), LANES * (CHANNELS * group + k), CHANNELS * src.w, src.size, src.vector);
    }

    __device__ __forceinline__ void store(const view &dst, int y, int group) const
    {
#pragma unroll
        for (int k = 0; k < CHANNELS; k++)
            store4(dst.row(y), LANES * (CHANNELS * group + k), CHANNELS * dst.w, dst.size, dst.vector, r[k]);
    }

    template <class T> __device__ __forceinline__ void unpack_as(pixels4 &p) const
    {
#pragma unroll
        for (int at = 0; at < CHANNELS * LANES; at++)
            p.v[at % CHANNELS][at / CHANNELS] = take<T>(r[at / LANES], at % LANES);
    }

    template <class T> __device__ __forceinline__ void pack_as(const pixels4 &p)
    {
#pragma unroll
        for (int at = 0; at < CHANNELS * LANES; at++)
            put<T>(r[at / LANES], at % LANES, (T)p.v[at % CHANNELS][at / CHANNELS]);
    }

    __device__ __forceinline__ void unpack(pixels4 &p, int size) const
    {
        if (size == 1)
            unpack_as<uint8_t>(p);
        else if (size == 2)
            unpack_as<uint16_t>(p);
        else
            unpack_as<uint32_t>(p);
    }

    __device__ __forceinline__ void pack(const pixels4 &p, int size)
    {
#pragma unroll
        for (int k = 0; k < CHANNELS; k++) r[k] = raw4_narrow{};
        if (size == 1)
            pack_as<uint8_t>(p);
        else if (size == 2)
            pack_as<uint16_t>(p);
        else
            pack_as<uint32_t>(p);
    }
};

static __device__ __forceinline__ void store_pixels(const pixels4 &p, const view &dst, int y, int group)
{
    if (dst.channels == 1) {
        packed_pixels<1> out;
        out.pack(p, dst.size);
        out.store(dst, y, group);
    } else if (dst.channels == 2) {
        packed_pixels<2> out;
        out.pack(p, dst.size);
        out.store(dst, y, group);
    } else {
        packed_pixels<3> out;
        out.pack(p, dst.size);
        out.store(dst, y, group);
    }
}

/* The thread's next pixels are under way while it computes. */
template <int CHANNELS, bool HEAVY>
static __global__ void __launch_bounds__(POINT_THREADS, HEAVY ? HEAVY_BLOCKS : FUSED_BLOCKS)
    fused_kernel(const __grid_constant__ fused_job job, int groups)
{
    extern __shared__ float4 shared[];
    load_table((float *)shared, job.p);
    __syncthreads();
    const int group = blockIdx.x * POINT_THREADS + threadIdx.x;
    if (group >= groups) return;
    packed_pixels<CHANNELS> next;
    next.load(job.src, blockIdx.y, group);
    for (int y = blockIdx.y; y < job.dst.h; y += gridDim.y) {
        pixels4 p = {};
        next.unpack(p, job.src.size);
        if (y + (int)gridDim.y < job.dst.h) next.load(job.src, y + gridDim.y, group);
        run_program<PROGRAM_CHANNELS, HEAVY>(p, job.p, (const float *)shared);
        store_pixels(p, job.dst, y, group);
    }
}

template <bool HEAVY> static wsi_status run_points(wsi_stream *stream, const fused_job &job, wsi_error *err)
{
    const int groups = (job.dst.w + LANES - 1) / LANES;
    const dim3 grid(blocks_for(groups, POINT_THREADS), rows_for(blocks_for(job.dst.h, FUSED_ROWS)));
    const size_t shared = (size_t)job.p.table_floats * sizeof(float);
    const auto kernel = job.src.channels == 1   ? fused_kernel<1, HEAVY>
                        : job.src.channels == 2 ? fused_kernel<2, HEAVY>
                                                : fused_kernel<3, HEAVY>;
    kernel<<<grid, POINT_THREADS, shared, stream->handle>>>(job, groups);
    return launched(stream, err);
}

/* What the steps became. */
struct group_plan {
    int filter; /* its index; -1 without one */
    program before, after;
};

/* A filter's own conversions are the last of what comes before it and the first of what comes after. */
static int add_filter(group_plan *g, const wsi_group_step *step, int index)
{
    const int edges = step->op->cuda == wsi_cuda_edges, gaussian = step->op->cuda == wsi_cuda_gaussian;
    const int types = wsi_cuda_program_takes(step->in) && wsi_cuda_program_takes(step->out);
    if (!types || step->inputs != 1 || (index > 0 && step->in.channels != 1) || g->before.heavy) return 0;
    if (!edges && !(gaussian && wsi_cuda_gaussian_fusible(step))) return 0;
    if (!wsi_cuda_program_load(&g->before, step->in.type, 1)) return 0;
    (void)wsi_cuda_program_store(&g->after, step->out.type, 1); /* the first of a program has room */
    g->filter = index;
    return 1;
}

/* After a filter samples are looked at one by one, whatever their channel. */
static int add_after(program *p, const wsi_group_step *step)
{
    program longer = *p;
    wsi_group_step alone = *step;
    if (step->in.channels != step->out.channels) return 0;
    alone.in.channels = alone.out.channels = 1;
    if (!wsi_cuda_program_add(&longer, &alone, NULL)) return 0;
    for (int i = p->count; i < longer.count; i++)
        if (longer.step[i].code >= CODE_FIRST_MIXING) return 0;
    *p = longer;
    return 1;
}

/* The steps from the first on that make one group; args may be NULL: then nothing is to be run. */
static int plan_group(group_plan *g, const wsi_group_step *steps, const wsi_cuda_args *args, int count)
{
    memset(g, 0, sizeof *g);
    g->filter = -1;
    int n = 0;
    for (; n < count && n < WSI_GROUP_STEPS_MAX; n++) {
        if (g->filter >= 0) {
            if (!add_after(&g->after, &steps[n])) break;
        } else if (!wsi_cuda_program_add(&g->before, &steps[n], args ? args[n].device_state : NULL) &&
                   !add_filter(g, &steps[n], n)) {
            break;
        }
    }
    return n;
}

extern "C" int wsi_device_group(const wsi_group_step *steps, int count)
{
    group_plan g;
    const int n = plan_group(&g, steps, NULL, count);
    return n < 2 ? 1 : n;
}

static bool same_image(const wsi_image &a, const wsi_image &b)
{
    return a.w == b.w && a.h == b.h && a.fmt.type == b.fmt.type && a.fmt.channels == b.fmt.channels;
}

/* Kernels count samples of a row in 32 bits, and blocks of at least 16 rows in 16. */
static bool countable(const wsi_image &im)
{
    const int64_t most_samples = INT64_C(1) << 29, most_rows = INT64_C(1) << 19;
    return im.w >= 0 && im.h >= 0 && im.w <= most_samples / im.fmt.channels && im.h <= most_rows;
}

static bool steps_join(const wsi_cuda_args *args, int count)
{
    for (int i = 0; i < count; i++) {
        const wsi_kernel_args &c = args[i].call;
        const bool inside =
            c.ox[0] >= 0 && c.oy[0] >= 0 && c.ox[0] + c.dst.w <= c.src[0].w && c.oy[0] + c.dst.h <= c.src[0].h;
        if (!inside || !countable(c.src[0]) || !countable(c.dst)) return false;
        if (i > 0 && !same_image(args[i - 1].call.dst, c.src[0])) return false;
    }
    return true;
}

/* The part of the first source that image `end` of the steps before it lies over. */
static view source_of(const wsi_cuda_args *args, int steps, const wsi_image &end)
{
    wsi_rect under = {0, 0, end.w, end.h};
    for (int i = 0; i < steps; i++) under.x += args[i].call.ox[0], under.y += args[i].call.oy[0];
    return view_of(wsi_image_crop(&args[0].call.src[0], under));
}

static wsi_status run_filter(wsi_stream *stream, const group_plan &g, const wsi_op *op, const wsi_cuda_args *args,
                             int count, wsi_error *err)
{
    const wsi_cuda_args *own = &args[g.filter];
    fused_filter f = {};
    f.src = source_of(args, g.filter, own->call.src[0]);
    f.dst = view_of(args[count - 1].call.dst);
    for (int i = g.filter; i < count; i++) f.ox += (int)args[i].call.ox[0], f.oy += (int)args[i].call.oy[0];
    f.channels = own->call.dst.fmt.channels;
    f.before = g.before;
    f.after = g.after;
    return op->cuda == wsi_cuda_edges ? wsi_cuda_edges_fused(stream, own, &f, err)
                                      : wsi_cuda_gaussian_fused(stream, own, &f, err);
}

static wsi_status queue_group(wsi_stream *stream, const wsi_op *const *ops, const wsi_cuda_args *args, int count,
                              wsi_error *err)
{
    group_plan g;
    wsi_group_step steps[WSI_GROUP_STEPS_MAX];
    for (int i = 0; i < count; i++) {
        const wsi_kernel_args *c = &args[i].call;
        steps[i] = wsi_group_step{ops[i], c->params, c->state, c->inputs, c->src[0].fmt, c->dst.fmt};
    }
    WSI_RETURN_IF(!steps_join(args, count) || plan_group(&g, steps, args, count) != count, WSI_ERR_USAGE,
                  "the steps are no group for one kernel on a GPU");
    const wsi_image &dst = args[count - 1].call.dst;
    if (dst.w == 0 || dst.h == 0) return WSI_OK;
    if (g.filter >= 0) return run_filter(stream, g, ops[g.filter], args, count, err);
    const fused_job job = {source_of(args, count, dst), view_of(dst), g.before};
    if (wsi_cuda_lines_take(&job)) return wsi_cuda_lines_run(stream, &job, err);
    return job.p.heavy ? run_points<true>(stream, job, err) : run_points<false>(stream, job, err);
}

extern "C" wsi_status wsi_device_run_group(wsi_stream *stream, const wsi_op *const *ops, const wsi_cuda_args *args,
                                           int count, wsi_error *err)
{
    WSI_RETURN_IF(count < 2 || count > WSI_GROUP_STEPS_MAX, WSI_ERR_USAGE, "a group has 2 to %d steps, not %d",
                  WSI_GROUP_STEPS_MAX, count);
    (void)cudaSetDevice(stream->device->info.index);
    WSI_FORWARD(launched(stream, err));
    wsi_status status = queue_group(stream, ops, args, count, err);
    if (status == WSI_OK && stream->device->debug) status = wsi_stream_finish(stream, err);
    if (status != WSI_OK) (void)wsi_error_prefix(err, "%s and %d more: ", ops[0]->name, count - 1);
    return status;
}
