# Decides whether the CUDA back end is built (WSIPROC_HAVE_CUDA), and how.
#
# --fmad=false: no multiply-add is fused, so that the device has the CPU's bits. Machine code for Turing to Hopper,
# and PTX of the newest for what comes later; for a quick build of one: -DCMAKE_CUDA_ARCHITECTURES=90.
# The runtime is linked statically and looks for the driver when first used: one binary for machines with and without.
set(WSIPROC_HAVE_CUDA OFF)
if(NOT WSIPROC_CUDA STREQUAL "OFF")
  include(CheckLanguage)
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    set(WSIPROC_HAVE_CUDA ON)
  elseif(WSIPROC_CUDA STREQUAL "ON")
    message(FATAL_ERROR "WSIPROC_CUDA=ON, but no CUDA compiler was found")
  endif()
endif()
message(STATUS "wsiproc: CUDA compiler found: ${WSIPROC_HAVE_CUDA}")

if(WSIPROC_HAVE_CUDA)
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES 75-real 80-real 86-real 89-real 90-real 90-virtual)
  endif()
  set(CMAKE_CUDA_STANDARD 17)
  set(CMAKE_CUDA_STANDARD_REQUIRED ON)
  set(CMAKE_CUDA_VISIBILITY_PRESET hidden)
  set(CMAKE_CUDA_RUNTIME_LIBRARY Static)
  enable_language(CUDA)
  find_package(CUDAToolkit REQUIRED)
  set(CMAKE_CUDA_FLAGS_RELEASE "-O3 -DNDEBUG")
  set(wsi_cuda_flags --fmad=false -Xcompiler=-ffp-contract=off,-Wall,-Wextra)
  if(WSIPROC_WERROR)
    list(APPEND wsi_cuda_flags -Werror=all-warnings)
  endif()
endif()
