/* From the INPUT operands to the list of slides: files, directories, manifests, synthetic slides. */
#ifndef WSI_INPUTS_H
#define WSI_INPUTS_H

#include <stddef.h>
#include <stdint.h>

#include "common/error-private.h"
#include "common/log.h"

/* One slide. Everything is owned by the list. */
typedef struct wsi_input {
    char *path;         /* what is opened */
    char *base;         /* path of its outputs below the output folder, without extension: "sub/STEM" */
    char *id;           /* of the manifest, or NULL */
    double mpp;         /* micrometres a level-0 pixel from the manifest; 0 = not given */
    int level;          /* from the manifest; -1 = not given */
    uint64_t cost;      /* from the manifest; 0 = not given */
    char *fingerprint;  /* from the manifest: what the slide's must be; NULL = anything */
    wsi_status failure; /* not WSI_OK: cannot be processed, for the reason in failure_text */
    char *failure_text;
} wsi_input;

typedef struct wsi_inputs {
    wsi_input *items;
    size_t count, capacity;
} wsi_inputs;

typedef struct wsi_inputs_options {
    const char *output; /* folder whose files are outputs, not inputs; may be NULL or not exist yet */
    const wsi_log *log; /* may be NULL */
} wsi_inputs_options;

/* Appends the slides of one operand, in a fixed order:
 * - "synthetic:...": itself;
 * - a directory: its slides, found recursively by probing, sorted by name; hidden files and folders, "*.part" and
 *   the output folder are left out; every folder is visited once, so that links cannot loop. The structure is
 *   mirrored in `base`. One without slides is a failed input;
 * - a manifest (*.csv, *.tsv, *.txt, *.list, or a text file without extension that no driver takes): its rows;
 * - anything else: a slide, whatever it is, so that a file named by the user is never ignored.
 * Errors: USAGE (manifest that makes no sense, naming file and line), NO_MEMORY. */
wsi_status wsi_inputs_add(wsi_inputs *inputs, const char *operand, const wsi_inputs_options *options, wsi_error *err);
void wsi_inputs_clear(wsi_inputs *inputs);
/* Frees what one slide owns, before it is taken out of the list. */
void wsi_input_clear(wsi_input *input);

/* Appends one slide; base NULL: its stem. *item (may be NULL) is valid until the next call. */
wsi_status wsi_inputs_append(wsi_inputs *inputs, const char *path, const char *base, wsi_input **item, wsi_error *err);

/* The same for a file that the user named: what is not a regular file becomes a failed input. */
wsi_status wsi_inputs_append_named(wsi_inputs *inputs, const char *path, const char *base, wsi_input **item,
                                   wsi_error *err);

/* File name without its last extension (".ome.tif" and ".ome.tiff" count as one); of a synthetic slide a name such
 * as synthetic-1000x1000-seed1. Freed with wsi_free; NULL without memory. */
char *wsi_input_stem(const char *path);

int wsi_input_is_synthetic(const char *path);

/* The path as it is from elsewhere, when it was given in a folder: absolute and synthetic ones as they are, others
 * below the folder; NULL: the working folder. Freed with wsi_free; NULL without memory or where that is not known. */
char *wsi_input_path_in(const char *folder, const char *path);

/* ---- The two expansions, for inputs.c ---- */

wsi_status wsi_inputs_add_manifest(wsi_inputs *inputs, const char *path, const wsi_inputs_options *options,
                                   wsi_error *err);
wsi_status wsi_inputs_add_folder(wsi_inputs *inputs, const char *path, const wsi_inputs_options *options,
                                 wsi_error *err);

#endif
