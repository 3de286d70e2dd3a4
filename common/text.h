/* Text that came from outside: file names, slide properties. */
#ifndef WSI_TEXT_H
#define WSI_TEXT_H

/* A copy in valid UTF-8, U+FFFD in the place of what is not. Freed with wsi_free; NULL without memory. */
char *wsi_text_utf8(const char *text);
/* The same as a JSON string, in quotes and escaped. Freed with wsi_free; NULL without memory. */
char *wsi_text_json(const char *text);

#endif
