/* What the rows of the stain normalisations share: parameters, fits, and the rounds that make them.
 *
 * A stain vector is the optical density of one unit of a stain in R, G, B; haematoxylin's comes first. A row names its
 * method when an accumulator is begun; what follows finds it there. */
#ifndef WSI_NORMALIZE_PRIVATE_H
#define WSI_NORMALIZE_PRIVATE_H

#include "colour-rule.h"
#include "normalize.h"
#include "op-private.h"
#include "reduction-params.h"
#include "reduction.h"
#include "stain.h"

/* Of all normalisations; each row has those it needs. */
typedef struct wsi_normalize_params {
    double source_intensity, alpha, beta, luminosity;
    int statistics;             /* WSI_STATISTICS_TISSUE, ... */
    wsi_floats stains, maxima;  /* of the target: the method's layout; two amounts */
    wsi_floats mean, deviation; /* of the target: normalize_reinhard */
    wsi_reduction_params over;
} wsi_normalize_params;

enum { WSI_STATISTICS_TISSUE = 0, WSI_STATISTICS_ALL };

/* A fit, as saved. Reinhard's is another. */
typedef struct wsi_stain_fit {
    double pixels; /* of tissue */
    double stain[2][3];
    double maxima[2];
    double plane[2][3]; /* the tissue's first two principal directions; of the methods that find them */
} wsi_stain_fit;

/* Rows of the tables. */
#define WSI_NORMALIZE_FLOAT(field, text, u, value, lo, hi, f)                                                          \
    {                                                                                                                  \
        .name = #field, .unit = u, .help = text, .offset = offsetof(wsi_normalize_params, field),                      \
        .type = WSI_PARAM_FLOAT, .def = value, .min = lo, .max = hi, .flags = f                                        \
    }
#define WSI_NORMALIZE_FLOATS(key, field, text, value, n, lo)                                                           \
    {                                                                                                                  \
        .name = key, .unit = "", .help = text, .offset = offsetof(wsi_normalize_params, field),                        \
        .type = WSI_PARAM_FLOATS, .def = value, .min = lo, .max = 100, .min_count = n, .max_count = n                  \
    }
#define WSI_SOURCE_PARAM(value)                                                                                        \
    WSI_NORMALIZE_FLOAT(source_intensity, "Intensity of the light where nothing absorbs.", "grey level", value, 100,   \
                        300, 0)
#define WSI_STATISTICS_PARAM(value, text)                                                                              \
    {                                                                                                                  \
        .name = "statistics", .unit = "", .help = text, .offset = offsetof(wsi_normalize_params, statistics),          \
        .type = WSI_PARAM_ENUM, .def = value, .names = wsi_statistics_names                                            \
    }
#define WSI_LUMINOSITY_PARAM                                                                                           \
    WSI_NORMALIZE_FLOAT(luminosity, "Tissue is what is darker: CIE lightness below 100 times this.", "", "0.8", 0, 1,  \
                        WSI_PARAM_MIN_OPEN)
#define WSI_STAIN_TARGET_PARAMS                                                                                        \
    WSI_NORMALIZE_FLOATS("target_stains", stains,                                                                      \
                         "Optical densities (R, G, B) of haematoxylin and then of eosin that slides are brought to.",  \
                         "[0.5626,0.7201,0.4062,0.2159,0.8012,0.5581]", 6, 0),                                         \
        WSI_NORMALIZE_FLOATS("target_maxima", maxima, "Maxima of both amounts that slides are brought to.",            \
                             "[1.9705,1.0308]", 2, 0.01)
#define WSI_OVER_PARAMS WSI_MASK_PARAM(wsi_normalize_params, over), WSI_LEVEL_PARAM(wsi_normalize_params, over)

/* What the rows have in common. */
#define WSI_NORMALIZE_ROW(name_)                                                                                       \
    .module = "color", .edge = "none", .complexity = "O(1) a pixel", .params = params,                                 \
    .param_count = WSI_COUNT(params), .params_size = sizeof(wsi_normalize_params),                                     \
    .state_size = sizeof(wsi_normalize_state), .exactness = WSI_TOLERANCE, .tolerance = 1, .backends_exact = 1,        \
    .resolve = wsi_normalize_resolve, .reduction = &reduction, .kernel_inputs = 1, .kernel = kernel,                   \
    .cuda = WSI_CUDA(name_)

/* Of their documents. */
#define WSI_NORMALIZE_DOC                                                                                              \
    "Input and result are uint8 RGB. `mask` restricts the estimate, not the result. A reference slide's fit replaces " \
    "the target of the parameters. The result is within one grey level of the formula in float64. "

extern const char *const wsi_statistics_names[];

/* wsi_op.resolve: uint8 RGB to the same; a mask of one channel. */
wsi_status wsi_normalize_resolve(const void *params, const wsi_pixfmt *in, int inputs, wsi_pixfmt *out, wsi_error *err);
/* The image that restricts the estimate, among those given to accumulate, or NULL. */
const wsi_image *wsi_normalize_mask(const wsi_fit_call *call, const wsi_image *im);

