/* structure_tensor and corner_harris with windows of a small reach, in one pass over memory. A thread has a column of
 * products: it marches down three columns of the source, multiplies derivatives, and sums along y a few rows at a time
 * from windows of the three products in registers. The sums go through shared memory, where threads sum all three
 * along x, four pixels each, and finish them. */
#include "structure.cuh"

enum {
    SIDES = 3,   /* columns of the source that a product looks at */
    RUNS = 64,   /* of four pixels of a row, at most */
    AT_ONCE = 2, /* blocks of a multiprocessor */
    BUFFERS = 2  /* one is written while the other is read */
};
static_assert(RUNS * LANES >= MARCH_THREADS, "runs cover a block's columns");

/* The shape of a launch, for reaches up to REACH. EXACT: both are REACH, and not less. */
template <int REACH_, bool EXACT_> struct tensor_form {
    enum {
        REACH = REACH_,
        EXACT = EXACT_,
        CHUNK = 4, /* rows */
        FOURS = CHUNK / LANES,
        WINDOW = CHUNK + 2 * REACH,
        ACROSS = MARCH_THREADS - 2 * REACH, /* results across a block */
        TURNS = RUNS * CHUNK / MARCH_THREADS
    };
    static_assert(2 * REACH % CHUNK == 0, "the window fills in whole chunks");
    static_assert(ACROSS % (2 * LANES) == 0, "blocks begin at sectors of memory");
};

template <int REACH> struct tensor_weights {
    float y[REACH + 1], x[REACH + 1];
};

struct tensor_job {
    tile_source source;
    int ox, oy, w, h; /* of the result in the source */
    int strip;        /* rows of results of a block */
    int y_last, x_last;
    float scale, cval; /* cval: beyond the source after that factor, beyond products, and beyond sums along y */
};

/* The thread's column of products, as the edge mode maps it. */
struct tensor_column {
    column at[SIDES];
    int outside;  /* 1: CONSTANT's value stands for sums along y */
    int beside;   /* 1: for one of the columns of the source */
    float beyond; /* what that adds to the derivative along rows */

    template <class Load> __device__ __forceinline__ tensor_column(const tensor_job &job, const Load &load, int x)
    {
        const int w = job.source.src.w, from = (int)wsi_edge_map((wsi_edge)job.source.mode, x, w), own = max(from, 0);
#pragma unroll
        for (int k = 0; k < SIDES; k++) at[k] = column_of(job.source, load, own + k - 1, 1);
        outside = from < 0;
        beside = at[0].outside | at[2].outside;
        beyond = beyond_edge(job.source.mode, job.cval, own, w - 1);
    }

    /* The source's values in four rows of it, on the 0..1 scale. */
    template <class Load>
    __device__ __forceinline__ void values(float (&v)[SIDES][LANES], const typename Load::raw (&raw)[SIDES],
                                           const tensor_job &job, const Load &load) const
    {
#pragma unroll
        for (int k = 0; k < SIDES; k++) {
            load.values(v[k], raw[k], NULL);
            EACH_LANE v[k][j] = v[k][j] * job.scale;
        }
        if (beside)
#pragma unroll
            for (int k = 0; k < SIDES; k++) EACH_LANE v[k][j] = at[k].outside ? job.cval : v[k][j];
    }
};

/* Row y of products near or beyond the first or last row of the source. */
template <class Load>
static __device__ __forceinline__ void products_at_edge(float (&out)[PRODUCTS], const tensor_job &job,
                                                        const tensor_column &mine, const Load &load, int y)
{
    const tile_source &s = job.source;
    const int from = map_row(s, y);
#pragma unroll
    for (int p = 0; p < PRODUCTS; p++) out[p] = job.cval;
    if (from < 0) return;
    const int above = map_row(s, from - 1), below = map_row(s, from + 1);
    const rows4 rows = {{s.src.row(max(above, 0)), s.src.row(from), s.src.row(max(below, 0)), s.src.row(from)}};
    typename Load::raw raw[SIDES];
    float v[SIDES][LANES], r[SIDES][SIDES];
#pragma unroll
    for (int k = 0; k < SIDES; k++) load.fetch(raw[k], rows, mine.at[k].offset);
    mine.values(v, raw, job, load);
#pragma unroll
    for (int k = 0; k < SIDES; k++) {
        r[0][k] = above < 0 ? job.cval : v[k][0];
        r[1][k] = v[k][1];
        r[2][k] = below < 0 ? job.cval : v[k][2];
    }
    products_of(out, r[0], r[1], r[2], beyond_edge(s.mode, job.cval, from, s.src.h - 1), mine.beyond);
}

