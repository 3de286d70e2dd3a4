/* What the references of ridges and of features share. */
#ifndef CHECKOP_REF_RIDGE_H
#define CHECKOP_REF_RIDGE_H

#include "checkop.h"

/* Hrr, Hrc (columns of the row gradient), Hcr (rows of the column gradient) and Hcc of a single channel, by Gaussian
 * derivatives applied twice; each freed with wsi_free. */
void checkop_hessian(const plane *in, double sigma, const char *mode, double cval, plane h[4]);

#endif
