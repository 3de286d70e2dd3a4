/* What the three shells' completions share: lists of words, and the chain language's parameters as tables. */
#ifndef WSI_COMPLETION_H
#define WSI_COMPLETION_H

#include <stdio.h>

#include "common/param.h"
#include "values.h"

/* Words of a WORD or LIST value with blanks between them. */
void wsi_completion_words(FILE *out, wsi_value value);
/* Word i that a parameter takes (names, true and false), or NULL. */
const char *wsi_completion_param_word(const wsi_param *row, int i);

/* `case` lines for sh and zsh, the same in both: "  OP) PREFIX NAME=...;;" for the parameters of operations, and
 * "  OP:NAME) PREFIX WORD...;;" for the words of a parameter. from= is every operation's. */
void wsi_completion_param_cases(FILE *out, const char *prefix);
void wsi_completion_word_cases(FILE *out, const char *prefix);

#endif
