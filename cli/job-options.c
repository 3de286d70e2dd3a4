/* One table for `run` and `plan`, the checks no single row can make, and the job specification made of both. */
#include "job-options.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli-file.h"
#include "common/mem.h"

enum { CHAIN_FILE_MAX = 1 << 20, PARAMS_FILE_MAX = 256 << 20 };

/* ---- Names of choices ---- */

static const char *format_name(int i)
{
    int count;
    const wsi_writer *const *writers = wsi_writers(&count);
    return i >= 0 && i < count ? writers[i]->name : NULL;
}

static const char *codec_name(int i)
{
    return i >= WSI_CODEC_NONE && i <= WSI_CODEC_JPEG ? wsi_codec_name((wsi_codec)i) : NULL;
}

static const char *isa_name(int i)
{
    return i >= 0 && i < WSI_ISA_COUNT ? wsi_isa_name((wsi_isa)i) : NULL;
}

static const char *subsampling_name(int i)
{
    static const char *const names[] = {"444", "422", "420", NULL};
    return names[i];
}

static const char *decoder_name(int i)
{
    static const char *const names[] = {"auto", "cpu", "gpu", NULL}; /* in the order of wsi_decoder */
    return names[i];
}

static const char *keep_name(int i)
{
    static const char *const names[] = {"auto", "never", "always", NULL}; /* in the order of wsi_keep */
    return names[i];
}

static const char *bad_tile_name(int i)
{
    static const char *const names[] = {"fail", "fill", NULL};
    return names[i];
}

static const char *progress_name(int i)
{
    static const char *const names[] = {"auto", "bar", "plain", "json", "none", NULL};
    return names[i];
}

static const char *log_level_name(int i)
{
    static const char *const names[] = {"error", "warning", "info", "debug", NULL};
    return names[i];
}

/* ---- The table ---- */

#define FIELD(name) offsetof(wsi_job_options, name)

