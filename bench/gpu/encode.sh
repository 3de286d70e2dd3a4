#!/bin/sh
# The JPEG encoder alone on a GPU machine: bytes checked against libjpeg-turbo, then speed; compute-sanitizer too.
#
# usage: encode.sh BENCH TEST SLIDE FOLDER [STEP ...]
# BENCH is bench-jpeg-encoder, TEST test-kernels-jpeg-encode-device of a build with CUDA; SLIDE a classic TIFF
# with JPEG tiles as Aperio writes them.
# Steps are check, sanitize and bench (all of them when none is given). ROUNDS, SANITIZE_ROUNDS, SANITIZE_TOOLS and
# SECONDS_EACH say how much. Logs and encode.json, the figures, go to FOLDER. The status is 77 where there is no GPU.
# shellcheck disable=SC1091,SC2034 # jpeg-steps.sh takes them
name=encode
shown_check=5
shown_bench=30
rounds=4
bench_arguments=
. "$(dirname "$0")/jpeg-steps.sh"
