/* Sums of fixed-point vectors and of their products: a run is summed in 64 bits, in which it fits, runs without end in
 * exact sums. */
#include "moments.h"

static void add_products(wsi_exact_sum *sum, const int32_t *restrict a, const int32_t *restrict b, int n)
{
    int64_t total = 0;
    for (int i = 0; i < n; i++) total += (int64_t)a[i] * b[i];
    wsi_exact_add_integer(sum, total, -2 * WSI_MOMENTS_BITS);
}

void wsi_moments_add(wsi_moments *m, const int32_t *const v[3], int n)
{
    m->count += n;
    for (int i = 0; i < 3; i++) {
        int64_t total = 0;
        for (int k = 0; k < n; k++) total += v[i][k];
        wsi_exact_add_integer(&m->sum[i], total, -WSI_MOMENTS_BITS);
        for (int j = i; j < 3; j++) add_products(&m->product[i][j], v[i], v[j], n);
    }
}

void wsi_moments_merge(wsi_moments *m, const wsi_moments *other)
{
    m->count += other->count;
    for (int i = 0; i < 3; i++) {
        wsi_exact_merge(&m->sum[i], &other->sum[i]);
        for (int j = i; j < 3; j++) wsi_exact_merge(&m->product[i][j], &other->product[i][j]);
    }
}

void wsi_moments_mean(const wsi_moments *m, double mean[3])
{
    for (int i = 0; i < 3; i++) mean[i] = wsi_exact_value(&m->sum[i]) / (double)m->count;
}

void wsi_moments_covariance(const wsi_moments *m, int less, double covariance[3][3])
{
    double mean[3];
    wsi_moments_mean(m, mean);
    for (int i = 0; i < 3; i++)
        for (int j = i; j < 3; j++) {
            const double apart = wsi_exact_value(&m->product[i][j]) - mean[i] * wsi_exact_value(&m->sum[j]);
            covariance[i][j] = covariance[j][i] = apart / (double)(m->count - less);
        }
}
