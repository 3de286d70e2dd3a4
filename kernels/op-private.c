/* Helpers of the registry's rows. */
#include "op-private.h"

#include <math.h>
#include <string.h>

const char *const wsi_edge_names_filter[] = {"reflect", "mirror", "nearest", "constant", NULL};
const char *const wsi_edge_names_morphology[] = {"reflect", "mirror", "nearest", "constant",
                                                 "min",     "max",    "ignore",  NULL};

wsi_status wsi_need_channels(const wsi_pixfmt *in, int channels, wsi_error *err)
{
    WSI_RETURN_IF(in->channels != channels, WSI_ERR_CHAIN, "takes an image of %d channels, not of %d", channels,
                  in->channels);
    return WSI_OK;
}

wsi_status wsi_need_broadcast(const wsi_pixfmt *in, int index, wsi_error *err)
{
    WSI_RETURN_IF(in[index].channels != 1 && in[index].channels != in[0].channels, WSI_ERR_CHAIN,
                  "takes a second image of 1 channel or of %d as the first one, not of %d", in[0].channels,
                  in[index].channels);
    return WSI_OK;
}

wsi_status wsi_need_mask(const wsi_pixfmt *in, int index, wsi_error *err)
{
    WSI_RETURN_IF(index >= 0 && in[index].channels != 1, WSI_ERR_CHAIN, "takes a mask of 1 channel, not of %d",
                  in[index].channels);
    return WSI_OK;
}

wsi_status wsi_resolve_float(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)params, (void)inputs, (void)err;
    *out = (wsi_pixfmt){WSI_F32, in[0].channels};
    return WSI_OK;
}

wsi_status wsi_resolve_same(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err)
{
    (void)params, (void)inputs, (void)err;
    *out = in[0];
    return WSI_OK;
}

void wsi_type_range(wsi_dtype type, double *lo, double *hi)
{
    static const double range[WSI_DTYPE_COUNT][2] = {{0, 1},
                                                     {0, 255},
                                                     {-128, 127},
                                                     {0, 65535},
                                                     {-32768, 32767},
                                                     {0, 4294967295.0},
                                                     {-2147483648.0, 2147483647.0},
                                                     {-HUGE_VAL, HUGE_VAL},
                                                     {-HUGE_VAL, HUGE_VAL}};
    *lo = range[type][0];
    *hi = range[type][1];
}

double wsi_scale_of(wsi_dtype type)
{
    double lo, hi;
    wsi_type_range(type, &lo, &hi);
    return hi == HUGE_VAL ? 1.0 : 1.0 / hi;
}

int wsi_holds(wsi_dtype type, double value)
{
    double lo, hi;
    wsi_type_range(type, &lo, &hi);
    return hi == HUGE_VAL || (value >= lo && value <= hi && value == floor(value));
}

void wsi_sample_put(wsi_dtype type, double value, void *out)
{
    switch (type) {
    case WSI_F64:
        memcpy(out, &value, sizeof value);
        break;
    case WSI_F32:
        memcpy(out, &(float){(float)value}, sizeof(float));
        break;
    case WSI_U32:
        memcpy(out, &(uint32_t){(uint32_t)value}, sizeof(uint32_t));
        break;
    case WSI_I32:
        memcpy(out, &(int32_t){(int32_t)value}, sizeof(int32_t));
        break;
    case WSI_U16:
        memcpy(out, &(uint16_t){(uint16_t)value}, sizeof(uint16_t));
        break;
    case WSI_I16:
        memcpy(out, &(int16_t){(int16_t)value}, sizeof(int16_t));
        break;
    case WSI_I8:
        memcpy(out, &(int8_t){(int8_t)value}, sizeof(int8_t));
        break;
    default:
        memcpy(out, &(uint8_t){(uint8_t)value}, sizeof(uint8_t));
        break;
    }
}

wsi_status wsi_sample_of(wsi_dtype type, double value, const char *name, void *out, wsi_error *err)
{
    double lo, hi;
    wsi_type_range(type, &lo, &hi);
    WSI_RETURN_IF(!wsi_holds(type, value), WSI_ERR_CHAIN,
                  "parameter %s: %g does not fit the image's type %s (whole number %.0f to %.0f)", name, value,
                  wsi_dtype_name(type), lo, hi);
    wsi_sample_put(type, value, out);
    return WSI_OK;
}
