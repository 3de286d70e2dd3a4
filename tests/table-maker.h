/* Rows of a made-up table, the same every time: for the writer's tests and for benchmarks. As rows of objects they have
 * what nuclei have: some tens of numbers, and an outline of some fifty points, now and then with a hole or two parts.
 */
#ifndef WSI_TEST_TABLE_MAKER_H
#define WSI_TEST_TABLE_MAKER_H

#include "writer/table-sink.h"

enum { TABLE_BATCH = 2048, TABLE_POINTS_MAX = 160, TABLE_RINGS_MAX = 3 };

typedef struct table_maker {
    wsi_table_kind kind;
    int column_count, fact_count;
    wsi_column columns[WSI_COLUMNS_MAX];
    wsi_fact facts[WSI_FACTS_MAX];
    int64_t made;
    uint64_t random;
    wsi_rows rows; /* of the last batch */
    void *cells[WSI_COLUMNS_MAX];
    double (*xy)[2 * TABLE_POINTS_MAX];
    int32_t (*points)[TABLE_RINGS_MAX];
    uint8_t (*hole)[TABLE_RINGS_MAX];
} table_maker;

/* Aborts when memory is short. */
void table_maker_open(table_maker *maker, wsi_table_kind kind);
/* The next n (at most TABLE_BATCH) rows, in maker->rows. */
void table_maker_next(table_maker *maker, int64_t n);
void table_maker_close(table_maker *maker);

#endif
