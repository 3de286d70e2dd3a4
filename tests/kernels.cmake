# Operations: every one against a plain reference, on every instruction set.
add_executable(tool-oprun tool-oprun.c oprun.c)
target_link_libraries(tool-oprun PRIVATE wsi_kernels)

wsi_add_test(checkop ops
  SOURCES checkop.c checkop-bench.c checkop-data.c checkop-ref.c checkop-ref-filter.c checkop-ref-morphology.c
    checkop-ref-point.c oprun.c
  LINK wsi_kernels TIMEOUT 600)
