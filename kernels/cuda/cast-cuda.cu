/* cast: 81 conversions of px/cast-px.h in one kernel, which branches on both types. */
#include "pointwise.cuh"

enum { CAST_GROUPS = 4 };

/* Defines convert_NAME: from one type to each. */
#define PASTE(from, to) wsi_px_##from##_to_##to
#define DEFINE_CONVERT(value, from, tfrom)                                                                             \
    static __device__ __forceinline__ raw4 convert_##from(const raw4 &in, int to)                                      \
    {                                                                                                                  \
        raw4 out = {};                                                                                                 \
        switch (to) {                                                                                                  \
            TO(from, tfrom, WSI_BOOL, bool, uint8_t)                                                                   \
            TO(from, tfrom, WSI_U8, u8, uint8_t)                                                                       \
            TO(from, tfrom, WSI_I8, i8, int8_t)                                                                        \
            TO(from, tfrom, WSI_U16, u16, uint16_t)                                                                    \
            TO(from, tfrom, WSI_I16, i16, int16_t)                                                                     \
            TO(from, tfrom, WSI_U32, u32, uint32_t)                                                                    \
            TO(from, tfrom, WSI_I32, i32, int32_t)                                                                     \
            TO(from, tfrom, WSI_F32, f32, float)                                                                       \
            TO(from, tfrom, WSI_F64, f64, double)                                                                      \
        }                                                                                                              \
        return out;                                                                                                    \
    }
#define TO(from, tfrom, value, to, tto)                                                                                \
    case value:                                                                                                        \
        EACH_LANE put<tto>(out, j, PASTE(from, to)(take<tfrom>(in, j)));                                               \
        break;

DEFINE_CONVERT(WSI_BOOL, bool, uint8_t)
DEFINE_CONVERT(WSI_U8, u8, uint8_t)
DEFINE_CONVERT(WSI_I8, i8, int8_t)
DEFINE_CONVERT(WSI_U16, u16, uint16_t)
DEFINE_CONVERT(WSI_I16, i16, int16_t)
DEFINE_CONVERT(WSI_U32, u32, uint32_t)
DEFINE_CONVERT(WSI_I32, i32, int32_t)
DEFINE_CONVERT(WSI_F32, f32, float)
DEFINE_CONVERT(WSI_F64, f64, double)

struct cast_body {
    typedef raw4 input;
    view src, dst;
    int n;

    __device__ __forceinline__ void load(input &in, int y, int group) const
    {
        in = load4(src.row(y), LANES * group, n, src.size, src.vector);
    }

    __device__ __forceinline__ void finish(const input &in, int y, int group) const
    {
        raw4 out = {};
#define FROM(value, from, tfrom)                                                                                       \
    case value:                                                                                                        \
        out = convert_##from(in, dst.type);                                                                            \
        break;
        EACH_TYPE(src.type, FROM)
        store4(dst.row(y), LANES * group, n, dst.size, dst.vector, out);
    }
};

extern "C" wsi_status wsi_cuda_cast(wsi_stream *stream, const wsi_cuda_args *args, wsi_error *err)
{
    const view dst = view_of(args->call.dst);
    const cast_body body = {source_under(args->call, 0), dst, dst.w * dst.channels};
    return run_pointwise<CAST_GROUPS>(stream, body, body.n, dst.h, err);
}
