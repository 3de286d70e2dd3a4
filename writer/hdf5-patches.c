/* What CLAM and TRIDENT read beside the places of patches, under both programs' names. Paths are left empty: they tell
 * of people. Whoever knows a level of the very resolution finds it as patch_level; where the slide has none,
 * patch_level and what goes with it are left out, and patch_size_level0 pixels of level 0 are what is to be read and
 * scaled. */
#include "hdf5-table.h"

#include "common/mem.h"

#include <math.h>
#include <string.h>

static const double level_tolerance = 0.02;

static double fact(const wsi_table_spec *spec, const char *name)
{
    for (int i = 0; i < spec->fact_count; i++)
        if (strcmp(spec->facts[i].name, name) == 0) return spec->facts[i].value;
    return 0;
}

static int put_array(hid_t object, const char *name, hid_t file_type, hid_t memory_type, const void *values)
{
    const hsize_t dims = 2;
    const hid_t space = H5Screate_simple(1, &dims, NULL);
    const hid_t attribute = H5Acreate2(object, name, file_type, space, H5P_DEFAULT, H5P_DEFAULT);
    const int bad = attribute < 0 || H5Awrite(attribute, memory_type, values) < 0;
    if (attribute >= 0) H5Aclose(attribute);
    H5Sclose(space);
    return bad ? -1 : 0;
}

static int put_pair(hid_t object, const char *name, double a, double b)
{
    const int64_t values[2] = {llround(a), llround(b)};
    return put_array(object, name, H5T_STD_I64LE, H5T_NATIVE_INT64, values);
}

static int put_level(hid_t coords, const wsi_slide_info *info, double downsample)
{
    for (int l = 0; l < info->level_count; l++) {
        const wsi_level *level = &info->levels[l], *base = &info->levels[0];
        if (fabs(level->downsample / downsample - 1) > level_tolerance) continue;
        const double by[2] = {level->downsample, level->downsample};
        int bad = wsi_hdf5_put_int(coords, "patch_level", l);
        bad |= put_array(coords, "downsample", H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, by);
        bad |= put_pair(coords, "level_dim", (double)level->w, (double)level->h);
        return bad | put_pair(coords, "downsampled_level_dim", floor((double)base->w / level->downsample),
                              floor((double)base->h / level->downsample));
    }
    return 0;
}

static int put_number(hid_t object, const char *name, double value)
{
    const double whole = round(value);
    return fabs(value - whole) < 1e-9 * whole ? wsi_hdf5_put_int(object, name, (int64_t)whole)
                                              : wsi_hdf5_put_double(object, name, value);
}

static int put_magnification(hid_t coords, const wsi_slide_info *info, double downsample)
{
    const double objective = info->objective > 0 ? info->objective : info->mpp_x > 0 ? round(10 / info->mpp_x) : 0;
    if (objective <= 0) return 0;
    return put_number(coords, "level0_magnification", objective) |
           put_number(coords, "target_magnification", objective / downsample);
}

/* The file's name without folder and extension. */
static int put_name(hid_t coords, const wsi_slide_info *info)
{
    const char *slash = strrchr(info->path, '/'), *name = slash ? slash + 1 : info->path;
    const char *dot = strrchr(name, '.');
    char *stem = wsi_strndup(name, dot && dot > name ? (size_t)(dot - name) : strlen(name));
    const int bad = stem ? wsi_hdf5_put_text(coords, "name", stem) : -1;
    wsi_free(stem);
    return bad;
}

int wsi_hdf5_put_patches(hid_t coords, const wsi_table_spec *spec)
{
    const wsi_slide_info *info = spec->source;
    const double size = fact(spec, "patch_size"), size0 = fact(spec, "patch_size_level0");
    int bad = wsi_hdf5_put_text(coords, "save_path", "") | wsi_hdf5_put_text(coords, "savetodir", "");
    bad |= wsi_hdf5_put_text(coords, "description", "(x, y) of the top left corner at level 0");
    if (!info) return bad;
    bad |= wsi_hdf5_put_int(coords, "level0_width", info->levels[0].w);
    bad |= wsi_hdf5_put_int(coords, "level0_height", info->levels[0].h);
    if (info->path) bad |= put_name(coords, info);
    if (size <= 0 || size0 <= 0) return bad;
    return bad | put_level(coords, info, size0 / size) | put_magnification(coords, info, size0 / size);
}