typedef struct wsi_stain_round wsi_stain_round;

typedef struct wsi_stain_method {
    /* Optical density of a value 0..255. */
    double (*density)(const wsi_normalize_params *p, int value);
    /* Which pixels are tissue. */
    void (*tissue)(const wsi_normalize_params *p, wsi_colour_rule *rule);
    double sparse;    /* weight of the sum of amounts, which then cannot be negative; < 0: amounts by least squares */
    int columns;      /* 1: the target's stain vectors are the columns of three rows, not rows of three */
    int fixed_angles; /* 1: the extreme angles are the percentiles 1 and 99 whatever alpha is */
    int rounds;
    const wsi_stain_round *round[3];
} wsi_stain_method;

/* What every accumulator begins with. */
typedef struct wsi_stain_acc {
    const wsi_stain_method *method;
    const wsi_stain_round *round;
    const wsi_normalize_params *params;
    wsi_colour_rule rule;
} wsi_stain_acc;

/* One round over the image. */
struct wsi_stain_round {
    size_t size; /* of the accumulator */
    /* After the head was filled; the rule is that of tissue. */
    void (*init)(const wsi_fit_call *call, wsi_stain_acc *acc);
    void (*accumulate)(const wsi_fit_call *call, const wsi_image *im, const wsi_image *mask, int64_t x, int64_t y,
                       wsi_stain_acc *acc);
    void (*merge)(wsi_stain_acc *acc, const wsi_stain_acc *other);
    wsi_status (*finalise)(const wsi_fit_call *call, wsi_stain_acc *acc, wsi_stain_fit *fit, wsi_error *err);
};

extern const wsi_stain_round wsi_stain_moments, wsi_stain_angles, wsi_stain_sample, wsi_stain_maxima;

/* -ln((v + 1) / source_intensity), and -ln(v / source_intensity) with v clipped to 1..source_intensity. */
double wsi_density_plus_one(const wsi_normalize_params *p, int value);
double wsi_density_clipped(const wsi_normalize_params *p, int value);
/* The brightest value whose density is at least (above = 1: more than) beta; -1: none. */
int wsi_density_limit(const wsi_stain_method *method, const wsi_normalize_params *p, int above);

/* Of two stain vectors, as in all that follows. INPUT_UNSUPPORTED when they can hardly be told apart. */
wsi_status wsi_stain_pair(const double (*stain)[3], wsi_px_pair *pair, wsi_error *err);
/* The two stain vectors that explain n densities best with few, non-negative amounts (stain-dictionary.c). */
void wsi_stain_dictionary(const double (*density)[3], const double *weight, int64_t n, double (*stain)[3]);
/* Unit length, and the one that takes more red first. */
void wsi_stain_order(double (*stain)[3]);

/* wsi_reduction's functions; a row's file has `method`. */
void wsi_stain_begin(const wsi_fit_call *call, void *acc, const wsi_stain_method *method);
void wsi_stain_accumulate(const wsi_fit_call *call, const wsi_image *im, int64_t x, int64_t y, void *acc);
void wsi_stain_merge(const wsi_fit_call *call, void *acc, const void *other);
wsi_status wsi_stain_finalise(const wsi_fit_call *call, void *acc, double *fit, wsi_error *err);
int wsi_stain_fields(const wsi_fit_call *call, wsi_fit_field fields[WSI_FIT_FIELDS_MAX]);
wsi_status wsi_stain_prepare(const wsi_fit_call *call, wsi_normalize_state *state, const wsi_stain_method *method,
                             wsi_error *err);

/* Defines `reduction` of a file that has `method`. */
#define WSI_STAIN_REDUCTION                                                                                            \
    static int rounds(const wsi_fit_call *call)                                                                        \
    {                                                                                                                  \
        (void)call;                                                                                                    \
        return method.rounds;                                                                                          \
    }                                                                                                                  \
    static size_t size(const wsi_fit_call *call)                                                                       \
    {                                                                                                                  \
        return method.round[call->round]->size;                                                                        \
    }                                                                                                                  \
    static void init(const wsi_fit_call *call, void *acc)                                                              \
    {                                                                                                                  \
        wsi_stain_begin(call, acc, &method);                                                                           \
    }                                                                                                                  \
    static wsi_status prepare(const wsi_fit_call *call, void *state, wsi_error *err)                                   \
    {                                                                                                                  \
        return wsi_stain_prepare(call, (wsi_normalize_state *)state, &method, err);                                    \
    }                                                                                                                  \
    static const wsi_reduction reduction = {                                                                           \
        .fields = wsi_stain_fields,                                                                                    \
        .takes_target = 1,                                                                                             \
        .rounds = rounds,                                                                                              \
        .size = size,                                                                                                  \
        .init = init,                                                                                                  \
        .accumulate = wsi_stain_accumulate,                                                                            \
        .merge = wsi_stain_merge,                                                                                      \
        .finalise = wsi_stain_finalise,                                                                                \
        .prepare = prepare,                                                                                            \
    };

#endif
