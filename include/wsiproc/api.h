/* What every public header needs: the mark of exported functions, and how memory is given back.
 *
 * A function of the library is declared once, in one of these headers, and marked WSI_API; nothing else is exported. */
#ifndef WSIPROC_API_H
#define WSIPROC_API_H

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define WSI_API __attribute__((visibility("default")))
#define WSI_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define WSI_API
#define WSI_PRINTF(fmt, args)
#endif

/* Frees a text that the library has handed over (a function that does so says "freed with wsi_free"). NULL is accepted.
 * Any thread. */
WSI_API void wsi_free(void *p);

#ifdef __cplusplus
}
#endif
#endif
