/* The table of a job's options: numbers and choices are rows of common/param.h, texts have rows of their own. Names and
 * meanings are those of the command line. */
#include "job-settings.h"

#include <string.h>

#include "common/mem.h"
#include "common/param.h"

#define FIELD(name) offsetof(wsi_job_settings, name)

static const char *const formats[] = {"auto", "hdf5", "tiff", "ome-tiff", "svs", "md5", "null", NULL};
static const char *const codecs[] = {"auto", "none", "deflate", "zstd", "lzw", "jpeg", NULL}; /* wsi_codec + 1 */
static const char *const subsamplings[] = {"auto", "444", "422", "420", NULL};                /* likewise */
static const char *const decoders[] = {"auto", "cpu", "gpu", NULL};                           /* wsi_decoder */
static const char *const keeps[] = {"auto", "never", "always", NULL};                         /* wsi_keep */
static const char *const bad_tiles[] = {"fail", "fill", NULL};
static const char *const objects[] = {"detection", "annotation", "cell", "tile", NULL}; /* wsi_object_type */

/* clang-format off */
static const wsi_param numbers[] = {
    {.name = "format", .offset = FIELD(format), .type = WSI_PARAM_ENUM, .def = "auto", .names = formats,
     .help = "Output format; auto: hdf5 with an output, otherwise no file at all"},
    {.name = "compression", .offset = FIELD(compression), .type = WSI_PARAM_ENUM, .def = "auto", .names = codecs,
     .help = "Compression of output tiles; auto: the format's own"},
    {.name = "compression-level", .offset = FIELD(compression_level), .min = 1, .max = 19, .def = "",
     .help = "Effort of deflate (1 to 12) or zstd (1 to 19)"},
    {.name = "quality", .offset = FIELD(quality), .min = 1, .max = 100, .def = "", .help = "JPEG quality; 90"},
    {.name = "subsampling", .offset = FIELD(subsampling), .type = WSI_PARAM_ENUM, .def = "auto", .names = subsamplings,
     .help = "JPEG chroma subsampling; auto: 444 from quality 90 up (422 in ome-tiff), 420 below"},
    {.name = "bigtiff", .offset = FIELD(bigtiff), .type = WSI_PARAM_BOOL, .def = "false",
     .help = "Writes BigTIFF even where classic TIFF would do"},
    {.name = "level", .offset = FIELD(level), .min = 0, .max = WSI_LEVELS_MAX - 1, .def = "0",
     .help = "Level of the slide that is processed, 0 = full resolution"},
    {.name = "mpp", .offset = FIELD(mpp), .type = WSI_PARAM_FLOAT, .min = 0, .max = 1e6, .flags = WSI_PARAM_MIN_OPEN,
     .def = "", .help = "Processes the level of this many micrometres a pixel (within 5 %) instead of `level`"},
    {.name = "mpp-override", .offset = FIELD(mpp_override), .type = WSI_PARAM_FLOAT, .min = 0, .max = 1e6, .def = "",
     .flags = WSI_PARAM_MIN_OPEN, .help = "Micrometres a pixel of level 0, whatever the slide says"},
    {.name = "tile", .offset = FIELD(tile), .min = 16, .max = 1 << 24, .def = "",
     .help = "Edge of the work tiles in pixels; never changes results. Chosen from caches, halo and memory"},
    {.name = "out-tile", .offset = FIELD(out_tile), .min = 16, .max = 8192, .def = "",
     .help = "Edge of output tiles, and of those a sink gets, in pixels, a multiple of 16; the format's own"},
    {.name = "threads", .offset = FIELD(threads), .min = 1, .max = WSI_TEAM_MAX, .def = "",
     .help = "Threads that compute at a time; all of the session, or the CPUs that this process may use"},
    {.name = "memory", .offset = FIELD(memory), .min = 1 << 20, .max = 9e18, .def = "",
     .help = "Bytes for pixels in flight; a share of the session's, or of what the machine leaves, at most 1 GiB"},
    {.name = "device-memory", .offset = FIELD(device_memory), .min = 1 << 20, .max = 9e18, .def = "",
     .help = "Bytes used on each GPU; a share of what is free there"},
    {.name = "streams", .offset = FIELD(streams), .min = 1, .max = 16, .def = "",
     .help = "Work tiles in flight on each GPU; never changes results"},
    {.name = "decoder", .offset = FIELD(decoder), .type = WSI_PARAM_ENUM, .def = "auto", .names = decoders,
     .help = "Who decodes source tiles when GPUs are used; never changes results"},
    {.name = "keep", .offset = FIELD(keep), .type = WSI_PARAM_ENUM, .def = "auto", .names = keeps,
     .help = "Whether what several passes need is kept in a scratch file or computed again"},
    {.name = "on-bad-tile", .offset = FIELD(on_bad_tile), .type = WSI_PARAM_ENUM, .def = "fail", .names = bad_tiles,
     .help = "What a tile that does not decode does: fails the job, or is filled with background and recorded"},
    {.name = "geojson-type", .offset = FIELD(geojson_type), .type = WSI_PARAM_ENUM, .def = "detection", .names = objects,
     .help = "What QuPath takes the shapes of GeoJSON tables for"},
    {.name = "overwrite", .offset = FIELD(overwrite), .type = WSI_PARAM_BOOL, .def = "false",
     .help = "Redoes outputs that are up to date as well"},
};