/* One option a row. */
/* clang-format off */
static const wsi_option rows[] = {
    {.name = "output", .letter = 'o', .type = WSI_OPTION_STRING, .argument = "DIR", .offset = FIELD(output),
     .help = "Folder of the outputs, made when missing. A directory given as INPUT is mirrored below it"},
    {.name = "chain", .letter = 'c', .type = WSI_OPTION_STRING, .argument = "CHAIN", .offset = FIELD(chain),
     .help = "Steps, separated by '|'; see 'wsiproc ops'"},
    {.name = "chain-file", .type = WSI_OPTION_STRING, .argument = "FILE", .offset = FIELD(chain_file),
     .help = "Reads the chain from a file instead; a newline separates steps, '#' starts a comment"},
    {.name = "write", .letter = 'w', .type = WSI_OPTION_STRING, .argument = "NAMES", .offset = FIELD(write),
     .def_text = "the last step", .help = "Named results that become outputs, separated by commas"},
    {.name = "format", .letter = 'f', .type = WSI_OPTION_CHOICE, .argument = "FORMAT", .offset = FIELD(format),
     .def = "hdf5", .choice = format_name, .help = "Output format"},
    {.name = "compression", .type = WSI_OPTION_CHOICE, .argument = "CODEC", .offset = FIELD(compression),
     .def_text = "the format's own", .choice = codec_name, .help = "Compression of output tiles"},
    {.name = "compression-level", .type = WSI_OPTION_INT, .argument = "N", .offset = FIELD(compression_level),
     .def_text = "the codec's own", .min = 1, .max = 19, .help = "Effort of deflate (1 to 12) or zstd (1 to 19)"},
    {.name = "quality", .letter = 'q', .type = WSI_OPTION_INT, .argument = "Q", .offset = FIELD(quality),
     .def_text = "90", .min = 1, .max = 100, .help = "JPEG quality; without meaning for other codecs"},
    {.name = "subsampling", .type = WSI_OPTION_CHOICE, .argument = "S", .offset = FIELD(subsampling),
     .def_text = "444 from quality 90 up (422 in ome-tiff), 420 below", .choice = subsampling_name,
     .help = "JPEG chroma subsampling; without meaning for other codecs"},
    {.name = "bigtiff", .type = WSI_OPTION_FLAG, .offset = FIELD(bigtiff),
     .help = "Writes BigTIFF even where classic TIFF would do"},
    {.name = "table-format", .type = WSI_OPTION_STRING, .argument = "LIST", .offset = FIELD(table_format),
     .def_text = "csv", .help = "Formats of tables, separated by commas: csv, csv.gz, geojson, geojson.gz, hdf5 (within "
     "the images' file where that is HDF5)"},
    {.name = "geojson-type", .type = WSI_OPTION_CHOICE, .argument = "TYPE", .offset = FIELD(geojson_type),
     .def = "detection", .choice = wsi_object_type_name, .help = "What QuPath takes the shapes of GeoJSON tables for"},
    {.name = "params", .type = WSI_OPTION_STRING, .argument = "FILE", .offset = FIELD(params),
     .help = "Takes what steps learn of a whole slide (thresholds, stains, ...) from this file, as a run leaves it in "
     "STEM.params.json, instead of from each slide"},
    {.name = "reference", .type = WSI_OPTION_STRING, .argument = "SLIDE", .offset = FIELD(reference),
     .help = "The slide, or the .params.json made of one, that normalising steps take as their target"},
    {.name = "level", .letter = 'l', .type = WSI_OPTION_INT, .argument = "N", .offset = FIELD(level), .def = "0",
     .min = 0, .max = WSI_LEVELS_MAX - 1, .help = "Level of the slide that is processed, 0 = full resolution"},
    {.name = "mpp", .type = WSI_OPTION_FLOAT, .argument = "UM", .offset = FIELD(mpp), .min = 0, .max = 1e6,
     .help = "Processes the level of this many micrometres a pixel (within 5 %) instead of --level"},
    {.name = "mpp-override", .type = WSI_OPTION_FLOAT, .argument = "UM", .offset = FIELD(mpp_override), .min = 0,
     .max = 1e6, .help = "Micrometres a pixel of level 0, whatever the slide says"},
    {.name = "tile", .type = WSI_OPTION_INT, .argument = "N", .offset = FIELD(tile), .min = 16, .max = 1 << 24,
     .def_text = "chosen from caches, halo and memory",
     .help = "Edge of the work tiles in pixels, made smaller where memory is short; never changes results"},
    {.name = "out-tile", .type = WSI_OPTION_INT, .argument = "N", .offset = FIELD(out_tile), .min = 16, .max = 16384,
     .def_text = "the format's own", .help = "Edge of the output tiles in pixels, a multiple of 16"},
    {.name = "device", .letter = 'd', .type = WSI_OPTION_STRING, .argument = "DEV", .offset = FIELD(device),
     .def = "auto", .help = "auto, cpu, cuda (all GPUs) or cuda:0,1 (these); see 'wsiproc devices'. Without a usable GPU "
     "cuda fails and auto means cpu; --log-level info says why. Never changes results"},
    {.name = "decoder", .type = WSI_OPTION_CHOICE, .argument = "WHO", .offset = FIELD(decoder), .def = "auto",
     .choice = decoder_name, .help = "Who decodes source tiles when GPUs are used: auto means both, as they are free, where "
     "the GPU can; gpu fails where it cannot. Never changes results"},
    {.name = "device-memory", .type = WSI_OPTION_SIZE, .argument = "SIZE", .offset = FIELD(device_memory),
     .min = 1 << 20, .max = 9e18, .def_text = "a share of what is free there", .env = "WSIPROC_DEVICE_MEMORY",
     .help = "Memory used on each GPU"},
    {.name = "streams", .type = WSI_OPTION_INT, .argument = "N", .offset = FIELD(streams), .min = 1, .max = 64,
     .def_text = "chosen from device memory", .help = "Work tiles in flight on each GPU; never changes results"},
    {.name = "host-steps", .type = WSI_OPTION_STRING, .argument = "OPS", .offset = FIELD(host_steps),
     .help = "Operations, separated by commas, that stay on the CPU when GPUs are used; never changes results"},
    {.name = "cpu", .type = WSI_OPTION_CHOICE, .argument = "ISA", .offset = FIELD(cpu), .choice = isa_name,
     .def_text = "the best this machine has",
     .help = "Highest instruction set that may be used; one the machine lacks is not"},
    {.name = "threads", .letter = 'j', .type = WSI_OPTION_INT, .argument = "N", .offset = FIELD(threads), .min = 1,
     .max = 1024, .def_text = "the CPUs this process may use", .env = "WSIPROC_THREADS",
     .help = "Worker threads; never more than a cluster or container gave CPUs"},
    {.name = "memory", .letter = 'm', .type = WSI_OPTION_SIZE, .argument = "SIZE", .offset = FIELD(memory),
     .min = 1 << 20, .max = 9e18, .def_text = "a share of what the machine leaves, at most 1 GiB",
     .env = "WSIPROC_MAX_MEM", .help = "Memory for pixels in flight; never more than a cluster or container gave"},
    {.name = "scratch", .type = WSI_OPTION_STRING, .argument = "DIR", .offset = FIELD(scratch),
     .def_text = "the folder of the outputs",
     .help = "Folder for intermediate results of chains with several passes; must exist. Nothing of them is left there"},
    {.name = "within", .type = WSI_OPTION_STRING, .argument = "@NAME", .offset = FIELD(within),
     .help = "Works on the source tiles alone that show some of this step's mask, e.g. @tissue; elsewhere results are "
     "background. The mask is computed first, on a lower level where there is one"},
    {.name = "keep", .type = WSI_OPTION_CHOICE, .argument = "WHEN", .offset = FIELD(keep), .def = "auto", .choice = keep_name,
     .help = "Whether what several passes need is kept in a scratch file or computed again: by cost, never or always. "
     "Never changes results"},
    {.name = "on-bad-tile", .type = WSI_OPTION_CHOICE, .argument = "WHAT", .offset = FIELD(fill_bad_tiles),
     .def = "fail", .choice = bad_tile_name,
     .help = "What a tile that does not decode does: fails the slide, or is filled with background and recorded"},
    {.name = "overwrite", .type = WSI_OPTION_FLAG, .offset = FIELD(overwrite),
     .help = "Redoes outputs that are up to date as well"},
    {.name = "shard", .type = WSI_OPTION_STRING, .argument = "I/N", .offset = FIELD(shard),
     .def_text = "all slides",
     .help = "Takes the I-th of N parts of the slides, of about the same cost and the same on every machine; auto takes "
     "the part of this task of a Slurm array"},
    {.name = "progress", .letter = 'p', .type = WSI_OPTION_CHOICE, .argument = "HOW", .offset = FIELD(progress),
     .def = "auto", .choice = progress_name,
     .help = "Progress on standard error: auto is a bar on a terminal and plain lines otherwise, json is one event a line"},
    {.name = "stats", .type = WSI_OPTION_STRING, .argument = "FILE", .offset = FIELD(stats),
     .help = "Writes statistics as JSON: the slide's object, or {\"slides\": [...]} for several"},
    {.name = "trace", .type = WSI_OPTION_STRING, .argument = "FILE", .offset = FIELD(trace),
     .help = "Writes a timeline of every thread and GPU stream in the Chrome trace format, for ui.perfetto.dev or "
     "chrome://tracing; one file for all slides"},
    {.name = "log-level", .type = WSI_OPTION_CHOICE, .argument = "LEVEL", .offset = FIELD(log_level),
     .def = "warning", .choice = log_level_name, .env = "WSIPROC_LOG",
     .help = "Messages that are shown. Warnings about a slide come when it is done, with info and debug at once"},
};
/* clang-format on */

