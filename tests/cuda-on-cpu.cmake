# The CUDA kernels and their host code, compiled as C++ for the CPU (cuda-on-cpu/): their results are checked where there
# is no GPU, in two orders of threads, bit for bit as on one. Not how fast they are, nor what only a GPU does.
# With AddressSanitizer the programs are made when they are asked for (ninja checkop-cuda-on-cpu), and are no tests: all
# operations take too long for that.
if(WSIPROC_SANITIZE MATCHES "thread")
  return() # coroutines are beyond it
endif()
include(CheckLanguage)
check_language(CXX)
find_program(wsi_generator_python NAMES python3)
if(NOT CMAKE_CXX_COMPILER OR NOT wsi_generator_python)
  message(STATUS "wsiproc: CUDA kernels are not tested on the CPU: a C++ compiler or python3 is missing")
  return()
endif()
enable_language(CXX)
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  message(STATUS "wsiproc: CUDA kernels are not tested on the CPU: that takes GCC (-fno-weak)")
  return()
endif()
set(CMAKE_CXX_STANDARD 17)

set(cuda_on_cpu ${CMAKE_CURRENT_SOURCE_DIR}/cuda-on-cpu)
set(cuda_folder ${PROJECT_SOURCE_DIR}/kernels/cuda)
set(generated ${CMAKE_CURRENT_BINARY_DIR}/cuda-as-cpp)
file(MAKE_DIRECTORY ${generated})
file(GLOB cuda_kernels CONFIGURE_DEPENDS ${cuda_folder}/*.cu)
file(GLOB cuda_headers CONFIGURE_DEPENDS ${cuda_folder}/*.cuh)
set(cpp_kernels ${cuda_kernels})
list(TRANSFORM cpp_kernels REPLACE "^.*/(.*)\\.cu$" "${generated}/\\1.cc")
add_custom_command(OUTPUT ${generated}/stamp BYPRODUCTS ${cpp_kernels}
  COMMAND ${wsi_generator_python} ${cuda_on_cpu}/launches.py ${generated} ${cuda_kernels} ${cuda_headers}
  COMMAND ${CMAKE_COMMAND} -E touch ${generated}/stamp
  DEPENDS ${cuda_on_cpu}/launches.py ${cuda_kernels} ${cuda_headers} VERBATIM)
add_custom_target(cuda-as-cpp DEPENDS ${generated}/stamp)

# The rows of the registry again, for they name their CUDA kernels; the CPU's kernels are those of the library.
set(by_hand "")
if(WSIPROC_SANITIZE)
  set(by_hand EXCLUDE_FROM_ALL)
endif()
get_target_property(rows wsi_kernels SOURCES)
list(FILTER rows INCLUDE REGEX "^[a-z].*\\.c$")
list(FILTER rows EXCLUDE REGEX "^(cuda/|device-)")
list(TRANSFORM rows PREPEND ${PROJECT_SOURCE_DIR}/kernels/)
add_library(wsi_kernels_cuda_on_cpu OBJECT ${by_hand} ${rows} ${cpp_kernels}
  ${cuda_folder}/device-cuda.c ${cuda_folder}/device-jpeg-cuda.c ${cuda_folder}/device-jpeg-encode-cuda.c
  ${PROJECT_SOURCE_DIR}/kernels/device-range-none.c
  ${cuda_on_cpu}/runtime-on-cpu.cc ${cuda_on_cpu}/threads-on-cpu.cc)
add_dependencies(wsi_kernels_cuda_on_cpu cuda-as-cpp)
target_compile_definitions(wsi_kernels_cuda_on_cpu PRIVATE WSI_HAVE_CUDA)
target_include_directories(wsi_kernels_cuda_on_cpu BEFORE PRIVATE ${cuda_on_cpu} ${generated} ${cuda_folder}
  ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)
# -fno-weak: types of one name in several files are as many types, as for nvcc, so nothing made of them may be shared.
# -w: GCC says of that flag what no other flag silences; nvcc warns of these sources. longjmp between stacks is what the
# C library's own check takes for a mistake.
target_compile_options(wsi_kernels_cuda_on_cpu PRIVATE
  $<$<COMPILE_LANGUAGE:CXX>:-include cuda_runtime.h -O1 -ffp-contract=off -fno-weak -w -U_FORTIFY_SOURCE>)

# wsi_add_cuda_on_cpu(NAME SOURCES ... LINK ...): a program that has these kernels before its libraries' own.
function(wsi_add_cuda_on_cpu name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${by_hand} ${ARG_SOURCES} $<TARGET_OBJECTS:wsi_kernels_cuda_on_cpu>)
  target_link_libraries(${name} PRIVATE ${ARG_LINK} stdc++ m)
endfunction()

# wsi_test_cuda_on_cpu(TEST seconds [argument ...]): the test program TEST once more with them, in both orders.
function(wsi_test_cuda_on_cpu test seconds)
  get_target_property(sources ${test} SOURCES)
  get_target_property(libraries ${test} LINK_LIBRARIES)
  wsi_add_cuda_on_cpu(${test}-cuda-on-cpu SOURCES ${sources} LINK ${libraries})
  if(by_hand)
    return()
  endif()
  foreach(order forward backward)
    add_test(NAME ${test}-cuda-on-cpu-${order} COMMAND ${test}-cuda-on-cpu ${ARGN})
    set_tests_properties(${test}-cuda-on-cpu-${order} PROPERTIES LABELS ops TIMEOUT ${seconds}
      ENVIRONMENT "WSIPROC_CUDA_ON_CPU_ORDER=${order};WSIPROC_TEST_DATA=${WSIPROC_TEST_DATA}")
  endforeach()
endfunction()

wsi_test_cuda_on_cpu(checkop 900 --backend cuda --rounds 1)
wsi_test_cuda_on_cpu(test-kernels-jpeg-device 600)
wsi_test_cuda_on_cpu(test-kernels-jpeg-encode-device 600)

# The whole program, on two such devices.
wsi_add_cuda_on_cpu(wsiproc-cuda-on-cpu SOURCES ../cli/main.c LINK wsi_cli)
if(by_hand)
  return()
endif()
foreach(script cli-devices passes_devices)
  wsi_add_script(${script}-cuda-on-cpu cli 900 ${script}.py)
  set_property(TEST ${script}-cuda-on-cpu APPEND PROPERTY ENVIRONMENT
    "WSIPROC=$<TARGET_FILE:wsiproc-cuda-on-cpu>;WSIPROC_CUDA_ON_CPU_DEVICES=2")
endforeach()