typedef struct text_row {
    const char *name;
    size_t offset; /* of a char * */
    const char *def, *help;
} text_row;

static const text_row texts[] = {
    {"input", FIELD(input), "", "The slide: a path, or synthetic:WxH[,seed=N,...]"},
    {"output", FIELD(output), "", "Where outputs are written: PATH.h5, PATH.NAME.tif, PATH.NAME.csv, ..."},
    {"write", FIELD(write), "the last step", "Named results that are wanted, separated by commas"},
    {"table-format", FIELD(table_format), "csv", "Formats of tables, separated by commas"},
    {"device", FIELD(device), "cpu", "auto, cpu, cuda (all GPUs) or cuda:0,1 (these); never changes results"},
    {"host-steps", FIELD(host_steps), "", "Operations, separated by commas, that stay on the CPU when GPUs are used"},
    {"scratch", FIELD(scratch), "the folder of the outputs, or the system's", "Folder for intermediate results"},
    {"within", FIELD(within), "", "Works on the source tiles alone that show some of this step's mask"},
    {"params", FIELD(params), "", "JSON of what steps learn of a whole slide, as a run saves it, instead of learning it"},
    {"reference", FIELD(reference), "", "The same of the reference slide, which normalising steps take as their target"},
};
/* clang-format on */

enum { NUMBERS = sizeof numbers / sizeof numbers[0], TEXTS = sizeof texts / sizeof texts[0] };

/* ---- Listing ---- */

int wsi_job_option_count(void)
{
    return 1 + TEXTS + NUMBERS;
}

wsi_status wsi_job_get_option(int index, wsi_job_option *out, wsi_error *err)
{
    WSI_RETURN_IF(index < 0 || index >= wsi_job_option_count() || !out, WSI_ERR_USAGE,
                  "no option %d: there are %d, or no place for the answer", index, wsi_job_option_count());
    if (index == 0)
        *out = (wsi_job_option){"chain", "The steps, separated by '|'", ""};
    else if (index <= TEXTS)
        *out = (wsi_job_option){texts[index - 1].name, texts[index - 1].help, texts[index - 1].def};
    else
        *out = (wsi_job_option){numbers[index - 1 - TEXTS].name, numbers[index - 1 - TEXTS].help,
                                numbers[index - 1 - TEXTS].def};
    return WSI_OK;
}

/* ---- Setting ---- */

static char **text_at(wsi_job_settings *s, const text_row *row)
{
    return (char **)(void *)((char *)s + row->offset);
}

wsi_status wsi_job_settings_reset(wsi_job_settings *settings, wsi_error *err)
{
    memset(settings, 0, sizeof *settings);
    return wsi_param_defaults(numbers, NUMBERS, settings, err);
}

void wsi_job_settings_clear(wsi_job_settings *settings)
{
    for (int i = 0; i < TEXTS; i++) wsi_free(*text_at(settings, &texts[i]));
    wsi_chain_destroy(&settings->chain);
}

