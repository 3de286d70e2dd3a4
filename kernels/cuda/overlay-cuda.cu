/* overlay: find_boundaries marks a plane of bytes, the marks spread to their neighbours as often as the contours are
 * thick, and the image is painted where there are marks. */
#include "pointwise.cuh"

extern "C" {
#include "kernels/overlay.h"
wsi_status wsi_cuda_find_boundaries(wsi_stream *, const wsi_cuda_args *, wsi_error *);
}

enum { OVERLAY_THREADS = 128, OVERLAY_CHANNELS = 3, OVERLAY_GROUPS = 1 };

/* Marks of a rectangle; nothing lies around it. */
struct marks {
    uint8_t *p;
    int stride, w, h;

    __device__ __forceinline__ int at(int x, int y) const
    {
        return x < 0 || y < 0 || x >= w || y >= h ? 0 : p[(long long)y * stride + x];
    }
};

/* `mark` where a neighbour is a line; lines stay. */
static __global__ void __launch_bounds__(OVERLAY_THREADS) spread_kernel(marks to, marks from, int mark)
{
    const int x = blockIdx.x * OVERLAY_THREADS + threadIdx.x;
    if (x >= from.w) return;
    for (int y = blockIdx.y; y < from.h; y += gridDim.y) {
        int any = 0;
#pragma unroll
        for (int i = 0; i < 9; i++) any |= from.at(x + i % 3 - 1, y + i / 3 - 1);
        to.p[(long long)y * to.stride + x] = (uint8_t)(from.at(x, y) ? (int)WSI_OVERLAY_LINE : any ? mark : 0);
    }
}

/* Four pixels of the image, and marks on them. */
struct overlay_body {
    struct input {
        raw4 r[OVERLAY_CHANNELS];
    };
    view src, dst;
    const uint8_t *mark; /* of dst's first pixel */
    int stride;
    float scale, color[OVERLAY_CHANNELS], outline[OVERLAY_CHANNELS];

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
        const int channels = src.channels;
#pragma unroll
        for (int k = 0; k < OVERLAY_CHANNELS; k++)
            if (k < channels)
                in.r[k] = load4(src.row(y), LANES * (channels * group + k), channels * dst.w, src.size, src.vector);
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        float v[OVERLAY_CHANNELS * LANES];
        if (src.channels == 1) {
            float gray[LANES];
            to_f32(gray, in.r[0], src.type, 1);
#pragma unroll
            for (int i = 0; i < OVERLAY_CHANNELS * LANES; i++) v[i] = gray[i / OVERLAY_CHANNELS] * scale;
        } else {
#pragma unroll
            for (int k = 0; k < OVERLAY_CHANNELS; k++) to_f32(v + LANES * k, in.r[k], src.type, 1);
#pragma unroll
            for (int i = 0; i < OVERLAY_CHANNELS * LANES; i++) v[i] *= scale;
        }
        EACH_LANE
        {
            const int x = LANES * group + j, m = x < dst.w ? mark[(long long)y * stride + x] : 0;
#pragma unroll
            for (int c = 0; c < OVERLAY_CHANNELS; c++)
                if (m) v[OVERLAY_CHANNELS * j + c] = m == WSI_OVERLAY_LINE ? color[c] : outline[c];
        }
#pragma unroll
        for (int k = 0; k < OVERLAY_CHANNELS; k++)
            store4(dst.row(y), LANES * (OVERLAY_CHANNELS * group + k), OVERLAY_CHANNELS * dst.w, dst.size, dst.vector,
                   from_f32(v + LANES * k, dst.type));
    }
};

static wsi_status find_marks(wsi_stream *stream, const wsi_cuda_args *args, int labels, wsi_rect rect, const marks &m,
                             wsi_error *err)
{
    wsi_cuda_args sub = {};
    sub.call.params = &((const wsi_overlay_state *)args->call.state)->boundaries;
    sub.call.inputs = 1;
    sub.call.src[0] = args->call.src[labels];
    sub.call.ox[0] = rect.x;
    sub.call.oy[0] = rect.y;
    sub.call.dst = wsi_image{m.p, m.stride, m.w, m.h, {WSI_BOOL, 1}};
    return wsi_cuda_find_boundaries(stream, &sub, err);
}

static wsi_status spread(wsi_stream *stream, marks *now, marks *next, int64_t thickness, int64_t reach, wsi_error *err)
{
    const dim3 grid(blocks_for(now->w, OVERLAY_THREADS), rows_for(now->h));
    for (int64_t k = 0; k < reach; k++) {
        const int mark = k == thickness - 1 ? WSI_OVERLAY_OUTLINE : WSI_OVERLAY_LINE;
        spread_kernel<<<grid, OVERLAY_THREADS, 0, stream->handle>>>(*next, *now, mark);
        WSI_FORWARD(launched(stream, err));
        const marks spent = *now;
        *now = *next;
        *next = spent;
    }
    return WSI_OK;
}

extern "C" wsi_status wsi_cuda_overlay(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const wsi_kernel_args *call = &args->call;
    const wsi_overlay_params *p = (const wsi_overlay_params *)call->params;
    const wsi_overlay_state *s = (const wsi_overlay_state *)call->state;
    const int labels = p->label_img.image;
    const int64_t reach = wsi_overlay_reach(p);
    const wsi_rect rect = wsi_overlay_rect(&call->src[labels], call->ox[labels], call->oy[labels], &call->dst, reach);
    const size_t bytes = wsi_overlay_plane_bytes(call->dst.w, call->dst.h, reach);
    marks now = {(uint8_t *)call->scratch, (int)rect.w, (int)rect.w, (int)rect.h};
    marks next = {(uint8_t *)call->scratch + bytes, (int)rect.w, (int)rect.w, (int)rect.h};
    WSI_FORWARD(find_marks(stream, args, labels, rect, now, err));
    WSI_FORWARD(spread(stream, &now, &next, p->thickness, reach, err));
    const uint8_t *first = now.p + (call->oy[labels] - rect.y) * now.stride + (call->ox[labels] - rect.x);
    const overlay_body body = {source_under(*call, 0),
                               view_of(call->dst),
                               first,
                               now.stride,
                               s->scale,
                               {s->color[0], s->color[1], s->color[2]},
                               {s->outline[0], s->outline[1], s->outline[2]}};
    return run_pointwise<OVERLAY_GROUPS>(stream, body, call->dst.w, call->dst.h, err);
}
