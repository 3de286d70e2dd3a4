/* Prepared state of rgb2hed and separate_stains, seen by their rows and their kernel. */
#ifndef WSI_STAIN_H
#define WSI_STAIN_H

/* Rows are padded to four so that a pixel is one vector. */
typedef struct wsi_stain_state {
    float scale;            /* of img_as_float */
    float matrix[3][4];     /* what the row vector is multiplied by */
    float table[3][256][4]; /* separating uint8: absorbance of each value times the channel's matrix row */
} wsi_stain_state;

/* Inverse by cofactors, in a fixed order. */
void wsi_invert3(const double m[3][3], double out[3][3]);

#endif
