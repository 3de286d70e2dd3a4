/* Pieces of manual pages in man(7) macros. */
#ifndef WSI_MAN_TEXT_H
#define WSI_MAN_TEXT_H

#include <stdio.h>

/* Title line, .TH, and the NAME section. page is "wsiproc-run"; summary may end with a full stop, which goes. */
void wsi_man_begin(FILE *out, const char *page, int section, const char *summary);
void wsi_man_heading(FILE *out, const char *title);
/* Running text, nothing in it taken for a request or an escape; a blank line begins a paragraph, and lines that begin
 * with a blank stay as they are. Ends with a newline. */
void wsi_man_paragraphs(FILE *out, const char *text);
/* The same within a line. */
void wsi_man_inline(FILE *out, const char *text);
/* Lines as they are, indented. */
void wsi_man_lines(FILE *out, const char *text);
/* A tagged paragraph: the tag in bold, then an argument in italics (NULL: none). */
void wsi_man_tag(FILE *out, const char *bold, const char *italic);
/* SEE ALSO: every page but this one. */
void wsi_man_see_also(FILE *out, const char *page);

#endif
