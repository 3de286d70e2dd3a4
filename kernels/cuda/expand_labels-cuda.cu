/* expand_labels: one kernel goes down the columns and writes for every place the offset of its column's nearest label,
 * the other goes along the rows of these and takes the label (expand_labels.h). */
#include "samples.cuh"

#include "kernels/expand_labels.h"
#include "kernels/px/expand-px.h"

enum { EXPAND_THREADS = 256, EXPAND_STRIP = 32 /* rows of results of a thread that goes down */ };

struct expand_job {
    view src, dst;
    int ox, oy;
    wsi_expand_labels_state state;
    int16_t *rows; /* of results, with the reach on both sides */
    int stride;    /* samples */
};

static __device__ __forceinline__ bool is_label(const char *p, int type, int size)
{
    if (type == WSI_F32) return *(const float *)p != 0;
    if (type == WSI_F64) return *(const double *)p != 0;
    if (size == 1) return *p != 0;
    return size == 2 ? *(const int16_t *)p != 0 : *(const int32_t *)p != 0;
}

static __global__ void __launch_bounds__(EXPAND_THREADS) expand_down_kernel(const __grid_constant__ expand_job job)
{
    const int channels = job.dst.channels, reach = (int)job.state.reach_y, type = job.src.type, size = job.src.size;
    const int i = blockIdx.x * EXPAND_THREADS + threadIdx.x, side = (int)job.state.reach_x;
    if (i >= (job.dst.w + 2 * side) * channels) return;
    const int y0 = blockIdx.y * EXPAND_STRIP, y1 = min(y0 + (int)EXPAND_STRIP, job.dst.h);
    const int x = job.ox - side + i / channels;
    const bool inside = x >= 0 && x < job.src.w;
    const char *column = job.src.p + ((long long)x * channels + i % channels) * size;
    int16_t *out = job.rows + i;
    int up = WSI_EXPAND_NONE, down = WSI_EXPAND_NONE;
    for (int y = max(y0 - reach, -job.oy); y < y1; y++) {
        const bool label = inside && is_label(column + (job.oy + y) * job.src.stride, type, size);
        up = label ? 0 : min(up + 1, (int)WSI_EXPAND_NONE);
        if (y >= y0) out[(long long)y * job.stride] = (int16_t)up;
    }
    for (int y = min(y1 - 1 + reach, job.src.h - 1 - job.oy); y >= y0; y--) {
        const bool label = inside && is_label(column + (job.oy + y) * job.src.stride, type, size);
        down = label ? 0 : min(down + 1, (int)WSI_EXPAND_NONE);
        if (y >= y1) continue;
        int16_t *at = out + (long long)y * job.stride;
        up = *at;
        *at = (int16_t)(up != WSI_EXPAND_NONE && up <= down ? -up : down);
    }
}

static __device__ __forceinline__ void take_label(const expand_job &job, int i, int y, int dx, int dy, bool found)
{
    const int size = job.dst.size;
    char *to = job.dst.row(y) + (long long)i * size;
    raw4 label = {};
    if (found) {
        const char *row = job.src.row(job.oy + y + dy);
        load_sample(label, 0, row + ((long long)(job.ox + dx) * job.dst.channels + i) * size, size);
    }
    store_sample(to, label, 0, size);
}

/* NUMBER: int where distances are whole, which is exact as well. */
template <class NUMBER>
static __global__ void __launch_bounds__(EXPAND_THREADS) expand_along_kernel(const __grid_constant__ expand_job job)
{
    const int channels = job.dst.channels, reach = (int)job.state.reach_x;
    const int i = blockIdx.x * EXPAND_THREADS + threadIdx.x;
    if (i >= job.dst.w * channels) return;
    const NUMBER row_step = (NUMBER)job.state.row_step, column_step = (NUMBER)job.state.column_step;
    for (int y = blockIdx.y; y < job.dst.h; y += gridDim.y) {
        const int16_t *rows = job.rows + (long long)y * job.stride + i;
        NUMBER nearest = 0;
        int column = 0, row = WSI_EXPAND_NONE;
        for (int dx = -reach; dx <= reach; dx++, rows += channels) {
            const int dy = *rows;
            const NUMBER square = WSI_PX_SQUARE((NUMBER)dy, row_step) + WSI_PX_SQUARE((NUMBER)dx, column_step);
            if (dy == WSI_EXPAND_NONE || (row != WSI_EXPAND_NONE && !(square < nearest))) continue;
            nearest = square, column = dx, row = dy;
        }
        take_label(job, i, y, column, row, row != WSI_EXPAND_NONE && (double)nearest <= job.state.farthest);
    }
}

extern "C" wsi_status wsi_cuda_expand_labels(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_kernel_args *c = &args->call;
    const wsi_expand_labels_state *s = (const wsi_expand_labels_state *)c->state;
    const int channels = c->dst.fmt.channels;
    const expand_job job = {view_of(c->src[0]),
                            view_of(c->dst),
                            (int)c->ox[0],
                            (int)c->oy[0],
                            *s,
                            (int16_t *)c->scratch,
                            (int)wsi_expand_samples(c->dst.w, s->reach_x, channels)};
    const dim3 down(blocks_for((job.dst.w + 2 * s->reach_x) * channels, EXPAND_THREADS),
                    blocks_for(job.dst.h, EXPAND_STRIP));
    const dim3 along(blocks_for((long long)job.dst.w * channels, EXPAND_THREADS), rows_for(job.dst.h));
    expand_down_kernel<<<down, EXPAND_THREADS, 0, stream->handle>>>(job);
    WSI_FORWARD(launched(stream, err));
    if (s->row_step == 1 && s->column_step == 1)
        expand_along_kernel<int><<<along, EXPAND_THREADS, 0, stream->handle>>>(job);
    else
        expand_along_kernel<double><<<along, EXPAND_THREADS, 0, stream->handle>>>(job);
    return launched(stream, err);
}
