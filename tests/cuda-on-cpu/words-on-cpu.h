/* CUDA's arithmetic on bits, bytes and halves of words, and its minima, maxima and conversions, as the mathematics part
 * of CUDA's documentation has them. */
#ifndef CUDA_ON_CPU_WORDS_H
#define CUDA_ON_CPU_WORDS_H

#include <math.h>
#include <stdint.h>
#include <string.h>

#include <type_traits>

template <class A, class B> static constexpr inline auto min(A a, B b)
{
    using common = std::common_type_t<A, B>;
    if constexpr (std::is_floating_point_v<common>)
        return (common)fmin((common)a, (common)b);
    else
        return (common)b < (common)a ? (common)b : (common)a;
}

template <class A, class B> static constexpr inline auto max(A a, B b)
{
    using common = std::common_type_t<A, B>;
    if constexpr (std::is_floating_point_v<common>)
        return (common)fmax((common)a, (common)b);
    else
        return (common)a < (common)b ? (common)b : (common)a;
}

template <class To, class From> static inline To wsi_bits(From from)
{
    static_assert(sizeof(To) == sizeof(From), "the same bits");
    To to;
    memcpy(&to, &from, sizeof to);
    return to;
}

static inline float __int_as_float(int v)
{
    return wsi_bits<float>(v);
}

static inline double __longlong_as_double(long long v)
{
    return wsi_bits<double>(v);
}

/* NaN becomes 0. */
static inline float __saturatef(float v)
{
    return v > 0 ? (v < 1 ? v : 1) : 0;
}

template <class T> static inline T __ldg(const T *p)
{
    return *p;
}

/* One thread runs at a time. */
static inline unsigned atomicOr(unsigned *p, unsigned v)
{
    const unsigned before = *p;
    *p |= v;
    return before;
}

static inline int __popc(unsigned v)
{
    return __builtin_popcount(v);
}

static inline int __ffs(int v)
{
    return __builtin_ffs(v);
}

static inline unsigned __funnelshift_r(unsigned low, unsigned high, unsigned shift)
{
    return (unsigned)(((uint64_t)high << 32 | low) >> (shift & 31));
}

static inline unsigned __byte_perm(unsigned a, unsigned b, unsigned selectors)
{
    const uint64_t bytes = (uint64_t)b << 32 | a;
    unsigned v = 0;
    for (int i = 0; i < 4; i++) v |= (unsigned)(bytes >> (selectors >> (4 * i) & 7) * 8 & 0xff) << (8 * i);
    return v;
}

/* Four bytes, or two halves of 16 bits, each on its own. */
template <int BITS, class Combine> static inline unsigned wsi_each_part(unsigned a, unsigned b, Combine combine)
{
    const unsigned mask = (1u << BITS) - 1;
    unsigned v = 0;
    for (int at = 0; at < 32; at += BITS) v |= (combine(a >> at & mask, b >> at & mask) & mask) << at;
    return v;
}

#define WSI_EACH_PART(name, bits, expression)                                                                          \
    static inline unsigned name(unsigned a, unsigned b)                                                                \
    {                                                                                                                  \
        return wsi_each_part<bits>(a, b, [](unsigned x, unsigned y) -> unsigned { return expression; });               \
    }

WSI_EACH_PART(__vminu4, 8, x < y ? x : y)
WSI_EACH_PART(__vmaxu4, 8, x < y ? y : x)
WSI_EACH_PART(__vsub4, 8, x - y)
WSI_EACH_PART(__vcmpne4, 8, x != y ? 0xffu : 0)
WSI_EACH_PART(__vminu2, 16, x < y ? x : y)
WSI_EACH_PART(__vmaxu2, 16, x < y ? y : x)

static inline unsigned __vimin3_u16x2(unsigned a, unsigned b, unsigned c)
{
    return __vminu2(__vminu2(a, b), c);
}

static inline unsigned __vimax3_u16x2(unsigned a, unsigned b, unsigned c)
{
    return __vmaxu2(__vmaxu2(a, b), c);
}

static inline unsigned __dp4a(unsigned a, unsigned b, unsigned c)
{
    for (int at = 0; at < 32; at += 8) c += (a >> at & 0xff) * (b >> at & 0xff);
    return c;
}

static inline int __dp4a(int a, int b, int c)
{
    for (int at = 0; at < 32; at += 8) c += (int)(signed char)(a >> at) * (int)(signed char)(b >> at);
    return c;
}

/* What `rsqrt.approx.ftz.f32` comes within two units in the last place of: one off, for what refines it to show. */
static inline float wsi_rsqrt_approx(float v)
{
    return nextafterf((float)(1 / sqrt((double)v)), 0);
}

#endif
