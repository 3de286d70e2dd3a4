/* Numbers as text in the C locale's notation. A program that calls the library may have set a locale whose decimals
 * have commas; chains, descriptions and outputs are the same in all of them. Any thread; the process's locale and the
 * other threads' stay as they are. */
#ifndef WSI_PLAIN_LOCALE_H
#define WSI_PLAIN_LOCALE_H

#include <stdarg.h>
#include <stddef.h>

/* As strtod. */
double wsi_plain_strtod(const char *text, char **end);
/* As vsnprintf and snprintf. */
int wsi_plain_vsnprintf(char *buf, size_t size, const char *format, va_list args) __attribute__((format(printf, 3, 0)));
int wsi_plain_snprintf(char *buf, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
