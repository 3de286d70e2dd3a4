/* gaussian of one channel and small radii, in one pass over memory. A thread has a column of the source: it marches
 * down with a window of rows in registers and sums along y eight rows at a time. The eight rows of sums go through
 * shared memory, where each warp sums one of them along x, four results a thread. So shared memory sees a value twice,
 * and halo rows are read but never summed. Weights are operands in constant memory. */
#include "gaussian.cuh"
#include "march.cuh"

enum {
    WARP = 32,
    CHUNK = 8,        /* rows */
    STRIP_MOST = 160, /* rows of results of a block */
    STRIP_LEAST = 32
};
static_assert(MARCH_THREADS / WARP == CHUNK, "a warp sums one row of a chunk along x");
static_assert(CHUNK == 2 * LANES, "rows are loaded four at a time");

/* COLUMNS: of results across a block. */
template <int REACH> struct march_weights {
    enum { COLUMNS = MARCH_THREADS - 2 * REACH };
    float y[REACH + 1], x[REACH + 1];
};

struct march_job {
    tile_source source;
    view dst;
    int ox, oy, ry, rx;
    float outside; /* CONSTANT's value before any sum, */
    float cval;    /* and instead of a sum along y */
    int strip;     /* rows of results of a block */
};

/* n neighbouring sums from v: sum[j] is centred on v[REACH + j]. EXACT: the radius is REACH, and not less. */
template <int REACH, bool EXACT, int N>
static __device__ __forceinline__ void sums_of(float (&sum)[N], const float (&v)[N + 2 * REACH], int r, const float *w)
{
#pragma unroll
    for (int j = 0; j < N; j++) sum[j] = v[REACH + j] * w[0];
#pragma unroll
    for (int k = 1; k <= REACH; k++) {
        if (!EXACT && k > r) break;
#pragma unroll
        for (int j = 0; j < N; j++) sum[j] = WSI_PX_FOLD(sum[j], w[k], v[REACH + j - k], v[REACH + j + k]);
    }
}

/* The warp's row of a chunk: along x, and out. */
template <int REACH, bool EXACT, class Finish>
static __device__ __forceinline__ void sum_row(const float *sums, const march_job &job, const march_weights<REACH> &w,
                                               const Finish &finish, int x0, int y)
{
    const int last = min((int)w.COLUMNS, job.dst.w - x0);
#pragma unroll
    for (int half = 0; half < 2; half++) {
        const int at = half * WARP * LANES + threadIdx.x % WARP * LANES;
        float v[LANES + 2 * REACH], sum[LANES];
        if (at >= last) break;
#pragma unroll
        for (int i = 0; i < LANES + 2 * REACH; i += LANES) {
            const float4 four = *(const float4 *)(sums + at + i);
            v[i] = four.x, v[i + 1] = four.y, v[i + 2] = four.z, v[i + 3] = four.w;
        }
        sums_of<REACH, EXACT, LANES>(sum, v, job.rx, w.x);
        store4(job.dst.row(y), x0 + at, x0 + last, finish.size_of(job.dst.size), job.dst.vector, finish.finish(sum));
    }
}

/* Eight rows of a column on their way. */
template <class Load> struct chunk {
    typename Load::raw raw[2][1];
    int outside[2];

    __device__ __forceinline__ void fetch(const march_job &job, const Load &load, const column (&at)[1], int y)
    {
        outside[0] = fetch_rows(raw[0], job.source, load, at, y);
        outside[1] = fetch_rows(raw[1], job.source, load, at, y + LANES);
    }

    __device__ __forceinline__ void values(float *v, const march_job &job, const Load &load, const float *table) const
    {
#pragma unroll
        for (int k = 0; k < 2; k++) values_of(v + k * LANES, raw[k][0], outside[k], load, table, job.outside);
    }
};

/* Blocks of a multiprocessor: as registers allow. */
template <int REACH, class Load, class Finish> struct blocks {
    static constexpr int LOAD = Load::BLOCKS, FINISH = Finish::BLOCKS;
    static constexpr int AT_ONCE = REACH > 8 ? 2 : LOAD < FINISH ? LOAD : FINISH;
};

