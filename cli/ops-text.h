/* The operation registry in words: help, JSON, Markdown. All of it generated, nothing names an operation. */
#ifndef WSI_OPS_TEXT_H
#define WSI_OPS_TEXT_H

#include <jansson.h>
#include <stdio.h>

#include "kernels/op.h"

/* One line an operation, by module. */
void wsi_ops_list(FILE *out);
/* Everything about one operation. */
void wsi_ops_help(const wsi_op *op, FILE *out);
/* docs/ops.md. */
void wsi_ops_markdown(FILE *out);
json_t *wsi_op_json(const wsi_op *op);

/* Modules in alphabetical order, each once; NULL beyond the last. */
const char *wsi_ops_module(int i);

/* "x, y px at the defaults", "none", or what it depends on. */
void wsi_op_halo_text(const wsi_op *op, char *buf, size_t size);
/* "exact", "within 1e-06". */
void wsi_op_accuracy_text(const wsi_op *op, char *buf, size_t size);

#endif