/* Rows of the source about a chunk of products, and the chunk after it on its way. */
template <class Form, class Load> struct tensor_source {
    enum { CHUNK = Form::CHUNK };
    typename Load::raw next[Form::FOURS][SIDES];
    float v[SIDES][CHUNK + 2]; /* from the row above the chunk's first on */

    /* Takes the rows on their way as the lower ones, and keeps the last two. */
    __device__ __forceinline__ void advance(const tensor_job &job, const tensor_column &mine, const Load &load)
    {
#pragma unroll
        for (int k = 0; k < SIDES; k++) v[k][0] = v[k][CHUNK], v[k][1] = v[k][CHUNK + 1];
#pragma unroll
        for (int f = 0; f < Form::FOURS; f++) {
            float four[SIDES][LANES];
            mine.values(four, next[f], job, load);
#pragma unroll
            for (int k = 0; k < SIDES; k++) EACH_LANE v[k][2 + f * LANES + j] = four[k][j];
        }
    }

    /* y: the first row of a chunk of products; its rows but the first two that it looks at are fetched. What lies
     * beyond the source is not looked at. */
    __device__ __forceinline__ void fetch(const tensor_job &job, const tensor_column &mine, const Load &load, int y)
    {
#pragma unroll
        for (int f = 0; f < Form::FOURS; f++) (void)fetch_rows(next[f], job.source, load, mine.at, y + 1 + f * LANES);
    }

    /* The chunk before: its last two rows are what the first one needs. */
    __device__ __forceinline__ void start(const tensor_job &job, const tensor_column &mine, const Load &load, int y)
    {
        fetch(job, mine, load, y - CHUNK);
        advance(job, mine, load);
        fetch(job, mine, load, y);
    }
};

/* A chunk of products from row y on. */
template <class Form, class Load>
static __device__ __forceinline__ void make_products(float (&window)[PRODUCTS][Form::WINDOW],
                                                     const tensor_source<Form, Load> &from, const tensor_job &job,
                                                     const tensor_column &mine, const Load &load, int y)
{
    enum { CHUNK = Form::CHUNK, NEW = 2 * Form::REACH };
    float out[PRODUCTS];
    if (y >= 1 && y + CHUNK < job.source.src.h) {
#pragma unroll
        for (int j = 0; j < CHUNK; j++) {
            const float a[3] = {from.v[0][j], from.v[1][j], from.v[2][j]};
            const float b[3] = {from.v[0][j + 1], from.v[1][j + 1], from.v[2][j + 1]};
            const float c[3] = {from.v[0][j + 2], from.v[1][j + 2], from.v[2][j + 2]};
            products_of(out, a, b, c, 0.0f, mine.beyond);
#pragma unroll
            for (int p = 0; p < PRODUCTS; p++) window[p][NEW + j] = out[p];
        }
        return;
    }
#pragma unroll 1
    for (int row = 0; row < CHUNK; row++) {
        products_at_edge(out, job, mine, load, y + row);
#pragma unroll
        for (int p = 0; p < PRODUCTS; p++)
#pragma unroll
            for (int j = 0; j < CHUNK; j++) window[p][NEW + j] = j == row ? out[p] : window[p][NEW + j];
    }
}

template <class Form> struct tensor_chunk {
    float v[PRODUCTS][Form::CHUNK][MARCH_THREADS];
};

/* Sums the chunk's `rows` rows along x, the first of which is row y of the result, and finishes their pixels. */
template <class Form, class Store>
static __device__ __forceinline__ void finish_chunk(const tensor_chunk<Form> &sums, const tensor_job &job,
                                                    const tensor_weights<Form::REACH> &w, const Store &store, int x0,
                                                    int y, int rows)
{
    enum { REACH = Form::REACH, SEEN = LANES + 2 * REACH };
    const int last = min((int)Form::ACROSS, job.w - x0);
#pragma unroll
    for (int turn = 0; turn < Form::TURNS; turn++) {
        const int run = turn * MARCH_THREADS + (int)threadIdx.x, row = run / RUNS, at = run % RUNS * LANES;
        float out[PRODUCTS][LANES];
        if (at >= last || row >= rows) continue;
#pragma unroll
        for (int p = 0; p < PRODUCTS; p++) {
            float v[SEEN];
#pragma unroll
            for (int i = 0; i < SEEN; i += LANES) {
                const float4 four = *(const float4 *)&sums.v[p][row][at + i];
                v[i] = four.x, v[i + 1] = four.y, v[i + 2] = four.z, v[i + 3] = four.w;
            }
            sum_taps<WSI_TAPS_EVEN, REACH, LANES>(out[p], v, 0, Form::EXACT ? (int)REACH : job.x_last, w.x);
        }
        store.four(y + row, x0 + at, x0 + last, out);
    }
}

