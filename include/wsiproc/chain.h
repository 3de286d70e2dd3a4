/* Chains: what is to be done to a slide, as text; parsed once, looked at, used by any number of jobs.
 *
 *     step  = op [":" key=value {"," key=value}] ["as" NAME]
 *     value = number | word | [v,v,...] | @NAME
 *     chain = step {"|" step}          a newline counts as "|", "#" starts a comment
 *
 * A parsed chain never changes: any thread, many at once; only wsi_chain_destroy must come last and alone. */
#ifndef WSIPROC_CHAIN_H
#define WSIPROC_CHAIN_H

#include <wsiproc/slide.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wsi_chain wsi_chain;

/* Parses chain text. Checks operations, parameters, values and names; what depends on a slide's pixels is checked by
 * wsi_chain_outputs, or when a job is planned. On success the caller owns *out and gives it back with
 * wsi_chain_destroy; on failure *out is NULL.
 * Errors: CHAIN, NO_MEMORY, USAGE (no text); the message names step number, operation, parameter, value and allowed
 * range. */
WSI_API wsi_status wsi_chain_parse(const char *text, wsi_chain **out, wsi_error *err);
/* Frees *chain and sets it to NULL; NULL is accepted, twice over. No job may be using it. */
WSI_API void wsi_chain_destroy(wsi_chain **chain);

/* Canonical text: every parameter written out, in table order. Two chains with the same text are the same. Owned by the
 * chain; NULL for NULL. */
WSI_API const char *wsi_chain_text(const wsi_chain *chain);

/* ---- Steps ---- */

enum { WSI_STEP_INPUTS_MAX = 16, WSI_STEP_SOURCE = -1 };

/* One step, as whoever wrote the chain counts them. Texts are owned by the chain or static. */
typedef struct wsi_chain_step {
    const char *operation; /* "gaussian" */
    const char *summary;   /* of the operation, one line */
    const char *text;      /* canonical: operation, parameters, name */
    const char *result; /* name of its result, as `write` of jobs takes it: NAME of "as NAME", else the operation's */
    int named;          /* 1: there was an "as NAME" */
    int table;          /* 1: its result is a table of objects, not an image */
    int global;         /* 1: it must see the whole slide before its first pixel is known */
    int input_count;
    int inputs[WSI_STEP_INPUTS_MAX]; /* earlier steps whose results it takes, or WSI_STEP_SOURCE: the slide's pixels */
} wsi_chain_step;

/* Number of steps; 0 for NULL. */
WSI_API int wsi_chain_step_count(const wsi_chain *chain);
/* Errors: USAGE (no chain, no such step, no place for the answer). */
WSI_API wsi_status wsi_chain_get_step(const wsi_chain *chain, int index, wsi_chain_step *out, wsi_error *err);
/* Step that has this result, the last of that name, or -1. */
WSI_API int wsi_chain_find_step(const wsi_chain *chain, const char *result);

/* All of it as a JSON object, freed with wsi_free: {"text", "steps": [{"operation", "summary", "text", "result",
 * "named", "table", "global", "inputs": [numbers of steps, -1 = the slide]}]}. Errors: USAGE, NO_MEMORY. */
WSI_API wsi_status wsi_chain_describe(const wsi_chain *chain, char **json, wsi_error *err);

/* ---- On a slide ---- */

enum { WSI_CHAIN_OUTPUTS_MAX = 32 };

/* One result, as it comes of a level of a slide. */
typedef struct wsi_chain_output {
    const char *name; /* owned by the chain */
    int step;         /* that makes it */
    int table; /* 1: a table of objects; format, size and downsample are then those of the image it is made from */
    wsi_pixfmt format;
    int64_t w, h;                      /* pixels */
    double downsample_x, downsample_y; /* of the level's pixels, a pixel; below 1 where steps enlarge */
} wsi_chain_output;

/* What the chain makes of a level of a slide, without reading a pixel: fills outputs[0 .. *count - 1]. `write` names
 * the results, comma-separated; NULL or "" = that of the last step. Errors: CHAIN (an unknown name, a step that does
 * not take its input's format), USAGE (no chain, slide, such level, or place for the answer), NO_MEMORY. */
WSI_API wsi_status wsi_chain_outputs(const wsi_chain *chain, const wsi_slide *slide, int level, const char *write,
                                     wsi_chain_output outputs[WSI_CHAIN_OUTPUTS_MAX], int *count, wsi_error *err);

/* How far a rectangle of the results reaches into the level beyond itself, in pixels of the level on each side: the
 * halo that computing tile by tile needs for the same pixels as the whole image. Global steps count with the halo of
 * their local part; what they learn of the whole slide they learn before. Errors: as wsi_chain_outputs. */
WSI_API wsi_status wsi_chain_halo(const wsi_chain *chain, const wsi_slide *slide, int level, const char *write,
                                  int64_t *x, int64_t *y, wsi_error *err);

#ifdef __cplusplus
}
#endif
#endif
