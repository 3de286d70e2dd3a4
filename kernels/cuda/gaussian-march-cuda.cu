/* gaussian of one channel or three and small radii in one pass over memory. A thread has a column of samples of the
 * source: it marches down with a window of rows in registers and sums along y a chunk of rows at a time. The chunk's
 * sums go through shared memory, where threads sum them along x, a few results each. So shared memory sees a value few
 * times, and halo rows are read but never summed. Weights are operands in constant memory. */
#include "gaussian.cuh"
#include "march.cuh"

enum {
    WARP = 32,
    STRIP_MOST = 160, /* rows of results of a block */
    STRIP_LEAST = 32
};

/* The shape of a launch, for radii up to REACH. CHUNK: rows at a time; with more of them the window moves less often,
 * but more registers wait for loads. ACROSS: results of a thread along x, which share what they read. PLANES: of more
 * than one a block has one channel of interleaved ones, whose neighbouring samples are neighbours in shared memory. */
template <int REACH_, int CHANNELS_, int CHUNK_ = 8, int ACROSS_ = (REACH_ * CHANNELS_ > 8 ? 8 : 4), int PLANES_ = 1>
struct form {
    enum {
        REACH = REACH_,
        PLANES = PLANES_,
        CHANNELS = CHANNELS_,
        CHUNK = CHUNK_,
        ACROSS = ACROSS_,
        SPREAD = REACH * CHANNELS,                      /* samples on each side that a result along x looks at */
        SEEN = ACROSS + 2 * SPREAD,                     /* samples that a thread's results look at */
        RUNS = (MARCH_THREADS - 2 * SPREAD) / ACROSS,   /* of a row */
        COLUMNS = RUNS * ACROSS,                        /* of results across a block */
        FILL = (2 * REACH + CHUNK - 1) / CHUNK * CHUNK, /* rows that only fill the window */
        GAP = ACROSS > LANES ? LANES : 0, /* floats between runs in shared memory, so that lanes' banks differ */
        PITCH = MARCH_THREADS / ACROSS * (ACROSS + GAP),
        TURNS = (RUNS * CHUNK + MARCH_THREADS - 1) / MARCH_THREADS,
        UNROLL = REACH > 8 ? 1 : TURNS, /* a longer chunk would not fit the cache of instructions */
        /* 1: a chunk leaves a warp without a run */
        SPARE = RUNS * CHUNK <= TURNS * MARCH_THREADS - WARP && (TURNS == 1 || UNROLL == 1),
        /* blocks of a multiprocessor, as the registers of a window and a run allow */
        AT_ONCE = CHUNK + 2 * REACH + SEEN > 90 ? 2
                  : SPREAD > 8                  ? 3
                                                : 4
    };
    static_assert(ACROSS % LANES == 0 && SEEN % LANES == 0, "runs are whole vectors");
    static_assert(CHUNK % LANES == 0, "rows are loaded four at a time");
    static_assert(PLANES == 1 || CHANNELS == 1, "a plane has one channel");

    /* Where shared memory has sample i of a row. */
    static __device__ __forceinline__ int place(int i)
    {
        return i + i / ACROSS * GAP;
    }
};

/* Runs of one channel of three see a third of the samples that runs of all three would, which leaves registers for
 * large radii. */
template <int REACH> using plane_form = form<REACH, 1, 8, 8, WSI_GAUSSIAN_MARCH_COLOURS>;

/* Which of the planes a block has. Neighbouring blocks have the same pixels, so that a cache has what they share. */
template <int PLANES> static __device__ __forceinline__ int plane_of_block()
{
    return (int)(blockIdx.x % PLANES);
}

/* Bytes of the block's plane. */
struct plane_load : typed_load<uint8_t> {
    enum { PLANES = WSI_GAUSSIAN_MARCH_COLOURS };

    __device__ __forceinline__ unsigned offset(unsigned at) const
    {
        return at * PLANES + plane_of_block<PLANES>();
    }
};

