# The writer's tests. tool-writedemo makes the files that writer_oracle.py opens with other programs.
add_executable(tool-writedemo tool-writedemo.c)
target_link_libraries(tool-writedemo PRIVATE wsi_writer)
