# wsi_add_folder(NAME SOURCES ... [LINK targets ...]): one static target wsi_NAME for a folder. A folder sees only
# the targets it links, so the arrows of the design are enforced by the linker.
function(wsi_add_folder name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(wsi_${name} STATIC ${ARG_SOURCES})
  target_include_directories(wsi_${name} PUBLIC ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)
  target_link_libraries(wsi_${name} PUBLIC ${ARG_LINK})
endfunction()
