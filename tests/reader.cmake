# The readers: unit tests, and a tool that shows what they see to other programs.
add_executable(tool-readdump ${CMAKE_CURRENT_LIST_DIR}/tool-readdump.c)
target_link_libraries(tool-readdump PRIVATE wsi_reader)

wsi_add_test(test-reader-synthetic unit SOURCES test-reader-synthetic.c LINK wsi_reader)
foreach(name tiff vendors broken hostile codecs slides)
  wsi_add_test(test-reader-${name} unit SOURCES test-reader-${name}.c reader-maker.c LINK wsi_reader)
endforeach()
wsi_add_test(test-reader-threads stress SOURCES test-reader-threads.c reader-maker.c LINK wsi_reader)

# tifffile, OpenSlide and Pillow as the authority: in the tests' own Python when tools/test has made it; in another one
# the script says "skipped".
wsi_add_script(reader-oracle oracle 600 reader_oracle.py $<TARGET_FILE:tool-readdump> ${WSIPROC_TEST_DATA})
