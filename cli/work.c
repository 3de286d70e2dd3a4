/* The hash of a run's work. */
#include "work.h"

#include <string.h>

#include "cli-json.h"
#include "common/mem.h"

static void set_integer(json_t *json, const char *key, int64_t value)
{
    json_object_set_new(json, key, json_integer((json_int_t)value));
}

/* The text of a file of fits may be long: its hash stands for it. */
static wsi_status set_digest(json_t *json, const char *key, const char *text, wsi_error *err)
{
    char hash[WSI_FOLDER_HASH_MAX];
    if (!text) return WSI_OK;
    WSI_FORWARD(wsi_folder_hash(text, hash, err));
    wsi_cli_json_set_text(json, key, hash);
    return WSI_OK;
}

static void set_options(json_t *json, const wsi_job_setup *setup)
{
    const wsi_job_options *o = setup->options;
    wsi_cli_json_set_text(json, "chain", wsi_chain_text(setup->chain));
    wsi_cli_json_set_text(json, "write", o->write);
    wsi_cli_json_set_text(json, "within", o->within);
    wsi_cli_json_set_text(json, "format", setup->writer->name);
    wsi_cli_json_set_text(json, "tables", o->table_format);
    set_integer(json, "geojson_type", o->geojson_type);
    set_integer(json, "compression", o->compression);
    set_integer(json, "compression_level", o->compression_level);
    set_integer(json, "quality", o->quality);
    set_integer(json, "subsampling", o->subsampling);
    set_integer(json, "out_tile", o->out_tile);
    set_integer(json, "bigtiff", o->bigtiff);
    set_integer(json, "level", o->level);
    set_integer(json, "fill_bad_tiles", o->fill_bad_tiles);
    json_object_set_new(json, "mpp", json_real(o->mpp));
    json_object_set_new(json, "mpp_override", json_real(o->mpp_override));
}

wsi_status wsi_work_hash(const wsi_job_setup *setup, char hash[WSI_FOLDER_HASH_MAX], wsi_error *err)
{
    json_t *json = json_object();
    set_options(json, setup);
    wsi_status status = set_digest(json, "params", setup->params, err);
    if (status == WSI_OK) status = set_digest(json, "reference", setup->reference, err);
    char *text = status == WSI_OK ? wsi_cli_json_dump(json, JSON_COMPACT) : NULL;
    json_decref(json);
    if (status != WSI_OK) return status;
    WSI_RETURN_IF(!text, WSI_ERR_NO_MEMORY, "out of memory");
    status = wsi_folder_hash(text, hash, err);
    wsi_free(text);
    return status;
}
