# The command line: its parts as unit tests, its words as golden texts.
foreach(part text options inputs batch)
  wsi_add_test(test-cli-${part} cli SOURCES test-cli-${part}.c LINK wsi_cli)
endforeach()

find_program(wsi_cli_python NAMES python3 REQUIRED)
add_test(NAME cli-golden COMMAND ${wsi_cli_python} ${CMAKE_CURRENT_SOURCE_DIR}/cli-golden.py)
set_tests_properties(cli-golden PROPERTIES LABELS cli TIMEOUT 120
  ENVIRONMENT "WSIPROC=$<TARGET_FILE:wsiproc>;WSIPROC_TEST_DATA=${WSIPROC_TEST_DATA}")
