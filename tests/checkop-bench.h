/* Speed of every operation on one thread. */
#ifndef CHECKOP_BENCH_H
#define CHECKOP_BENCH_H

/* Prints ns a pixel and GB/s for each instruction set; only: one operation, or NULL. Returns an exit status. */
int checkop_bench(const char *only);

#endif
