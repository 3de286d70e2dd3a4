/* Names that a misspelt word may mean: of options, commands, operations, parameters. */
#ifndef WSI_NEAREST_H
#define WSI_NEAREST_H

/* Edit distance with transpositions, upper and lower case being the same, never more than limit + 1. Words longer than
 * 63 characters are far. */
int wsi_text_distance(const char *a, const char *b, int limit);
/* Of the names at(0), at(1), ... up to NULL the one closest to a misspelt word, or NULL when none is close. */
const char *wsi_text_nearest(const char *word, const char *(*at)(const void *context, int i), const void *context);

#endif
