# Compiler flags of the whole tree.
#
# -ffp-contract=off: results must be the same bits with every instruction set, so no multiply-add is fused behind
# our back. -fno-math-errno and -fno-trapping-math only drop side effects that nobody reads; they change no value.
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_FLAGS_RELEASE "-O3 -DNDEBUG")
set(CMAKE_C_FLAGS_DEBUG "-O1 -g -fno-omit-frame-pointer")
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_compile_options("$<$<COMPILE_LANGUAGE:C>:-ffp-contract=off;-fno-math-errno;-fno-trapping-math>")
add_compile_definitions(_GNU_SOURCE _FILE_OFFSET_BITS=64)
set(wsi_warnings -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wvla
    -Wwrite-strings -Wformat=2 -Wundef)
if(WSIPROC_WERROR)
  list(APPEND wsi_warnings -Werror)
endif()
add_compile_options("$<$<COMPILE_LANGUAGE:C>:${wsi_warnings}>")

if(WSIPROC_SANITIZE)
  add_compile_options(-fsanitize=${WSIPROC_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${WSIPROC_SANITIZE})
endif()

# libFuzzer steers by the coverage of the libraries; its own main() comes with the targets alone (tests/fuzz.cmake).
if(WSIPROC_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID MATCHES Clang)
    message(FATAL_ERROR "WSIPROC_FUZZ needs Clang: -DCMAKE_C_COMPILER=clang")
  endif()
  set(wsi_fuzz_sanitizers -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all)
  add_compile_options(${wsi_fuzz_sanitizers} -fsanitize=fuzzer-no-link -fno-omit-frame-pointer)
  add_link_options(${wsi_fuzz_sanitizers})
endif()