const wsi_option_table wsi_job_option_table = {"Options", rows, sizeof rows / sizeof rows[0]};

/* ---- Checks ---- */

static wsi_status check_codec(const wsi_job_options *o, const wsi_writer *writer, wsi_error *err)
{
    if (o->compression < 0 || writer->codecs >> o->compression & 1) return WSI_OK;
    char known[128] = "";
    for (int i = 0; codec_name(i); i++) {
        if (!(writer->codecs >> i & 1)) continue;
        const size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "", codec_name(i));
    }
    return wsi_error_set(err, WSI_ERR_USAGE, "option --compression: format %s has no %s; it takes %s", writer->name,
                         codec_name(o->compression), known);
}

static wsi_status check_codec_details(const wsi_job_options *o, const wsi_writer *writer, wsi_error *err)
{
    const int codec = o->compression < 0 ? (int)writer->default_codec : o->compression;
    const int has_level = codec == WSI_CODEC_DEFLATE || codec == WSI_CODEC_ZSTD;
    WSI_RETURN_IF(o->compression_level && !has_level, WSI_ERR_USAGE,
                  "option --compression-level goes with --compression deflate or zstd, not with %s", codec_name(codec));
    WSI_RETURN_IF(codec == WSI_CODEC_DEFLATE && o->compression_level > 12, WSI_ERR_USAGE,
                  "option --compression-level: deflate has levels 1 to 12");
    return WSI_OK;
}