template <int REACH, bool EXACT, class Load, class Finish>
static __global__ void __launch_bounds__(MARCH_THREADS, TILE_BLOCKS((blocks<REACH, Load, Finish>::AT_ONCE)))
    gaussian_march_kernel(const __grid_constant__ march_job job, const __grid_constant__ march_weights<REACH> w,
                          const __grid_constant__ Load load, const __grid_constant__ Finish finish)
{
    __shared__ __align__(16) float sums[2][CHUNK][MARCH_THREADS];
    extern __shared__ float4 shared[];
    const float *table = (const float *)shared;
    load.load_shared((float *)shared);
    const int x0 = blockIdx.x * w.COLUMNS, y0 = blockIdx.y * job.strip, rows = min(job.strip, job.dst.h - y0);
    const column mine[1] = {column_of(job.source, load, job.ox + x0 - REACH + (int)threadIdx.x, 1)};
    const bool needed = x0 + (int)threadIdx.x < job.dst.w + 2 * REACH; /* the last block may have few results */
    float v[CHUNK + 2 * REACH] = {};
    chunk<Load> next;
    int y = job.oy + y0 - REACH;
    next.fetch(job, load, mine, y);
#pragma unroll 1
    for (int row = -2 * REACH; row < rows; row += CHUNK) { /* before row 0 the window only fills */
#pragma unroll
        for (int i = 0; i < 2 * REACH; i++) v[i] = v[i + CHUNK];
        if (needed) next.values(v + 2 * REACH, job, load, table);
        y += CHUNK;
        if (needed && row + CHUNK < rows) next.fetch(job, load, mine, y);
        if (row < 0) continue;
        float sum[CHUNK] = {};
        if (needed) sums_of<REACH, EXACT, CHUNK>(sum, v, job.ry, w.y);
        if (mine[0].outside)
#pragma unroll
            for (int j = 0; j < CHUNK; j++) sum[j] = job.cval;
        float(*to)[MARCH_THREADS] = sums[row / CHUNK % 2];
#pragma unroll
        for (int j = 0; j < CHUNK; j++) to[j][threadIdx.x] = sum[j];
        __syncthreads(); /* the other half is written next: its readers have passed here */
        const int own = row + (int)threadIdx.x / WARP;
        if (own < rows) sum_row<REACH, EXACT>(to[threadIdx.x / WARP], job, w, finish, x0, y0 + own);
    }
}

/* Rows of a block: such that all blocks run at once, or in a whole number of rounds, so that at the end no
 * multiprocessor waits for others. Higher strips read fewer rows twice. */
static int strip_of(const wsi_stream *stream, int rows, int across, int at_once)
{
    const int room = stream->device->info.multiprocessors * at_once;
    for (int rounds = 1;; rounds++) {
        const int down = rounds * room / across > 1 ? rounds * room / across : 1;
        const int strip = ((rows + down - 1) / down + CHUNK - 1) / CHUNK * CHUNK;
        if (strip < STRIP_LEAST) return STRIP_LEAST;
        if (strip <= STRIP_MOST) return strip;
    }
}

template <int REACH, bool EXACT, class Load, class Finish>
static wsi_status march(wsi_stream *stream, march_job job, const wsi_gaussian_state *s, const Load &load,
                        const Finish &finish, wsi_error *err)
{
    march_weights<REACH> w;
    const unsigned across = blocks_for(job.dst.w, w.COLUMNS);
    job.strip = strip_of(stream, job.dst.h, (int)across, blocks<REACH, Load, Finish>::AT_ONCE);
    memcpy(w.y, s->wy, sizeof w.y);
    memcpy(w.x, s->wx, sizeof w.x);
    const dim3 grid(across, blocks_for(job.dst.h, job.strip));
    gaussian_march_kernel<REACH, EXACT, Load, Finish>
        <<<grid, MARCH_THREADS, load.shared_bytes(), stream->handle>>>(job, w, load, finish);
    return launched(stream, err);
}

