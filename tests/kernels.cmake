# Operations: every one against a plain reference, on every instruction set.
add_executable(tool-oprun tool-oprun.c fit-run.c oprun-chain.c oprun.c whole-run.c)
target_link_libraries(tool-oprun PRIVATE wsi_kernels)

wsi_add_test(checkop ops
  SOURCES
    checkop-bench.c
    checkop-data.c
    checkop-device-bench.c
    checkop-device-fuse.c
    checkop-device.c
    checkop-ref-arithmetic.c
    checkop-ref-blobs.c
    checkop-ref-canny.c
    checkop-ref-clahe.c
    checkop-ref-colour.c
    checkop-ref-exposure.c
    checkop-ref-feature.c
    checkop-ref-filter.c
    checkop-ref-linear.c
    checkop-ref-local.c
    checkop-ref-morphology.c
    checkop-ref-paint.c
    checkop-ref-point.c
    checkop-ref-rank.c
    checkop-ref-ridge.c
    checkop-ref-segmentation.c
    checkop-ref-stain.c
    checkop-ref-threshold.c
    checkop-ref-transform.c
    checkop-ref.c
    checkop.c
    fit-run.c
    oprun.c
  LINK wsi_kernels m TIMEOUT 600)
# The same cases on a GPU.
add_test(NAME checkop-cuda COMMAND checkop --backend cuda)
set_tests_properties(checkop-cuda PROPERTIES LABELS gpu SKIP_RETURN_CODE 77 TIMEOUT 600)

wsi_add_test(test-kernels-components unit SOURCES test-kernels-components.c LINK wsi_kernels)
wsi_add_test(test-kernels-registry unit SOURCES test-kernels-registry.c fit-run.c oprun.c LINK wsi_kernels)

wsi_add_test(test-kernels-points unit
  SOURCES test-kernels-points.c fit-run.c oprun.c whole-run.c LINK wsi_kernels m)
wsi_add_test(test-kernels-propagation unit
  SOURCES test-kernels-propagation.c fit-run.c oprun.c whole-run.c LINK wsi_kernels m)
wsi_add_test(test-kernels-stores unit SOURCES test-kernels-stores.c checkop-data.c fit-run.c oprun.c LINK wsi_kernels m)

# What keeps the parts of objects, and objects beyond what images in tests can be.
wsi_add_test(test-kernels-measure unit SOURCES test-kernels-measure.c LINK wsi_kernels m)

# px/ is the common subset of C and C++, since CUDA compiles it as C++.
wsi_add_test(test-kernels-px unit SOURCES test-kernels-px.c LINK wsi_kernels m)
target_compile_options(test-kernels-px PRIVATE -Wc++-compat)

# scikit-image as the authority: in the tests' own Python when tools/test has made it; elsewhere it may say "skipped".
wsi_add_script(ops-oracle ops 600 ops_oracle.py $<TARGET_FILE:tool-oprun>)

# JPEG decoding as devices do it, against libjpeg-turbo: on the CPU, and on a GPU.
wsi_add_test(test-kernels-jpeg unit
  SOURCES test-kernels-jpeg.c jpeg-cpu.c jpeg-sample.c jpeg-maker.c reader-maker.c LINK wsi_kernels wsi_reader)
wsi_add_test(test-kernels-jpeg-device gpu
  SOURCES test-kernels-jpeg-device.c jpeg-cpu.c jpeg-sample.c jpeg-maker.c LINK wsi_kernels wsi_reader)

# JPEG encoding as devices do it, against the writer's encoder: on the CPU, and on a GPU.
wsi_add_test(test-kernels-jpeg-encode unit
  SOURCES test-kernels-jpeg-encode.c jpeg-encode-cpu.c jpeg-block.c jpeg-maker.c LINK wsi_kernels wsi_writer wsi_reader m)
wsi_add_test(test-kernels-jpeg-encode-device gpu
  SOURCES test-kernels-jpeg-encode-device.c jpeg-encode-cpu.c jpeg-block.c jpeg-maker.c LINK wsi_kernels wsi_writer m)
