/* Fingerprints and provenance of outputs. */
#include "job-private.h"

#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "params-file.h"
#include "writer/digest.h"
#include "wsiproc/version.h"

/* Raised when the bytes of outputs change for the same inputs: old outputs are then redone. */
enum { FORMAT_VERSION = 1 };

enum { VALUES_TOLD = 64 }; /* of a fit, in a list */

char *wsi_job_json_text(json_t *value)
{
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(15)) : NULL;
    json_decref(value);
    char *own = text ? wsi_strdup(text) : NULL; /* from jansson's allocator to ours */
    free(text);
    return own;
}

static json_t *result_chains(const wsi_slide_job *job, const wsi_job_output *output)
{
    json_t *list = json_array();
    for (int i = 0; i < output->result_count; i++) {
        const wsi_result *r = &job->graph.results[output->results[i]];
        json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:i}", "name", r->name, "chain", r->chain, "dtype",
                                              wsi_dtype_name(r->stored.type), "channels", r->stored.channels));
    }
    for (int i = 0; i < job->output_count; i++) {
        const wsi_job_output *o = &job->outputs[i];
        if (o->table < 0 || (o != output && (o->format || output->table >= 0))) continue; /* neither it nor within it */
        json_t *table = json_pack("{s:s, s:s, s:s}", "name", wsi_step_result_name(&job->spec.chain->steps[o->table]),
                                  "chain", o->chain, "table", o->format ? o->format->name : "hdf5");
        if (job->spec.object_type && o->format && strstr(o->format->name, "geojson"))
            json_object_set_new(table, "object_type", json_string(wsi_object_type_name(job->spec.object_type)));
        json_array_append_new(list, table);
    }
    return list;
}

/* SHA-256 of a text, or NULL: no memory. */
static json_t *text_digest(const char *text)
{
    wsi_digest *digest = NULL;
    char hex[WSI_DIGEST_HEX_MAX] = "";
    wsi_status status = wsi_digest_create(WSI_DIGEST_SHA256, &digest, NULL);
    if (status == WSI_OK) status = wsi_digest_update(digest, text, strlen(text), NULL);
    if (status == WSI_OK) status = wsi_digest_hex(digest, hex, NULL);
    wsi_digest_destroy(&digest);
    return status == WSI_OK ? json_string(hex) : NULL;
}

/* Of what is used of it, so that a slide and a file made of it give the same. */
static json_t *reference_digest(const wsi_slide_job *job)
{
    char *text = wsi_params_reference_text(job->reference, job->spec.chain);
    json_t *digest = text ? text_digest(text) : NULL;
    wsi_free(text);
    return digest;
}

static json_t *encoding(const wsi_slide_job *job)
{
    const wsi_job_spec *s = &job->spec;
    json_t *o = json_pack("{s:s, s:s, s:I}", "format", s->writer->name, "compression", wsi_codec_name(job->codec),
                          "tile", (json_int_t)s->out_tile);
    if (s->codec_level) json_object_set_new(o, "compression_level", json_integer(s->codec_level));
    if (job->codec == WSI_CODEC_JPEG) {
        static const char *const names[] = {"4:4:4", "4:2:2", "4:2:0"};
        json_object_set_new(o, "quality", json_integer(s->quality));
        json_object_set_new(o, "subsampling", json_string(names[job->subsampling]));
    }
    if (s->force_bigtiff) json_object_set_new(o, "bigtiff", json_true());
    return o;
}

/* Takes over a text. */
static json_t *own_text(char *text)
{
    json_t *json = text ? json_string(text) : NULL;
    wsi_free(text);
    return json;
}

char *wsi_job_fingerprint(const wsi_slide_job *job, const wsi_job_output *output)
{
    json_t *o =
        json_pack("{s:i, s:s, s:i, s:o, s:o}", "format_version", FORMAT_VERSION, "source", job->info->fingerprint,
                  "level", job->spec.level, "chain", result_chains(job, output), "encoding", encoding(job));
    if (o && job->spec.mpp_override > 0) json_object_set_new(o, "mpp_override", json_real(job->spec.mpp_override));
    if (o && job->spec.within)
        json_object_set_new(o, "within", own_text(wsi_chain_text_to(job->spec.chain, job->within_step)));
    if (o && job->spec.params) json_object_set_new(o, "params", text_digest(job->spec.params));
    if (o && job->reference) json_object_set_new(o, "reference", reference_digest(job));
    if (o && job->spec.fill_bad_tiles) json_object_set_new(o, "on_bad_tile", json_string("fill"));
    return wsi_job_json_text(o);
}

