# The readers: unit tests, and a tool that shows what they see to other programs.
add_executable(tool-readdump ${CMAKE_CURRENT_LIST_DIR}/tool-readdump.c)
target_link_libraries(tool-readdump PRIVATE wsi_reader)
