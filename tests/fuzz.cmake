# Fuzz targets (tests/fuzz). Every build replays made seeds and a fixed number of mutations of each; a build with
# WSIPROC_FUZZ has libFuzzer in the same targets instead (docs/how-it-works.md).
set(fuzz_folder ${CMAKE_CURRENT_SOURCE_DIR}/fuzz)
set(fuzz_seeds ${PROJECT_BINARY_DIR}/fuzz-seeds)

# wsi_add_fuzz(NAME mutations SOURCES ... LINK ...): a target, from fuzz-NAME.c, and its test (with fewer mutations of
# each seed where sanitizers slow it down).
function(wsi_add_fuzz name mutations)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(fuzz-${name} ${fuzz_folder}/fuzz-${name}.c ${fuzz_folder}/fuzz-common.c ${ARG_SOURCES})
  target_include_directories(fuzz-${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${fuzz_folder})
  target_link_libraries(fuzz-${name} PRIVATE ${ARG_LINK})
  if(WSIPROC_FUZZ)
    target_link_options(fuzz-${name} PRIVATE -fsanitize=fuzzer)
    return()
  endif()
  target_sources(fuzz-${name} PRIVATE ${fuzz_folder}/fuzz-main.c)
  math(EXPR mutations "${mutations} / ${wsi_slowdown}")
  math(EXPR seconds "2 * ${wsi_slowdown}")
  math(EXPR timeout "120 * ${wsi_slowdown}")
  set(mib 256)
  if(WSIPROC_SANITIZE)
    set(mib 2048)
  endif()
  add_test(NAME fuzz-${name} COMMAND fuzz-${name} --mutations ${mutations} --seconds ${seconds} --mib ${mib}
    --keep ${PROJECT_BINARY_DIR}/fuzz-${name}.input ${fuzz_seeds}/${name})
  set_tests_properties(fuzz-${name} PROPERTIES LABELS fuzz TIMEOUT ${timeout} FIXTURES_REQUIRED fuzz-seeds)
endfunction()

wsi_add_fuzz(slide 200 SOURCES ${fuzz_folder}/fuzz-read.c LINK wsi_reader)
wsi_add_fuzz(description 150 SOURCES ${fuzz_folder}/fuzz-read.c reader-maker.c LINK wsi_reader)
wsi_add_fuzz(synthetic 200 SOURCES ${fuzz_folder}/fuzz-read.c LINK wsi_reader)
wsi_add_fuzz(jpeg 200 SOURCES jpeg-cpu.c LINK wsi_kernels wsi_reader)
wsi_add_fuzz(jp2k 300 LINK wsi_reader)
wsi_add_fuzz(verify 150 LINK wsi_writer)
wsi_add_fuzz(chain 10 LINK wsi_scheduler)
wsi_add_fuzz(params 150 LINK wsi_scheduler)
wsi_add_fuzz(manifest 500 LINK wsi_cli)
wsi_add_fuzz(job-folder 500 LINK wsi_cli)

add_executable(fuzz-seeds ${fuzz_folder}/fuzz-seeds.c ${fuzz_folder}/fuzz-seeds-jobs.c
  ${fuzz_folder}/fuzz-seeds-outputs.c ${fuzz_folder}/fuzz-seeds-slides.c ${fuzz_folder}/fuzz-seeds-streams.c
  jpeg-maker.c jpeg-sample.c reader-maker.c)
target_include_directories(fuzz-seeds PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${fuzz_folder})
target_link_libraries(fuzz-seeds PRIVATE wsi_cli)
if(WSIPROC_FUZZ)
  return()
endif()
add_test(NAME fuzz-seeds COMMAND fuzz-seeds ${fuzz_seeds})
set_tests_properties(fuzz-seeds PROPERTIES LABELS fuzz FIXTURES_SETUP fuzz-seeds TIMEOUT 300)