template <class Load, class Finish>
static wsi_status march_any(wsi_stream *stream, const march_job &job, const wsi_gaussian_state *s, const Load &load,
                            const Finish &finish, wsi_error *err)
{
    const int reach = s->ry > s->rx ? s->ry : s->rx;
    if (reach <= 4) return march<4, false>(stream, job, s, load, finish, err);
    if (reach <= 8) return march<8, false>(stream, job, s, load, finish, err);
    return march<WSI_GAUSSIAN_MARCH_RADIUS, false>(stream, job, s, load, finish, err);
}

/* float32 with the radii of sigma 1, 2 and 5: without a look at types and at how far to go. */
static bool is_usual(const march_job &job)
{
    const bool radius = job.rx == 4 || job.rx == 8 || job.rx == WSI_GAUSSIAN_MARCH_RADIUS;
    return radius && job.rx == job.ry && job.source.src.type == WSI_F32;
}

template <class Finish>
static wsi_status march_usual(wsi_stream *stream, const march_job &job, const wsi_gaussian_state *s,
                              const Finish &finish, wsi_error *err)
{
    const typed_load<float> load = {};
    if (s->rx == 4) return march<4, true>(stream, job, s, load, finish, err);
    if (s->rx == 8) return march<8, true>(stream, job, s, load, finish, err);
    return march<WSI_GAUSSIAN_MARCH_RADIUS, true>(stream, job, s, load, finish, err);
}

static march_job job_of(const wsi_cuda_args *args, const view &src, const view &dst, int ox, int oy)
{
    const wsi_gaussian_params *p = (const wsi_gaussian_params *)args->call.params;
    const wsi_gaussian_state *s = (const wsi_gaussian_state *)args->call.state;
    return march_job{{src, p->mode}, dst, ox, oy, s->ry, s->rx, s->outside, (float)p->cval, 0};
}

wsi_status wsi_cuda_gaussian_march(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_gaussian_params *p = (const wsi_gaussian_params *)args->call.params;
    const view src = view_of(args->call.src[0]), dst = view_of(args->call.dst);
    const march_job job = job_of(args, src, dst, (int)args->call.ox[0], (int)args->call.oy[0]);
    const wsi_gaussian_state *s = (const wsi_gaussian_state *)args->call.state;
    if (is_usual(job) && dst.type == WSI_F32) return march_usual(stream, job, s, plain_finish<WSI_F32>{WSI_F32}, err);
    return march_any(stream, job, s, any_load{src.type, src.size, !p->preserve_range},
                     plain_finish<WSI_DTYPE_COUNT>{dst.type}, err);
}

extern "C" int wsi_cuda_gaussian_fusible(const wsi_group_step *step)
{
    const wsi_gaussian_state *s = (const wsi_gaussian_state *)step->state;
    return wsi_gaussian_marches(s->ry, s->rx, step->in.channels);
}

/* 1 where nothing follows but the conversion to the type that is stored. */
static bool stores_only(const program &p)
{
    const int code = p.count == 1 ? p.step[0].code : -1;
    return p.count == 0 || code == CODE_F32_TO_BOOL || code == CODE_F32_TO_U8 || code == CODE_F32_TO_U16;
}

extern "C" wsi_status wsi_cuda_gaussian_fused(wsi_stream *stream, const wsi_cuda_args *args, const fused_filter *f,
                                              wsi_error *err)
{
    const wsi_gaussian_state *s = (const wsi_gaussian_state *)args->call.state;
    const march_job job = job_of(args, f->src, f->dst, f->ox, f->oy);
    const program_finish finish = {f->after, f->dst.size};
    if (f->before.count == 0 && stores_only(f->after))
        return march_any(stream, job, s, any_load{WSI_F32, 4, 0}, plain_finish<WSI_DTYPE_COUNT>{f->dst.type}, err);
    if (is_usual(job) && f->before.count == 0) return march_usual(stream, job, s, finish, err);
    return march_any(stream, job, s, program_load::of(*f), finish, err);
}
