# The portable bundle, made and tried. Sanitized builds are not for carrying about, cross-builds have none.
if(NOT WSIPROC_SANITIZE AND NOT CMAKE_CROSSCOMPILING)
  add_test(NAME bundle-make COMMAND ${CMAKE_COMMAND} --build ${PROJECT_BINARY_DIR} --target bundle)
  add_test(NAME bundle
    COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/bundle.sh ${PROJECT_BINARY_DIR} ${PROJECT_VERSION})
  set_tests_properties(bundle-make PROPERTIES LABELS bundle TIMEOUT 600 FIXTURES_SETUP bundle)
  set_tests_properties(bundle PROPERTIES LABELS bundle TIMEOUT 600 FIXTURES_REQUIRED bundle
    ENVIRONMENT "WSIPROC=$<TARGET_FILE:wsiproc>;WSIPROC_TEST_DATA=${WSIPROC_TEST_DATA}")
endif()
