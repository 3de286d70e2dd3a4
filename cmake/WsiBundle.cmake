# The portable bundle: `cmake --build BUILD --target bundle` makes BUILD/wsiproc-VERSION-linux-ARCH.tar.zst. Not where
# the build is for another kind of machine, whose loader tells what a program needs.
#
# What is installed finds its libraries relative to itself, by a DT_RPATH (see tools/bundle for why not a DT_RUNPATH).
file(RELATIVE_PATH wsi_lib_from_bin ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_LIBDIR})
add_link_options(-Wl,--disable-new-dtags)

function(wsi_add_bundle)
  set_target_properties(wsiproc PROPERTIES INSTALL_RPATH "$ORIGIN/${wsi_lib_from_bin}")
  set_target_properties(wsiproc_library PROPERTIES INSTALL_RPATH "$ORIGIN")
  set_target_properties(h5zstd_wsiproc PROPERTIES INSTALL_RPATH "$ORIGIN/../..")
  if(CMAKE_CROSSCOMPILING)
    return()
  endif()
  add_custom_target(bundle
    COMMAND ${PROJECT_SOURCE_DIR}/tools/bundle ${PROJECT_BINARY_DIR} ${PROJECT_VERSION}
    VERBATIM USES_TERMINAL)
  add_dependencies(bundle wsiproc wsiproc_library h5zstd_wsiproc)
  if(TARGET manual)
    add_dependencies(bundle manual)
  endif()
endfunction()
