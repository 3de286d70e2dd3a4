# Operations: every one against a plain reference, on every instruction set.
add_executable(tool-oprun tool-oprun.c oprun.c)
target_link_libraries(tool-oprun PRIVATE wsi_kernels)
