/* Numbers as text, quickly: tables have tens of millions of them. The decimal point is a point in every locale. */
#ifndef WSI_NUMBER_TEXT_H
#define WSI_NUMBER_TEXT_H

#include <stdint.h>

enum {
    WSI_NUMBER_TEXT_MAX = 32, /* characters of any number */
    WSI_NUMBER_POWERS = 56    /* 5^55 is the last power of five below 2^128 */
};

/* Powers of ten as fractions, their first bit the highest: the table of wsi_number_double. */
typedef struct wsi_number_table {
    uint64_t high[WSI_NUMBER_POWERS], low[WSI_NUMBER_POWERS];
} wsi_number_table;

void wsi_number_table_fill(wsi_number_table *table);

/* Each writes at `to`, which has room for WSI_NUMBER_TEXT_MAX, and returns the end; no '\0' is written. */

char *wsi_number_int(char *to, int64_t value);
/* The shortest text that reads back as the same double: "3", "0.1", "1.5e-07", "-0" (of powers of two below 1e-38 and
 * above 2^53 perhaps a digit longer). Of a NaN "nan", of infinities "inf" and "-inf". */
char *wsi_number_double(const wsi_number_table *table, char *to, double value);
/* Rounded to hundredths, without trailing zeros: "12.5". |value| < 2^52, not a NaN. */
char *wsi_number_hundredths(char *to, double value);

#endif
