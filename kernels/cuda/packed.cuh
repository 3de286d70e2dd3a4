/* Keys packed into words, and their minima. */
#ifndef WSI_CUDA_PACKED_CUH
#define WSI_CUDA_PACKED_CUH

#include <type_traits>

#include "keys.cuh"

/* Minima of words of packed keys, in a form that suits the hardware: `open` words. */
template <class KEY> struct packed {
    typedef KEY word;
    typedef KEY open_word;

    static __device__ __forceinline__ KEY open(KEY v)
    {
        return v;
    }

    static __device__ __forceinline__ KEY close(KEY v)
    {
        return v;
    }

    static __device__ __forceinline__ KEY least(KEY a, KEY b)
    {
        return min(a, b);
    }
};

/* Four bytes: as the upper bytes of halves, of which the lower ones do not matter. */
struct open_bytes {
    uint32_t odd, even;
};

template <> struct packed<uint8_t> {
    typedef uint32_t word;
    typedef open_bytes open_word;

    static __device__ __forceinline__ open_bytes open(uint32_t v)
    {
        return open_bytes{v, v << 8};
    }

    static __device__ __forceinline__ uint32_t close(open_bytes v)
    {
        return __byte_perm(v.even, v.odd, 0x7351);
    }

    static __device__ __forceinline__ open_bytes least(open_bytes a, open_bytes b)
    {
        return open_bytes{__vminu2(a.odd, b.odd), __vminu2(a.even, b.even)};
    }
};

template <> struct packed<uint16_t> {
    typedef uint32_t word;
    typedef uint32_t open_word;

    static __device__ __forceinline__ uint32_t open(uint32_t v)
    {
        return v;
    }

    static __device__ __forceinline__ uint32_t close(uint32_t v)
    {
        return v;
    }

    static __device__ __forceinline__ uint32_t least(uint32_t a, uint32_t b)
    {
        return __vminu2(a, b);
    }
};

/* float32 as itself: free of NaN and -0, and negated for a maximum, it needs no key. */
template <> struct packed<float> {
    typedef float word;
    typedef float open_word;

    static __device__ __forceinline__ float open(float v)
    {
        return v;
    }

    static __device__ __forceinline__ float close(float v)
    {
        return v;
    }

    static __device__ __forceinline__ float least(float a, float b)
    {
        return fminf(a, b);
    }
};

/* Four samples to keys and back. Integers and float32 only flip bits, always the same for one launch. */
template <class KEY> struct coding {
    int type, use;
    uint32_t flip; /* of each word */

    __device__ __forceinline__ coding(int type_, int use_) : type(type_), use(use_), flip(0)
    {
        const uint32_t sign = type == WSI_I8 ? 0x80808080u : type == WSI_I16 ? 0x80008000u : 0x80000000u;
        if (std::is_same<KEY, float>::value)
            flip = use == KEY_MAX ? sign : 0;
        else
            flip = (is_unsigned(type) ? 0 : sign) ^ (use == KEY_MAX ? ~0u : 0);
    }

    template <int SIZE> __device__ __forceinline__ raw_words<SIZE> encode(const raw_words<SIZE> &four) const
    {
        if constexpr (sizeof(KEY) == 8) {
            return to_keys(four, type, use);
        } else {
            raw_words<SIZE> r = four;
            if (std::is_same<KEY, float>::value)
                EACH_LANE r.w[j] = wsi_px_bits(without_nan(take<float>(four, j), use) + 0.0f);
            EACH_LANE r.w[j] ^= flip;
            return r;
        }
    }

    template <int SIZE> __device__ __forceinline__ raw_words<SIZE> decode(const raw_words<SIZE> &keys) const
    {
        if constexpr (sizeof(KEY) == 8) {
            return from_keys(keys, type, use);
        } else {
            raw_words<SIZE> r = keys;
            EACH_LANE r.w[j] ^= flip;
            return r;
        }
    }

    /* The key of one sample given by its bytes. */
    __device__ __forceinline__ KEY encode_one(uint64_t bytes) const
    {
        raw4 r = {};
        r.w[0] = (uint32_t)bytes;
        r.w[1] = (uint32_t)(bytes >> 32);
        return take<KEY>(encode(r), 0);
    }
};

/* A word of the greatest keys. */
template <class KEY> static __device__ __forceinline__ typename packed<KEY>::word greatest()
{
    if constexpr (std::is_same<KEY, float>::value)
        return __int_as_float(0x7f800000);
    else
        return (typename packed<KEY>::word) ~UINT64_C(0);
}

#endif
