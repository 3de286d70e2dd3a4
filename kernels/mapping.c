/* Helpers of the rows whose kernel is a function of one sample. */
#include "mapping.h"

double wsi_mapping_interp(double v, const double *x, const double *y, int64_t n)
{
    int64_t low = 0, high = n;
    if (v < x[0]) return y[0];
    while (high - low > 1) {
        const int64_t middle = low + (high - low) / 2;
        if (x[middle] <= v)
            low = middle;
        else
            high = middle;
    }
    if (low == n - 1 || x[low] == v) return y[low];
    return (y[low + 1] - y[low]) / (x[low + 1] - x[low]) * (v - x[low]) + y[low];
}