template <class Form, class Load, class Store>
static __global__ void __launch_bounds__(MARCH_THREADS, AT_ONCE)
    tensor_kernel(const __grid_constant__ tensor_job job, const __grid_constant__ tensor_weights<Form::REACH> w,
                  const __grid_constant__ Load load, const __grid_constant__ Store store)
{
    enum { REACH = Form::REACH, CHUNK = Form::CHUNK, WINDOW = Form::WINDOW };
    __shared__ __align__(16) tensor_chunk<Form> sums[BUFFERS];
    const int x0 = blockIdx.x * Form::ACROSS, x = x0 - REACH + (int)threadIdx.x;
    const int y0 = blockIdx.y * job.strip, rows = min(job.strip, job.h - y0);
    const tensor_column mine(job, load, job.ox + x);
    const bool needed = x < job.w + REACH; /* the last block may have few results */
    float window[PRODUCTS][WINDOW] = {};
    tensor_source<Form, Load> from = {};
    int y = job.oy + y0 - REACH;
    from.start(job, mine, load, y);
#pragma unroll 1
    for (int row = -2 * REACH; row < rows; row += CHUNK) { /* before row 0 the windows only fill */
#pragma unroll
        for (int p = 0; p < PRODUCTS; p++)
#pragma unroll
            for (int k = 0; k < 2 * REACH; k++) window[p][k] = window[p][k + CHUNK];
        from.advance(job, mine, load);
        if (needed && row + CHUNK < rows) from.fetch(job, mine, load, y + CHUNK);
        if (needed) make_products<Form, Load>(window, from, job, mine, load, y);
        y += CHUNK;
        if (row < 0) continue;
        tensor_chunk<Form> &to = sums[row / CHUNK % BUFFERS];
#pragma unroll
        for (int p = 0; p < PRODUCTS; p++) {
            float sum[CHUNK];
            sum_taps<WSI_TAPS_EVEN, REACH, CHUNK>(sum, window[p], 0, Form::EXACT ? (int)REACH : job.y_last, w.y);
#pragma unroll
            for (int j = 0; j < CHUNK; j++) to.v[p][j][threadIdx.x] = mine.outside ? job.cval : sum[j];
        }
        __syncthreads(); /* the other buffer is written next: its readers have passed here */
        finish_chunk<Form>(to, job, w, store, x0, y0 + row, rows - row);
    }
}

template <class Form, class Load, class Store>
static wsi_status march(wsi_stream *stream, tensor_job job, const wsi_structure_state *s, const Load &load,
                        const Store &store, wsi_error *err)
{
    const wsi_taps y = wsi_taps_of(&s->y), x = wsi_taps_of(&s->x);
    const unsigned across = blocks_for(job.w, Form::ACROSS);
    tensor_weights<Form::REACH> w = {};
    for (int k = 0; k <= y.last; k++) w.y[k] = y.w[k];
    for (int k = 0; k <= x.last; k++) w.x[k] = x.w[k];
    job.strip = separable_strip(stream, job.h, (int)across, AT_ONCE);
    const dim3 grid(across, blocks_for(job.h, job.strip));
    tensor_kernel<Form, Load, Store><<<grid, MARCH_THREADS, 0, stream->handle>>>(job, w, load, store);
    return launched(stream, err);
}

template <bool EXACT, class Load, class Store>
static wsi_status run(wsi_stream *stream, const tensor_job &job, const wsi_structure_state *s, const Load &load,
                      const Store &store, wsi_error *err)
{
    if (s->y.last <= 4 && s->x.last <= 4) return march<tensor_form<4, EXACT>>(stream, job, s, load, store, err);
    return march<tensor_form<WSI_STRUCTURE_MARCH, EXACT>>(stream, job, s, load, store, err);
}

template <int TYPE, bool EXACT, class Load>
static wsi_status finish(wsi_stream *stream, const tensor_job &job, const wsi_structure_state *s, const Load &load,
                         const view &dst, wsi_error *err)
{
    const plain_finish<TYPE> as = {dst.type};
    const harris_store<TYPE> harris = {dst, as, s->by_eps, s->k};
    const tensor_store<TYPE> tensor = {dst, as, s->columns_first};
    return s->harris ? run<EXACT>(stream, job, s, load, harris, err) : run<EXACT>(stream, job, s, load, tensor, err);
}

/* float32, with the radii of sigma 1 and 2: without a look at types and how far to go. */
static bool is_usual(const wsi_structure_state *s, const view &src, const view &dst)
{
    return src.type == WSI_F32 && dst.type == WSI_F32 && s->y.last == s->x.last &&
           (s->y.last == 4 || s->y.last == WSI_STRUCTURE_MARCH);
}

wsi_status wsi_cuda_structure_march(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_structure_state *s = (const wsi_structure_state *)args->call.state;
    const view src = view_of(args->call.src[0]), dst = view_of(args->call.dst);
    const tensor_job job = {
        {src, s->mode}, (int)args->call.ox[0], (int)args->call.oy[0], dst.w, dst.h, 0, s->y.last, s->x.last, s->scale,
        s->cval};
    if (is_usual(s, src, dst)) return finish<WSI_F32, true>(stream, job, s, typed_load<float>{}, dst, err);
    return finish<WSI_DTYPE_COUNT, false>(stream, job, s, any_load{src.type, src.size, 1}, dst, err);
}
