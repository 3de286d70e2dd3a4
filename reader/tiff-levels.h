/* Which directories of a TIFF are the slide's levels, channels and associated images. */
#ifndef WSI_TIFF_LEVELS_H
#define WSI_TIFF_LEVELS_H

#include "tiff-private.h"
#include "tiff-scan.h"

/* Reads every directory of the main chain and the SubIFDs of each into tiff->dirs. A directory that cannot be read
 * ends the chain: an error when it is the first, else a warning in the log. */
wsi_status wsi_tiff_read_dirs(wsi_slide *slide, wsi_tiff *tiff, wsi_error *err);
/* The SubIFDs of main-chain directory d, in file order; *n of them. */
wsi_tiff_dir *const *wsi_tiff_sub_dirs(const wsi_tiff *tiff, const wsi_tiff_dir *d, int *n);

/* 1 when small may be a reduced copy of large: the same format, smaller, and the same aspect within rounding. */
int wsi_tiff_is_reduction(const wsi_tiff_dir *large, const wsi_tiff_dir *small);
/* 1 when decoded pixels of both have the same type, channels and meaning. */
int wsi_tiff_same_format(const wsi_tiff_dir *a, const wsi_tiff_dir *b);
/* 1 when both have the same size and tile grid. */
int wsi_tiff_same_tiles(const wsi_tiff_dir *a, const wsi_tiff_dir *b);
/* 1 when dir is (part of) a level. */
int wsi_tiff_is_level(const wsi_slide *slide, const wsi_tiff *tiff, const wsi_tiff_dir *dir);

/* Makes levels of base and of the n candidates that are strictly smaller, largest first. Sets the slide's format. */
wsi_status wsi_tiff_set_levels(wsi_slide *slide, wsi_tiff *tiff, wsi_tiff_dir *base, wsi_tiff_dir *const *candidates,
                               int n, wsi_error *err);
/* Makes levels of channels in pages of their own: planes[c] is channel c's level 0; SubIFDs give the lower ones where
 * every channel has them. */
wsi_status wsi_tiff_set_planes(wsi_slide *slide, wsi_tiff *tiff, wsi_tiff_dir *const *planes, int n, wsi_error *err);
/* Offers dir as an associated image, unless it cannot be shown as 8-bit grey or colour, or the name is taken. */
wsi_status wsi_tiff_add_associated(wsi_slide *slide, wsi_tiff *tiff, const char *name, wsi_tiff_dir *dir,
                                   wsi_error *err);

/* Vendors, each filling levels, associated images, properties and scale. */
int wsi_tiff_is_aperio(const wsi_tiff *tiff);
wsi_status wsi_tiff_open_aperio(wsi_slide *slide, wsi_tiff *tiff, wsi_error *err);
int wsi_tiff_is_ome(const wsi_tiff *tiff);
wsi_status wsi_tiff_open_ome(wsi_slide *slide, wsi_tiff *tiff, wsi_error *err);
int wsi_tiff_is_philips(const wsi_tiff *tiff);
wsi_status wsi_tiff_open_philips(wsi_slide *slide, wsi_tiff *tiff, wsi_error *err);
wsi_status wsi_tiff_open_generic(wsi_slide *slide, wsi_tiff *tiff, wsi_error *err);

/* Properties every TIFF has ("tiff.ImageDescription", ...) and the ICC profile. */
wsi_status wsi_tiff_common_properties(wsi_slide *slide, const wsi_tiff_dir *dir, wsi_error *err);

#endif
