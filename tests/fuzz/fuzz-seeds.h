/* Seeds for the targets, made here so that no slide lies in the repository. */
#ifndef WSI_FUZZ_SEEDS_H
#define WSI_FUZZ_SEEDS_H

#include <stddef.h>

/* Writes FOLDER/TARGET/NAME, which begins with first where that is not negative. Ends the program on failure. */
void seed_write(const char *target, const char *name, int first, const void *bytes, size_t size);
void seed_text(const char *target, const char *name, int first, const char *text);
/* The same of a file, which is removed. */
void seed_move(const char *target, const char *name, int first, const char *path);
/* A name of the numbers so far: "seed-000", ... Static. */
const char *seed_name(int number);

void seed_slides(void);       /* slide: TIFFs of every layout and codec */
void seed_descriptions(void); /* description */
void seed_streams(void);      /* jpeg, jp2k */
void seed_outputs(void);      /* verify; slide: what the writers make */
void seed_jobs(void);         /* chain, params, manifest, job-folder, synthetic */

#endif