static wsi_status check_host_steps(const char *list, wsi_error *err)
{
    char name[64];
    for (const char *at = list; at; at = *at ? at + 1 : NULL) {
        const size_t length = strcspn(at, ",");
        snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1), at);
        WSI_RETURN_IF(!wsi_op_find(name), WSI_ERR_USAGE,
                      "option --host-steps: no operation is named '%s'; see 'wsiproc ops'", name);
        at += length;
    }
    return WSI_OK;
}

static wsi_status check_scratch(const char *path, wsi_error *err)
{
    struct stat st;
    if (!path) return WSI_OK;
    const int usable = stat(path, &st) == 0 && S_ISDIR(st.st_mode) && access(path, W_OK | X_OK) == 0;
    WSI_RETURN_IF(!usable, WSI_ERR_OUTPUT, "option --scratch: %s: not a folder that can be written", path);
    return WSI_OK;
}

static wsi_status check_options(const wsi_job_options *o, const wsi_job_setup *setup, int level_given, wsi_error *err)
{
    WSI_RETURN_IF(!o->chain && !o->chain_file, WSI_ERR_USAGE, "no chain: give --chain or --chain-file");
    WSI_RETURN_IF(o->chain && o->chain_file, WSI_ERR_USAGE, "--chain and --chain-file exclude each other");
    WSI_RETURN_IF(level_given && o->mpp > 0, WSI_ERR_USAGE, "--level and --mpp exclude each other");
    WSI_RETURN_IF(o->out_tile % 16, WSI_ERR_USAGE, "option --out-tile: %lld is not a multiple of 16",
                  (long long)o->out_tile);
    WSI_RETURN_IF(o->bigtiff && !setup->writer->is_tiff, WSI_ERR_USAGE,
                  "option --bigtiff goes with the TIFF formats, not with %s", setup->writer->name);
    WSI_FORWARD(check_codec(o, setup->writer, err));
    WSI_FORWARD(check_codec_details(o, setup->writer, err));
    WSI_RETURN_IF(o->decoder == WSI_DECODER_GPU && strcmp(o->device, "cpu") == 0, WSI_ERR_USAGE,
                  "--decoder gpu and --device cpu exclude each other");
    WSI_FORWARD(check_host_steps(o->host_steps, err));
    return check_scratch(o->scratch, err);
}

/* ---- Set-up ---- */

