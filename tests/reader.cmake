# The readers: unit tests, and a tool that shows what they see to other programs.
add_executable(tool-readdump ${CMAKE_CURRENT_LIST_DIR}/tool-readdump.c)
target_link_libraries(tool-readdump PRIVATE wsi_reader)

wsi_add_test(test-reader-synthetic unit SOURCES test-reader-synthetic.c LINK wsi_reader)
foreach(name tiff vendors broken codecs slides)
  wsi_add_test(test-reader-${name} unit SOURCES test-reader-${name}.c reader-maker.c LINK wsi_reader)
endforeach()
wsi_add_test(test-reader-threads stress SOURCES test-reader-threads.c reader-maker.c LINK wsi_reader)

# tifffile, OpenSlide and Pillow as the authority: in the tests' own Python when tools/test has made it; in another one
# the script says "skipped".
set(wsi_reader_python ${PROJECT_SOURCE_DIR}/.venv/bin/python3)
if(NOT EXISTS ${wsi_reader_python})
  set(wsi_reader_python python3)
endif()
add_test(NAME reader-oracle COMMAND ${wsi_reader_python} -W ignore ${CMAKE_CURRENT_LIST_DIR}/reader_oracle.py
  $<TARGET_FILE:tool-readdump> ${WSIPROC_TEST_DATA})
set_tests_properties(reader-oracle PROPERTIES LABELS oracle SKIP_RETURN_CODE 77 TIMEOUT 600)
