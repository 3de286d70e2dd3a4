# The library as callers have it: test programs see the public headers and the shared library, nothing else.
foreach(part chain memory slide)
  wsi_add_test(test-library-${part} unit SOURCES test-library-${part}.c LINK wsiproc::wsiproc)
endforeach()
foreach(part jobs sessions)
  wsi_add_test(test-library-${part} unit SOURCES test-library-${part}.c library-canvas.c LINK wsiproc::wsiproc Threads::Threads TIMEOUT 120)
endforeach()
wsi_add_test(test-library-threads stress SOURCES test-library-threads.c LINK wsiproc::wsiproc Threads::Threads)

if(NOT WSIPROC_SANITIZE)
  wsi_add_script(library-exports unit 60 library_exports.py ${PROJECT_BINARY_DIR})
endif()
wsi_add_script(doxygen unit 60 doxygen.py)
