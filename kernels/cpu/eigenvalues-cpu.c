/* The kernel of hessian_matrix_eigvals and structure_tensor_eigenvalues. */
#include "blocks.h"

#include "kernels/px/hessian-px.h"

static void eigenvalues(const wsi_kernel_args *args, float *restrict out, const float *restrict in, int64_t n)
{
    (void)args;
    for (int64_t i = 0; i < n; i++) {
        const wsi_px_eigen e = wsi_px_eigen_of(in[3 * i], in[3 * i + 1], in[3 * i + 2]);
        out[2 * i] = e.high;
        out[2 * i + 1] = e.low;
    }
}

WSI_CPU_KERNEL(eigenvalues)
{
    wsi_each_block(args, 0, eigenvalues);
}