/* A file named by an option that cannot be read is a wrong option, not a broken slide. */
static wsi_status read_option_file(const char *option, const char *path, size_t most, char **text, wsi_error *err)
{
    size_t size;
    wsi_error cause = {0};
    const wsi_status status = wsi_file_read_text(path, most, text, &size, &cause);
    if (status == WSI_OK) return WSI_OK;
    return wsi_error_set(err, status == WSI_ERR_NO_MEMORY ? status : WSI_ERR_USAGE, "option --%s: %s", option,
                         cause.message);
}

static wsi_status parse_chain(const wsi_job_options *o, wsi_chain **chain, wsi_error *err)
{
    char *text;
    if (o->chain) return wsi_chain_parse(o->chain, chain, err);
    WSI_FORWARD(read_option_file("chain-file", o->chain_file, CHAIN_FILE_MAX, &text, err));
    const wsi_status status = wsi_chain_parse(text, chain, err);
    if (status != WSI_OK) wsi_error_prefix(err, "%s: ", o->chain_file);
    wsi_free(text);
    return status;
}

/* 1 when the name is that of a file of fits, not of a slide. */
static int is_params_file(const char *path)
{
    const size_t n = strlen(path);
    return n > 5 && strcmp(path + n - 5, ".json") == 0;
}

/* Reads a file of fits. */
static wsi_status read_fits(const char *option, const char *path, char **text, wsi_error *err)
{
    WSI_FORWARD(read_option_file(option, path, PARAMS_FILE_MAX, text, err));
    const wsi_status status = wsi_job_check_params(*text, err);
    return status == WSI_OK ? status : wsi_error_prefix(err, "option --%s: %s: ", option, path);
}

static wsi_status read_params(const wsi_job_options *o, wsi_job_setup *setup, wsi_error *err)
{
    if (o->params) WSI_FORWARD(read_fits("params", o->params, &setup->params, err));
    if (o->reference && is_params_file(o->reference))
        WSI_FORWARD(read_fits("reference", o->reference, &setup->reference, err));
    return WSI_OK;
}

wsi_status wsi_job_setup_reference(wsi_job_setup *setup, const wsi_log *log, wsi_error *err)
{
    const wsi_job_options *o = setup->options;
    if (!o->reference || setup->reference) return WSI_OK;
    const wsi_input input = {.path = (char *)o->reference, .level = -1};
    wsi_job_spec spec = wsi_job_setup_spec(setup, &input, NULL);
    spec.log = log;
    spec.params = NULL;
    spec.writer = wsi_writer_find("null");
    spec.codec = -1;
    const wsi_status status = wsi_job_fit_reference(&spec, &setup->reference, err);
    return status == WSI_OK ? status : wsi_error_prefix(err, "option --reference: ");
}

/* What no slide could change is told before any is looked at. */
static wsi_status check_format(const wsi_job_setup *setup, wsi_error *err)
{
    const wsi_input none = {.level = -1};
    const wsi_job_spec spec = wsi_job_setup_spec(setup, &none, NULL);
    return wsi_job_check_format(&spec, err);
}

static wsi_isa best_isa(int wanted)
{
    const wsi_isa best = wsi_cpu_best();
    return wanted >= 0 && (wsi_isa)wanted < best ? (wsi_isa)wanted : best;
}

/* A GPU decoder demands a GPU. */
static wsi_status find_devices(wsi_job_setup *setup, const wsi_log *log, wsi_error *err)
{
    const wsi_job_options *o = setup->options;
    const int demanded = o->decoder == WSI_DECODER_GPU && strcmp(o->device, "auto") == 0;
    const wsi_status status =
        wsi_devices_find(demanded ? "cuda" : o->device, log, setup->devices, &setup->device_count, err);
    if (status != WSI_OK) wsi_error_prefix(err, demanded ? "option --decoder gpu: " : "option --device: ");
    return status;
}

