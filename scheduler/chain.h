/* A parsed chain, inside the scheduler. */
#ifndef WSI_CHAIN_H
#define WSI_CHAIN_H

#include <wsiproc/chain.h>

#include "scheduler.h"

enum { WSI_STEPS_MAX = 128, WSI_NAME_MAX = 64, WSI_FROM_SOURCE = -1 };

typedef struct wsi_step {
    const wsi_op *op;
    const wsi_op *shown;          /* the operation the chain names: op, or the one that this step ends */
    int hidden;                   /* 1: one of the steps that another stands for, not the last: nobody can name it */
    void *params;                 /* op->params_size bytes, owned */
    char name[WSI_NAME_MAX + 1];  /* after "as"; "" without */
    int inputs;                   /* 1 + images among the parameters */
    int input[WSI_OP_INPUTS_MAX]; /* earlier step, or WSI_FROM_SOURCE */
    char *text;                   /* canonical, owned; empty where hidden */
} wsi_step;

/* The step that is being replaced by the steps it stands for. */
typedef struct wsi_expansion {
    const wsi_step *step;
    int first; /* of the steps it stands for */
} wsi_expansion;

struct wsi_chain {
    int count;
    wsi_step steps[WSI_STEPS_MAX];
    char *text;
    const wsi_expansion *expansion; /* while parsing; NULL outside of one */
};

/* Number of a step, or of the one being parsed, as whoever wrote the chain counts. */
int wsi_chain_shown_number(const wsi_chain *chain, int step);
/* Step that carries this name, or -1. An unnamed step answers to its operation's name. */
int wsi_chain_find(const wsi_chain *chain, const char *name);
/* Name of the step's result: the one after "as", else the operation's. */
const char *wsi_step_result_name(const wsi_step *step);
/* Canonical text of the steps that lead to `step` (WSI_FROM_SOURCE: "@source"), freed with wsi_free; NULL: no memory.
 */
char *wsi_chain_text_to(const wsi_chain *chain, int step);

#endif
