# The library as callers have it: test programs see the public headers and the shared library, nothing else.
foreach(part chain memory quiet slide)
  wsi_add_test(test-library-${part} unit SOURCES test-library-${part}.c LINK wsiproc::wsiproc)
endforeach()
foreach(part jobs sessions)
  wsi_add_test(test-library-${part} unit SOURCES test-library-${part}.c library-canvas.c LINK wsiproc::wsiproc Threads::Threads TIMEOUT 120)
endforeach()
if(NOT WSIPROC_HAVE_CUDA)
  # With the emulated device layer, which the shared library does not let in.
  wsi_add_test(test-library-device unit SOURCES test-library-device.c library-canvas.c device-emulated.c
    device-emulated-encode.c jpeg-cpu.c jpeg-encode-cpu.c LINK wsi_library TIMEOUT 120)
endif()
wsi_add_test(test-library-threads stress SOURCES test-library-threads.c LINK wsiproc::wsiproc Threads::Threads)

if(NOT WSIPROC_SANITIZE)
  wsi_add_script(library-exports unit 60 library_exports.py ${PROJECT_BINARY_DIR})
  wsi_add_script(package cli 300 package.py ${PROJECT_BINARY_DIR})
  wsi_add_script(library-locale unit 60 library_locale.py ${PROJECT_BINARY_DIR})
  wsi_add_script(library-numpy unit 60 library_numpy.py ${PROJECT_BINARY_DIR})
  wsi_add_script(library-cupy gpu 120 library_cupy.py ${PROJECT_BINARY_DIR}/library/libwsiproc.so.0)
endif()
wsi_add_script(doxygen unit 60 doxygen.py)
