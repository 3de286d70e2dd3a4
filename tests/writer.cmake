# The writer's tests. tool-writedemo makes the files that writer_oracle.py opens with other programs.
add_executable(tool-writedemo tool-writedemo.c)
target_link_libraries(tool-writedemo PRIVATE wsi_writer)

wsi_add_test(test-writer-parts unit SOURCES test-writer-parts.c LINK wsi_writer)
wsi_add_test(test-writer-mask unit SOURCES test-writer-mask.c LINK wsi_writer)
wsi_add_test(test-writer-labels unit SOURCES test-writer-labels.c LINK wsi_writer)
wsi_add_test(test-writer-failure unit SOURCES test-writer-failure.c LINK wsi_writer)
wsi_add_test(test-writer-order unit SOURCES test-writer-order.c LINK wsi_writer)
target_link_options(test-writer-order PRIVATE -Wl,--wrap=fsync,--wrap=rename,--wrap=flock,--wrap=open64)
wsi_add_test(test-writer-threads unit SOURCES test-writer-threads.c LINK wsi_writer)
wsi_add_test(test-writer-roundtrip golden SOURCES test-writer-roundtrip.c LINK wsi_writer TIMEOUT 300)
wsi_add_test(test-writer-hostile unit SOURCES test-writer-hostile.c LINK wsi_writer)
wsi_add_test(test-writer-damage golden SOURCES test-writer-damage.c LINK wsi_writer TIMEOUT 300)

# The tests' own Python when tools/test has made it; in another one the script says "skipped".
wsi_add_script(writer-oracle oracle 600 writer_oracle.py $<TARGET_FILE:tool-writedemo> ${PROJECT_BINARY_DIR}/hdf5-plugins)

wsi_add_test(test-writer-tables unit SOURCES test-writer-tables.c table-maker.c LINK wsi_writer m)

# Tables: tool-tabledemo writes what table_oracle.py reads with other programs.
add_executable(tool-tabledemo tool-tabledemo.c table-maker.c)
target_link_libraries(tool-tabledemo PRIVATE wsi_writer m)
wsi_add_script(table-oracle oracle 300 table_oracle.py $<TARGET_FILE:tool-tabledemo>)
