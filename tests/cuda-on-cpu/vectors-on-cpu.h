/* CUDA's vector types: aligned to their size, as the loads and stores of whole vectors need. */
#ifndef CUDA_ON_CPU_VECTORS_H
#define CUDA_ON_CPU_VECTORS_H

#define WSI_VECTORS(name, type)                                                                                        \
    typedef struct __attribute__((aligned(2 * sizeof(type)))) name##2                                                  \
    {                                                                                                                  \
        type x, y;                                                                                                     \
    }                                                                                                                  \
    name##2;                                                                                                           \
    typedef struct name##3                                                                                             \
    {                                                                                                                  \
        type x, y, z;                                                                                                  \
    }                                                                                                                  \
    name##3;                                                                                                           \
    typedef struct __attribute__((aligned(4 * sizeof(type) > 16 ? 16 : 4 * sizeof(type)))) name##4                     \
    {                                                                                                                  \
        type x, y, z, w;                                                                                               \
    }                                                                                                                  \
    name##4;                                                                                                           \
    static inline name##2 make_##name##2(type x, type y)                                                               \
    {                                                                                                                  \
        const name##2 v = {x, y};                                                                                      \
        return v;                                                                                                      \
    }                                                                                                                  \
    static inline name##3 make_##name##3(type x, type y, type z)                                                       \
    {                                                                                                                  \
        const name##3 v = {x, y, z};                                                                                   \
        return v;                                                                                                      \
    }                                                                                                                  \
    static inline name##4 make_##name##4(type x, type y, type z, type w)                                               \
    {                                                                                                                  \
        const name##4 v = {x, y, z, w};                                                                                \
        return v;                                                                                                      \
    }

WSI_VECTORS(char, signed char)
WSI_VECTORS(uchar, unsigned char)
WSI_VECTORS(short, short)
WSI_VECTORS(ushort, unsigned short)
WSI_VECTORS(int, int)
WSI_VECTORS(uint, unsigned)
WSI_VECTORS(longlong, long long)
WSI_VECTORS(ulonglong, unsigned long long)
WSI_VECTORS(float, float)
WSI_VECTORS(double, double)

#ifdef __cplusplus
struct dim3 {
    unsigned x, y, z;
    constexpr dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_)
    {
    }
};
#endif

#endif
