/* Distance by Damerau and Levenshtein, with transpositions of neighbours alone. */
#include "nearest.h"

#include <ctype.h>
#include <string.h>

static int same_letter(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static int min3(int a, int b, int c)
{
    const int m = a < b ? a : b;
    return m < c ? m : c;
}

int wsi_text_distance(const char *a, const char *b, int limit)
{
    enum { LONGEST = 63 };
    const size_t la = strlen(a), lb = strlen(b);
    int rows[3][LONGEST + 1]; /* two rows back, one row back, this row */
    if (la > LONGEST || lb > LONGEST) return limit + 1;
    int *before = rows[0], *last = rows[1], *row = rows[2];
    memset(before, 0, sizeof rows[0]);
    for (size_t j = 0; j <= lb; j++) last[j] = (int)j;
    for (size_t i = 1; i <= la; i++) {
        row[0] = (int)i;
        for (size_t j = 1; j <= lb; j++) {
            row[j] = min3(last[j] + 1, row[j - 1] + 1, last[j - 1] + !same_letter(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) && same_letter(a[i - 2], b[j - 1]) &&
                before[j - 2] + 1 < row[j]) {
                row[j] = before[j - 2] + 1;
            }
        }
        int *free_row = before;
        before = last;
        last = row;
        row = free_row;
    }
    return last[lb] <= limit ? last[lb] : limit + 1;
}

const char *wsi_text_nearest(const char *word, const char *(*at)(const void *context, int i), const void *context)
{
    const size_t length = strlen(word);
    const char *best = NULL;
    int best_distance = length < 5 ? 2 : length < 10 ? 3 : 4; /* one less than this is still taken for a slip */
    for (int i = 0;; i++) {
        const char *name = at(context, i);
        if (!name) return best;
        const int distance = wsi_text_distance(word, name, best_distance);
        /* A word typed half ("--compress") is closer in mind than its distance says. */
        if (!best && length >= 3 && strncmp(word, name, length) == 0) best = name;
        if (distance < best_distance) {
            best = name;
            best_distance = distance;
        }
    }
}