/* What was asked for beyond what a cluster or container gave would be taken from others, or get the process killed. */
static void bound_resources(wsi_job_setup *setup, const wsi_log *log)
{
    const wsi_job_options *o = setup->options;
    setup->threads = wsi_allowed_threads((int)o->threads);
    setup->memory = wsi_allowed_memory(o->memory);
    if (setup->threads < o->threads)
        wsi_log_write(log, WSI_LOG_WARNING, "--threads %lld: this process was given %d CPU%s and uses no more",
                      (long long)o->threads, setup->threads, setup->threads == 1 ? "" : "s");
    if (setup->memory < o->memory)
        wsi_log_write(log, WSI_LOG_WARNING, "--memory: this process was given less, and uses %llu MiB for pixels",
                      (unsigned long long)(setup->memory >> 20));
}

wsi_status wsi_job_setup_make(const wsi_job_options *options, const wsi_arguments *args, const wsi_log *log,
                              wsi_job_setup *setup, wsi_error *err)
{
    static const wsi_option_table *const tables[] = {&wsi_job_option_table, NULL, NULL};
    int count;
    memset(setup, 0, sizeof *setup);
    setup->options = options;
    setup->writer = wsi_writers(&count)[options->format];
    setup->isa = best_isa(options->cpu);
    WSI_FORWARD(check_options(options, setup, wsi_options_given(tables, args, "level"), err));
    WSI_FORWARD(parse_chain(options, &setup->chain, err));
    WSI_FORWARD(read_params(options, setup, err));
    WSI_FORWARD(check_format(setup, err));
    bound_resources(setup, log);
    return find_devices(setup, log, err);
}

void wsi_job_setup_clear(wsi_job_setup *setup)
{
    wsi_chain_destroy(&setup->chain);
    wsi_free(setup->params);
    wsi_free(setup->reference);
}

wsi_job_spec wsi_job_setup_spec(const wsi_job_setup *setup, const wsi_input *input, const char *output_base)
{
    const wsi_job_options *o = setup->options;
    wsi_job_spec spec = {
        .input = input->path,
        .output_base = output_base,
        .chain = setup->chain,
        .write = o->write,
        .writer = setup->writer,
        .codec = o->compression,
        .codec_level = (int)o->compression_level,
        .quality = (int)o->quality,
        .subsampling = o->subsampling,
        .out_tile = o->out_tile,
        .force_bigtiff = o->bigtiff,
        .level = input->level >= 0 ? input->level : (int)o->level,
        .mpp = input->level >= 0 ? 0 : o->mpp,
        .mpp_override = input->mpp > 0 ? input->mpp : o->mpp_override,
        .tile = o->tile,
        .threads = setup->threads,
        .memory = setup->memory,
        .isa = setup->isa,
        .device_count = setup->device_count,
        .devices_optional = strcmp(o->device, "auto") == 0 && o->decoder != WSI_DECODER_GPU,
        .device_memory = o->device_memory,
        .streams = (int)o->streams,
        .decoder = (wsi_decoder)o->decoder,
        .within = o->within,
        .scratch = o->scratch,
        .keep = (wsi_keep)o->keep,
        .params = setup->params,
        .reference = setup->reference,
        .table_formats = o->table_format,
        .object_type = (wsi_object_type)o->geojson_type,
        .host_steps = o->host_steps,
        .fill_bad_tiles = o->fill_bad_tiles,
        .fingerprint = input->fingerprint,
        .overwrite = o->overwrite,
    };
    memcpy(spec.devices, setup->devices, sizeof spec.devices);
    return spec;
}

wsi_status wsi_job_setup_output_base(const wsi_job_setup *setup, const wsi_input *input, char **out, wsi_error *err)
{
    const char *dir = setup->options->output;
    *out = NULL;
    if (!*setup->writer->extension) return WSI_OK;
    const size_t length = dir ? strlen(dir) : 0;
    const char *slash = length && dir[length - 1] != '/' ? "/" : "";
    *out = wsi_asprintf("%s%s%s", dir ? dir : "", slash, input->base);
    WSI_RETURN_IF(!*out, WSI_ERR_NO_MEMORY, "%s: out of memory", input->path);
    return WSI_OK;
}