static wsi_status set_chain(wsi_job_settings *settings, const char *value, wsi_error *err)
{
    wsi_chain *chain = NULL;
    if (value) WSI_FORWARD(wsi_chain_parse(value, &chain, err));
    wsi_chain_destroy(&settings->chain);
    settings->chain = chain;
    return WSI_OK;
}

static wsi_status set_text(char **at, const char *value, wsi_error *err)
{
    char *copy = value && value[0] ? wsi_strdup(value) : NULL;
    WSI_RETURN_IF(value && value[0] && !copy, WSI_ERR_NO_MEMORY, "no memory for an option");
    wsi_free(*at);
    *at = copy;
    return WSI_OK;
}

/* What the field holds where nothing is set: its default, or zero. */
static wsi_status set_default(wsi_job_settings *settings, const wsi_param *row, wsi_error *err)
{
    wsi_job_settings fresh;
    WSI_FORWARD(wsi_job_settings_reset(&fresh, err));
    const int wide = row->type == WSI_PARAM_INT || row->type == WSI_PARAM_FLOAT;
    memcpy((char *)settings + row->offset, (const char *)&fresh + row->offset, wide ? sizeof(int64_t) : sizeof(int));
    return WSI_OK;
}

wsi_status wsi_job_settings_set(wsi_job_settings *settings, const char *option, const char *value, wsi_error *err)
{
    if (strcmp(option, "chain") == 0) return set_chain(settings, value, err);
    for (int i = 0; i < TEXTS; i++)
        if (strcmp(option, texts[i].name) == 0) return set_text(text_at(settings, &texts[i]), value, err);
    const int row = wsi_param_find(numbers, NUMBERS, option);
    WSI_RETURN_IF(row < 0, WSI_ERR_USAGE, "a job has no option '%.80s'", option);
    if (!value) return set_default(settings, &numbers[row], err);
    const wsi_status status = wsi_param_parse(&numbers[row], value, settings, err);
    if (status == WSI_OK) return status;
    if (err) err->code = WSI_ERR_USAGE; /* it is no chain that is wrong */
    return WSI_ERR_USAGE;
}

/* ---- The specification ---- */

static wsi_status find_devices(const wsi_job_settings *s, const wsi_log *log, wsi_job_spec *spec, wsi_error *err)
{
    const char *device = s->device ? s->device : "cpu";
    spec->devices_optional = strcmp(device, "auto") == 0 && s->decoder != WSI_DECODER_GPU;
    return wsi_devices_find(device, log, spec->devices, &spec->device_count, err);
}

static const wsi_writer *writer_of(const wsi_job_settings *s)
{
    if (s->format) return wsi_writer_find(formats[s->format]);
    return wsi_writer_find(s->output ? "hdf5" : "null");
}

wsi_status wsi_job_settings_spec(const wsi_job_settings *s, const wsi_log *log, wsi_job_spec *spec, wsi_error *err)
{
    *spec = (wsi_job_spec){.input = s->input,
                           .output_base = s->output,
                           .chain = s->chain,
                           .write = s->write,
                           .writer = writer_of(s),
                           .codec = s->compression - 1,
                           .codec_level = (int)s->compression_level,
                           .quality = (int)s->quality,
                           .subsampling = s->subsampling - 1,
                           .out_tile = s->out_tile,
                           .force_bigtiff = s->bigtiff,
                           .level = (int)s->level,
                           .mpp = s->mpp,
                           .mpp_override = s->mpp_override,
                           .tile = s->tile,
                           .threads = (int)s->threads,
                           .memory = (uint64_t)s->memory,
                           .isa = wsi_cpu_best(),
                           .device_memory = (uint64_t)s->device_memory,
                           .streams = (int)s->streams,
                           .decoder = (wsi_decoder)s->decoder,
                           .scratch = s->scratch,
                           .keep = (wsi_keep)s->keep,
                           .within = s->within,
                           .params = s->params,
                           .reference = s->reference,
                           .table_formats = s->table_format,
                           .object_type = (wsi_object_type)s->geojson_type,
                           .host_steps = s->host_steps,
                           .fill_bad_tiles = s->on_bad_tile,
                           .overwrite = s->overwrite,
                           .log = log};
    WSI_RETURN_IF(spec->writer->extension[0] && !s->output, WSI_ERR_USAGE, "format %s needs an output",
                  spec->writer->name);
    return find_devices(s, log, spec, err);
}