template <int REACH> struct march_weights {
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

/* N neighbouring sums from v, of which taps are STEP apart: sum[j] is centred on v[REACH * STEP + j]. EXACT: the radius
 * is REACH, and not less. */
template <int REACH, int STEP, bool EXACT, int N>
static __device__ __forceinline__ void sums_of(float (&sum)[N], const float (&v)[N + 2 * REACH * STEP], int r,
                                               const float *w)
{
    static_assert(REACH <= (int)WSI_PX_FOLD_GROUP, "one group of pairs");
    enum { MIDDLE = REACH * STEP };
#pragma unroll
    for (int j = 0; j < N; j++) sum[j] = v[MIDDLE + j] * w[0];
#pragma unroll
    for (int k = 1; k <= REACH; k++) {
        if (!EXACT && k > r) break;
#pragma unroll
        for (int j = 0; j < N; j++)
            sum[j] = WSI_PX_FOLD(sum[j], w[k], v[MIDDLE + j - k * STEP], v[MIDDLE + j + k * STEP]);
    }
}

/* Bytes of the block's plane, between those of the others. */
template <int PLANES, int N>
static __device__ __forceinline__ void store_plane(char *row, const raw4 (&out)[N], int x, int end)
{
    uint8_t *to = (uint8_t *)row + x * PLANES + plane_of_block<PLANES>();
#pragma unroll
    for (int j = 0; j < N * LANES; j++)
        if (x + j < end) to[j * PLANES] = (uint8_t)(out[j / LANES].w[0] >> j % LANES * 8);
}

/* Sixteen bytes are stored as a whole where they can be. */
template <int N>
static __device__ __forceinline__ void store_samples(char *row, const raw4 (&out)[N], int x, int end, int size,
                                                     int vector)
{
    if constexpr (N == 4) {
        if (size == 1 && x + N * LANES <= end && (uintptr_t)(row + x) % sizeof(uint4) == 0) {
            *(uint4 *)(row + x) = make_uint4(out[0].w[0], out[1].w[0], out[2].w[0], out[3].w[0]);
            return;
        }
    }
#pragma unroll
    for (int k = 0; k < N; k++) store4(row, x + LANES * k, end, size, vector, out[k]);
}

template <class Form, class Finish>
static __device__ __forceinline__ void store_run(const view &dst, const Finish &finish, const float (&v)[Form::ACROSS],
                                                 int x, int end, int y)
{
    enum { FOURS = Form::ACROSS / LANES };
    raw4 out[FOURS];
#pragma unroll
    for (int k = 0; k < FOURS; k++) {
        const float *of = v + LANES * k;
        out[k] = finish.finish({of[0], of[1], of[2], of[3]});
    }
    if constexpr (Form::PLANES > 1)
        store_plane<Form::PLANES>(dst.row(y), out, x, end);
    else
        store_samples(dst.row(y), out, x, end, finish.size_of(dst.size), dst.vector);
}

/* A run of results along x, and out. */
template <class Form, bool EXACT, class Finish>
static __device__ __forceinline__ void sum_run(const float *sums, const march_job &job,
                                               const march_weights<Form::REACH> &w, const Finish &finish, int x,
                                               int end, int y)
{
    float v[Form::SEEN], sum[Form::ACROSS];
#pragma unroll
    for (int i = 0; i < Form::SEEN; i += LANES) {
        const float4 four = *(const float4 *)(sums + Form::place(i));
        v[i] = four.x, v[i + 1] = four.y, v[i + 2] = four.z, v[i + 3] = four.w;
    }
    sums_of<Form::REACH, Form::CHANNELS, EXACT, Form::ACROSS>(sum, v, job.rx, w.x);
    store_run<Form>(job.dst, finish, sum, x, end, y);
}

/* The chunk's `rows` rows along x, from row y on. The thread `first` before the block's end begins, so that it is not
 * always the same warps that have no run. */
template <class Form, bool EXACT, class Finish>
static __device__ __forceinline__ void sum_chunk(const float (*sums)[Form::PITCH], const march_job &job,
                                                 const march_weights<Form::REACH> &w, const Finish &finish, int x0,
                                                 int y, int rows, int first)
{
    const int end = min(x0 + (int)Form::COLUMNS, job.dst.w * Form::CHANNELS);
#pragma unroll(Form::UNROLL)
    for (int turn = 0; turn < Form::TURNS; turn++) {
        const int run = turn * MARCH_THREADS + (int)(threadIdx.x + first) % MARCH_THREADS, row = run / Form::RUNS;
        const int at = run % Form::RUNS * Form::ACROSS;
        if (row >= rows) break;
        if (x0 + at < end) sum_run<Form, EXACT>(sums[row] + Form::place(at), job, w, finish, x0 + at, end, y + row);
    }
}

/* A chunk of a column on its way. */
template <class Load, int CHUNK> struct chunk {
    enum { FOURS = CHUNK / LANES };
    typename Load::raw raw[FOURS][1];
    int outside[FOURS];

    __device__ __forceinline__ void fetch(const march_job &job, const Load &load, const column (&at)[1], int y)
    {
#pragma unroll
        for (int k = 0; k < FOURS; k++) outside[k] = fetch_rows(raw[k], job.source, load, at, y + k * LANES);
    }

    __device__ __forceinline__ void values(float *v, const march_job &job, const Load &load, const float *table) const
    {
#pragma unroll
        for (int k = 0; k < FOURS; k++) values_of(v + k * LANES, raw[k][0], outside[k], load, table, job.outside);
    }
};

/* Blocks of a multiprocessor: as registers allow. */
template <class Form, class Load, class Finish> struct blocks {
    static constexpr int LOAD = Load::BLOCKS, FINISH = Finish::BLOCKS, LEAST = LOAD < FINISH ? LOAD : FINISH;
    static constexpr int AT_ONCE = Form::AT_ONCE < LEAST ? Form::AT_ONCE : LEAST;
};

template <class Form, bool EXACT, class Load, class Finish>
static __global__ void __launch_bounds__(MARCH_THREADS, TILE_BLOCKS((blocks<Form, Load, Finish>::AT_ONCE)))
    gaussian_march_kernel(const __grid_constant__ march_job job, const __grid_constant__ march_weights<Form::REACH> w,
                          const __grid_constant__ Load load, const __grid_constant__ Finish finish)
{
    enum { REACH = Form::REACH, CHUNK = Form::CHUNK, CHANNELS = Form::CHANNELS };
    __shared__ __align__(16) float sums[2][CHUNK][Form::PITCH];
    extern __shared__ float4 shared[];
    const float *table = (const float *)shared;
    load.load_shared((float *)shared);
    const int x0 = blockIdx.x / Form::PLANES * Form::COLUMNS, y0 = blockIdx.y * job.strip;
    const int rows = min(job.strip, job.dst.h - y0);
    const int sample = x0 + (int)threadIdx.x; /* of those that results look at */
    const column mine[1] = {column_of(job.source, load, job.ox * CHANNELS + sample - Form::SPREAD, CHANNELS)};
    const bool needed = sample < job.dst.w * CHANNELS + 2 * Form::SPREAD; /* the last block may have few results */
    float v[CHUNK + 2 * REACH] = {};
    chunk<Load, CHUNK> next;
    int y = job.oy + y0 + REACH - Form::FILL;
    next.fetch(job, load, mine, y);
#pragma unroll 1
    for (int row = -Form::FILL; row < rows; row += CHUNK) { /* before row 0 the window only fills */
#pragma unroll
        for (int i = 0; i < 2 * REACH; i++) v[i] = v[i + CHUNK];
        if (needed) next.values(v + 2 * REACH, job, load, table);
        y += CHUNK;
        if (needed && row + CHUNK < rows) next.fetch(job, load, mine, y);
        if (row < 0) continue;
        float(*to)[Form::PITCH] = sums[row / CHUNK % 2];
#pragma unroll
        for (int first = 0; first < CHUNK; first += RUN) {
            float window[RUN + 2 * REACH], sum[RUN] = {};
#pragma unroll
            for (int i = 0; i < RUN + 2 * REACH; i++) window[i] = v[first + i];
            if (needed) sums_of<REACH, 1, EXACT, RUN>(sum, window, job.ry, w.y);
#pragma unroll
            for (int j = 0; j < RUN; j++) to[first + j][Form::place(threadIdx.x)] = mine[0].outside ? job.cval : sum[j];
        }
        __syncthreads(); /* the other half is written next: its readers have passed here */
        sum_chunk<Form, EXACT>(to, job, w, finish, x0, y0 + row, min(rows - row, (int)CHUNK),
                               Form::SPARE ? row / CHUNK * WARP : 0);
    }
}

/* Rows of a block: such that all blocks run at once, or in a whole number of rounds, so that at the end no
 * multiprocessor waits for others. Higher strips read fewer rows twice. */
static int strip_of(const wsi_stream *stream, int rows, int across, int at_once, int chunk)
{
    const int room = stream->device->info.multiprocessors * at_once;
    for (int rounds = 1;; rounds++) {
        const int down = rounds * room / across > 1 ? rounds * room / across : 1;
        const int strip = ((rows + down - 1) / down + chunk - 1) / chunk * chunk;
        if (strip < STRIP_LEAST) return STRIP_LEAST;
        if (strip <= STRIP_MOST) return strip;
    }
}

template <class Form, bool EXACT, class Load, class Finish>
static wsi_status march(wsi_stream *stream, march_job job, const wsi_gaussian_state *s, const Load &load,
                        const Finish &finish, wsi_error *err)
{
    march_weights<Form::REACH> w;
    const unsigned across = Form::PLANES * blocks_for((long long)job.dst.w * Form::CHANNELS, Form::COLUMNS);
    job.strip = strip_of(stream, job.dst.h, (int)across, blocks<Form, Load, Finish>::AT_ONCE, Form::CHUNK);
    memcpy(w.y, s->wy, sizeof w.y);
    memcpy(w.x, s->wx, sizeof w.x);
    const dim3 grid(across, blocks_for(job.dst.h, job.strip));
    gaussian_march_kernel<Form, EXACT, Load, Finish>
        <<<grid, MARCH_THREADS, load.shared_bytes(), stream->handle>>>(job, w, load, finish);
    return launched(stream, err);
}

template <class Load, class Finish>
static wsi_status march_any(wsi_stream *stream, const march_job &job, const wsi_gaussian_state *s, const Load &load,
                            const Finish &finish, wsi_error *err)
{
    const int reach = s->ry > s->rx ? s->ry : s->rx;
    if (reach <= 4) return march<form<4, 1>, false>(stream, job, s, load, finish, err);
    if (reach <= 8) return march<form<8, 1>, false>(stream, job, s, load, finish, err);
    return march<form<WSI_GAUSSIAN_MARCH_RADIUS, 1>, false>(stream, job, s, load, finish, err);
}

/* With the radii of sigma 1, 2 and 5, without a look at how far to go. */
static bool is_usual(const march_job &job)
{
    return (job.rx == 4 || job.rx == 8 || job.rx == WSI_GAUSSIAN_MARCH_RADIUS) && job.rx == job.ry;
}

/* Samples of one type, without a look at types. */
template <class Load, class Finish>
static wsi_status march_usual(wsi_stream *stream, const march_job &job, const wsi_gaussian_state *s, const Load &load,
                              const Finish &finish, wsi_error *err)
{
    if (s->rx == 4) return march<form<4, 1>, true>(stream, job, s, load, finish, err);
    if (s->rx == 8) return march<form<8, 1>, true>(stream, job, s, load, finish, err);
    return march<form<WSI_GAUSSIAN_MARCH_RADIUS, 1>, true>(stream, job, s, load, finish, err);
}

/* Three channels. */
static wsi_status march_colours(wsi_stream *stream, const march_job &job, const wsi_gaussian_state *s, any_load any,
                                wsi_error *err)
{
    enum { COLOURS = WSI_GAUSSIAN_MARCH_COLOURS };
    const typed_load<uint8_t> bytes = {};
    const plain_finish<WSI_U8> to_bytes = {WSI_U8};
    const plain_finish<WSI_DTYPE_COUNT> to_any = {job.dst.type};
    if (s->ry > WSI_GAUSSIAN_MARCH_COLOUR_RADIUS || s->rx > WSI_GAUSSIAN_MARCH_COLOUR_RADIUS) {
        typedef plane_form<WSI_GAUSSIAN_MARCH_RADIUS> wide;
        return is_usual(job) ? march<wide, true>(stream, job, s, plane_load{}, to_bytes, err)
                             : march<wide, false>(stream, job, s, plane_load{}, to_bytes, err);
    }
    const bool usual = is_usual(job) && job.source.src.type == WSI_U8 && job.dst.type == WSI_U8;
    if (usual && s->rx == 4) return march<form<4, COLOURS, 16, 16>, true>(stream, job, s, bytes, to_bytes, err);
    if (usual) return march<form<8, COLOURS, 16, 16>, true>(stream, job, s, bytes, to_bytes, err);
    if (s->ry <= 4 && s->rx <= 4) return march<form<4, COLOURS>, false>(stream, job, s, any, to_any, err);
    return march<form<8, COLOURS>, false>(stream, job, s, any, to_any, err);
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
    const any_load any = {src.type, src.size, !p->preserve_range};
    if (dst.channels > 1) return march_colours(stream, job, s, any, err);
    if (is_usual(job) && src.type == WSI_F32 && dst.type == WSI_F32)
        return march_usual(stream, job, s, typed_load<float>{}, plain_finish<WSI_F32>{WSI_F32}, err);
    return march_any(stream, job, s, any, plain_finish<WSI_DTYPE_COUNT>{dst.type}, err);
}

extern "C" int wsi_cuda_gaussian_fusible(const wsi_group_step *step)
{
    const wsi_gaussian_state *s = (const wsi_gaussian_state *)step->state;
    return step->in.channels == 1 && wsi_gaussian_marches(s->ry, s->rx, 1, 0);
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
    if (is_usual(job) && f->src.type == WSI_F32 && f->before.count == 0)
        return march_usual(stream, job, s, typed_load<float>{}, finish, err);
    if (f->before.count == 2 && wsi_cuda_program_is_gray(f->before, f->src)) {
        const gray_load gray = {f->before.step[1].gray};
        return is_usual(job) ? march_usual(stream, job, s, gray, finish, err)
                             : march_any(stream, job, s, gray, finish, err);
    }
    return march_any(stream, job, s, program_load::of(*f), finish, err);
}
