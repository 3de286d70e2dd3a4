/* Erosion and dilation, and opening and closing as two of them: in shared memory where a tile holds the footprint. */
#include "morphology.cuh"

static wsi_status run_stage(wsi_stream *stream, const morphology_stage &stage, wsi_error *err)
{
    const wsi_footprint *f = stage.footprint;
    const wsi_pixfmt fmt = {(wsi_dtype)stage.dst.type, stage.dst.channels};
    const int samples = wsi_morphology_tile_samples(f->left + f->right + 1, fmt);
    const size_t bytes = wsi_morphology_tile_bytes(f->top + f->bottom + 1, fmt);
    if (wsi_cuda_morphology_marches(stage)) return wsi_cuda_morphology_march(stream, stage, err);
    if (wsi_cuda_morphology_columns(stage)) return wsi_cuda_morphology_column(stream, stage, err);
    if (samples == 0 || f->chords > WSI_MORPHOLOGY_TILE_CHORDS || bytes > stream->device->info.shared_memory)
        return wsi_cuda_morphology_large(stream, stage, err);
    return wsi_cuda_morphology_tile(stream, stage, samples, bytes, err);
}

/* CONSTANT's sample for a dilation or an erosion. */
static uint64_t outside_of(const wsi_morphology_state *m, int maximum)
{
    uint64_t bytes;
    memcpy(&bytes, maximum ? m->outside_max : m->outside_min, sizeof bytes);
    return bytes;
}

/* A stage from src to dst with the state's footprint, turned round or not. */
static morphology_stage stage_of(const wsi_cuda_args *args, const wsi_image &src, const wsi_image &dst, int64_t ox,
                                 int64_t oy, int maximum, int turned)
{
    const wsi_morphology_state *m = (const wsi_morphology_state *)args->call.state;
    const wsi_morphology_state *d = (const wsi_morphology_state *)args->device_state;
    morphology_stage s = {};
    s.source = tile_source{view_of(src), m->mode};
    s.dst = view_of(dst);
    s.ox = (int)ox;
    s.oy = (int)oy;
    s.use = maximum ? KEY_MAX : KEY_MIN;
    s.outside = outside_of(m, maximum);
    s.footprint = turned ? &m->mirrored : &m->footprint;
    s.device_footprint = turned ? &d->mirrored : &d->footprint;
    s.scratch = args->call.scratch;
    return s;
}

static wsi_status run_one(wsi_stream *stream, const wsi_cuda_args *args, int maximum, wsi_error *err)
{
    const wsi_kernel_args *c = &args->call;
    return run_stage(stream, stage_of(args, c->src[0], c->dst, c->ox[0], c->oy[0], maximum, 0), err);
}

/* The first stage is computed where the second looks, within the source crop: beyond that lies outside the slide,
 * where the second extends the first one's result; it may then look as far to one side as it does to the other. */
static wsi_status run_two(wsi_stream *stream, const wsi_cuda_args *args, int maximum_first, wsi_error *err)
{
    const wsi_kernel_args *c = &args->call;
    const morphology_stage whole = stage_of(args, c->src[0], c->dst, c->ox[0], c->oy[0], maximum_first, 0);
    if (wsi_cuda_morphology_pairs(whole))
        return wsi_cuda_morphology_pair(stream, whole,
                                        outside_of((const wsi_morphology_state *)c->state, !maximum_first), err);
    const wsi_footprint *back = &((const wsi_morphology_state *)c->state)->mirrored;
    const wsi_rect result = {c->ox[0], c->oy[0], c->dst.w, c->dst.h};
    const wsi_rect wanted = wsi_rect_grow(result, back->left > back->right ? back->left : back->right,
                                          back->top > back->bottom ? back->top : back->bottom);
    const wsi_rect have = wsi_rect_intersect(wanted, wsi_rect{0, 0, c->src[0].w, c->src[0].h});
    const size_t row = wsi_morphology_middle(have.w, c->dst.fmt);
    const wsi_image middle = {c->scratch, (ptrdiff_t)row, have.w, have.h, c->dst.fmt};
    morphology_stage first = stage_of(args, c->src[0], middle, have.x, have.y, maximum_first, 0);
    morphology_stage second = stage_of(args, middle, c->dst, c->ox[0] - have.x, c->oy[0] - have.y, !maximum_first, 1);
    first.scratch = second.scratch = (char *)c->scratch + row * (size_t)have.h;
    WSI_FORWARD(run_stage(stream, first, err));
    return run_stage(stream, second, err);
}

extern "C" wsi_status wsi_cuda_erosion(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run_one(stream, args, 0, err);
}

extern "C" wsi_status wsi_cuda_dilation(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run_one(stream, args, 1, err);
}

extern "C" wsi_status wsi_cuda_opening(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run_two(stream, args, 0, err);
}

extern "C" wsi_status wsi_cuda_closing(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    return run_two(stream, args, 1, err);
}
