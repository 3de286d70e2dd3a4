#!/bin/sh
# JPEG decoders alone on a GPU machine: bits checked against libjpeg-turbo, then speed; under compute-sanitizer on request.
#
# usage: decode.sh BENCH TEST SLIDE FOLDER [STEP ...]
# BENCH is bench-jpeg-decoders, TEST test-kernels-jpeg-device of a build with CUDA; SLIDE a classic TIFF with JPEG tiles
# as Aperio's scanners write them. Steps are check, sanitize and bench (all of them when none is given). ROUNDS,
# SANITIZE_ROUNDS, SANITIZE_TOOLS, SECONDS_EACH and DECODERS (device prepared turbo nvjpeg) say how much. Logs and
# decode.json, the figures, go to FOLDER. The status is 77 where there is no GPU.
# shellcheck disable=SC1091,SC2034 # jpeg-steps.sh takes them
name=decode
shown_check=3
shown_bench=200
rounds=2
bench_arguments=${DECODERS:-}
. "$(dirname "$0")/jpeg-steps.sh"
