/* Finds the nuclei of an H&E slide and prints a row for each: label, place, size, mean stain.
 *
 * usage: nuclei_table SLIDE > nuclei.csv */
#include <inttypes.h>
#include <stdio.h>

#include <wsiproc/wsiproc.h>

static const char chain[] = "rgb2hed as hed | channel:index=0 | gaussian:sigma=2 as h | threshold_otsu |"
                            "opening:footprint=disk,radius=3 | remove_small_objects:max_size=64 | label as nuclei |"
                            "measure:properties=basic,outline=false,intensity=@h as table";

static void print_cell(const wsi_table_batch *batch, int column, int64_t row)
{
    if (batch->columns[column].type == WSI_COLUMN_INT)
        printf("%" PRId64, ((const int64_t *)batch->cells[column])[row]);
    else
        printf("%.17g", ((const double *)batch->cells[column])[row]);
}

/* Gets the table some rows at a time, in order. */
static int print_rows(void *user, const wsi_table_batch *batch)
{
    (void)user;
    for (int c = 0; batch->first == 0 && c < batch->column_count; c++)
        printf("%s%s", batch->columns[c].name, c + 1 < batch->column_count ? "," : "\n");
    for (int64_t row = 0; row < batch->count; row++)
        for (int c = 0; c < batch->column_count; c++) {
            print_cell(batch, c, row);
            putchar(c + 1 < batch->column_count ? ',' : '\n');
        }
    return 0;
}

int main(int argc, char **argv)
{
    const wsi_table_sink sink = {.fn = print_rows};
    wsi_job *job = NULL;
    wsi_error err;
    if (argc != 2) return fprintf(stderr, "usage: nuclei_table SLIDE\n"), 2;
    const int done = wsi_job_create(NULL, &job, &err) == WSI_OK && wsi_job_set(job, "input", argv[1], &err) == WSI_OK &&
                     wsi_job_set(job, "chain", chain, &err) == WSI_OK &&
                     wsi_job_set_table_sink(job, &sink, &err) == WSI_OK && wsi_job_run(job, &err) == WSI_OK;
    if (!done) fprintf(stderr, "%s\n", err.message);
    wsi_job_destroy(&job);
    return done ? 0 : 1;
}