/* The job's fits, less lists that are too long to be told in every output: the file of fits has those. */
static json_t *short_fits(const wsi_slide_job *job)
{
    json_t *steps = json_deep_copy(json_object_get(job->fits, "steps"));
    size_t i;
    json_t *step;
    json_array_foreach(steps, i, step)
    {
        const char *name;
        json_t *list;
        void *next;
        json_object_foreach_safe(json_object_get(step, "values"), next, name, list)
        {
            if (json_array_size(list) > VALUES_TOLD) json_object_del(json_object_get(step, "values"), name);
        }
    }
    return steps;
}

char *wsi_job_provenance(const wsi_slide_job *job, const wsi_job_output *output)
{
    const wsi_level *l = &job->info->levels[job->spec.level];
    json_t *source = json_pack("{s:s, s:s, s:s, s:i, s:I, s:I, s:f}", "fingerprint", job->info->fingerprint, "driver",
                               job->info->driver, "vendor", job->info->vendor, "level", job->spec.level, "width",
                               (json_int_t)l->w, "height", (json_int_t)l->h, "downsample", l->downsample);
    json_t *o = json_pack("{s:s, s:s, s:o, s:o, s:o}", "software", "wsiproc " WSI_VERSION_STRING, "chain",
                          wsi_chain_text(job->spec.chain), "results", result_chains(job, output), "encoding",
                          encoding(job), "source", source);
    json_t *fits = short_fits(job);
    if (o && job->spec.within)
        json_object_set_new(o, "within", own_text(wsi_chain_text_to(job->spec.chain, job->within_step)));
    if (o && json_array_size(fits)) json_object_set(o, "fitted", fits);
    json_decref(fits);
    return wsi_job_json_text(o);
}

/* Words for a key of the fingerprint. */
static const char *describe_key(const char *key)
{
    if (strcmp(key, "source") == 0) return "source slide";
    if (strcmp(key, "encoding") == 0) return "format or compression";
    if (strcmp(key, "mpp_override") == 0) return "mpp";
    if (strcmp(key, "format_version") == 0) return "format version";
    if (strcmp(key, "on_bad_tile") == 0) return "policy on bad tiles";
    return key;
}

static char *append_key(char *text, const char *key)
{
    char *longer = text ? wsi_asprintf("%s, %s", text, describe_key(key)) : wsi_strdup(describe_key(key));
    wsi_free(text);
    return longer;
}

static char *differing_keys(json_t *before, json_t *after)
{
    static const char *const keys[] = {"source",         "chain",       "level",  "encoding",  "mpp_override",
                                       "format_version", "on_bad_tile", "params", "reference", "within"};
    char *text = NULL;
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        json_t *a = json_object_get(before, keys[i]), *b = json_object_get(after, keys[i]);
        if (a == b || (a && b && json_equal(a, b))) continue;
        text = append_key(text, keys[i]);
    }
    return text ? text : wsi_strdup("fingerprint");
}

char *wsi_fingerprint_difference(const char *old_json, const char *new_json)
{
    json_t *before = json_loads(old_json, 0, NULL), *after = json_loads(new_json, 0, NULL);
    char *text = NULL;
    /* What was made without filling is also what filling would have made; the reverse does not hold. */
    if (after && !json_object_get(before, "on_bad_tile")) json_object_del(after, "on_bad_tile");
    if (!before || !after || !json_equal(before, after)) {
        char *keys = differing_keys(before, after);
        text = wsi_asprintf("%s differs", keys ? keys : "fingerprint");
        wsi_free(keys);
    }
    json_decref(before);
    json_decref(after);
    return text;
}
