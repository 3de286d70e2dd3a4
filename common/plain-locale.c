/* strtod and printf in the C locale, for the calling thread and the length of one call. */
#include "plain-locale.h"

#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* Made once, never freed. */
static locale_t c_locale;
static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;

static void make_c_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

/* Returns what the thread had before. */
static locale_t enter(void)
{
    pthread_once(&c_locale_once, make_c_locale);
    return uselocale(c_locale);
}

double wsi_plain_strtod(const char *text, char **end)
{
    const locale_t before = enter();
    const double value = strtod(text, end);
    uselocale(before);
    return value;
}

int wsi_plain_vsnprintf(char *buf, size_t size, const char *format, va_list args)
{
    const locale_t before = enter();
    const int length = vsnprintf(buf, size, format, args);
    uselocale(before);
    return length;
}

int wsi_plain_snprintf(char *buf, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const int length = wsi_plain_vsnprintf(buf, size, format, args);
    va_end(args);
    return length;
}
