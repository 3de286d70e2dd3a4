/* Parameters and prepared state of the blob detectors, seen by their rows, their kernel and what selects from its
 * result. */
#ifndef WSI_BLOBS_H
#define WSI_BLOBS_H

#include "common/image.h"
#include "common/param.h"
#include "differences.h"

typedef enum wsi_blob_method { WSI_BLOB_LOG = 0, WSI_BLOB_DOG, WSI_BLOB_DOH } wsi_blob_method;

/* Scales at most, standard deviation at most, and the radius of its samples, int(4 sigma + 0.5). */
enum { WSI_BLOB_SCALES_MAX = 32, WSI_BLOB_SIGMA_MAX = 100, WSI_BLOB_RADIUS_MAX = 4 * WSI_BLOB_SIGMA_MAX };

typedef struct wsi_blob_params {
    int method; /* wsi_blob_method */
    double min_sigma, max_sigma;
    int64_t num_sigma;
    double sigma_ratio;
    int log_scale;
    wsi_floats threshold, threshold_rel; /* n = 0: none */
    double overlap;
    wsi_floats exclude_border; /* rows, columns; one for both */
} wsi_blob_params;

/* The scales of a response: sigma of each, and what a response is multiplied by. */
typedef struct wsi_blob_scales {
    int count;
    double sigma[WSI_BLOB_SCALES_MAX + 1]; /* one more for the last difference of DoG */
    double factor[WSI_BLOB_SCALES_MAX];
} wsi_blob_scales;

/* A Gaussian's samples from the middle on, and those of its second derivative. */
typedef struct wsi_blob_taps {
    int radius;
    double smooth[WSI_BLOB_RADIUS_MAX + 1], second[WSI_BLOB_RADIUS_MAX + 1];
} wsi_blob_taps;

typedef struct wsi_blob_state {
    int method, count;
    int rounded;   /* 1: all values are rounded to float32 when they are stored, as the reference's are */
    int blurs;     /* Gaussians: `count` of LoG, count + 1 of DoG, none of DoH */
    int64_t reach; /* pixels beyond a response that it depends on */
    double scale;
    double factor[WSI_BLOB_SCALES_MAX];
    wsi_box_state boxes[WSI_BLOB_SCALES_MAX];
    wsi_blob_taps taps[WSI_BLOB_SCALES_MAX + 1];
} wsi_blob_state;

/* For images of that type. CHAIN: too many scales, sigmas out of order. */
wsi_status wsi_blob_scales_of(const wsi_blob_params *p, wsi_dtype type, wsi_blob_scales *out, wsi_error *err);
/* Pixels of the image beyond a response. */
int64_t wsi_blob_reach(const wsi_blob_params *p);

/* Planes of float64 that kernels keep in scratch for a dst of w x h: the image extended by `reach` (with columns to
 * spare for whole vectors), two blurred down, responses and Gaussians of some scales, which cover dst and a pixel
 * around, and two rows. */
enum { WSI_BLOB_PLANES = 5, WSI_BLOB_PAD = 64 };
static inline int64_t wsi_blob_wide(int64_t w, int64_t reach)
{
    return w + 2 + 2 * reach + WSI_BLOB_PAD;
}

static inline int64_t wsi_blob_values(int64_t w, int64_t h, int64_t reach)
{
    const int64_t rows = (h + 2 + 2 * reach) + 2 * (h + 2) + 2;
    return wsi_blob_wide(w, reach) * rows + WSI_BLOB_PLANES * (w + 2) * (h + 2);
}

#endif
