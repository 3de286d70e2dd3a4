# What `cmake --install` puts in place for developers: headers, the library, and how pkg-config and CMake find them.
# Nothing in it names the folder it was installed to, so that it may be moved.
include(CMakePackageConfigHelpers)

option(WSIPROC_STATIC "Build and install libwsiproc.a as well (pkg-config --static says what it needs)" OFF)

# The modules of pkg-config a static library needs. A shared one has them inside: its users need not have their headers,
# so nothing is required of them then.
function(wsi_static_needs requires libs)
  set(${requires} "" PARENT_SCOPE)
  set(${libs} "" PARENT_SCOPE)
  if(WSIPROC_STATIC)
    set(${requires} "${wsi_pkg_modules}" PARENT_SCOPE)
    set(needed "-lm -pthread")
    if(WSIPROC_HAVE_CUDA)
      string(PREPEND needed "-L${CUDAToolkit_LIBRARY_DIR} -lcudart_static -ldl -lrt ")
    endif()
    set(${libs} "${needed}" PARENT_SCOPE)
  endif()
endfunction()

function(wsi_install_pkgconfig)
  set(folder ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
  get_filename_component(full ${folder} ABSOLUTE BASE_DIR ${CMAKE_INSTALL_PREFIX})
  file(RELATIVE_PATH wsi_prefix_from_pc ${full} ${CMAKE_INSTALL_PREFIX})
  file(RELATIVE_PATH wsi_lib_from_prefix ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_LIBDIR})
  file(RELATIVE_PATH wsi_include_from_prefix ${CMAKE_INSTALL_PREFIX} ${CMAKE_INSTALL_FULL_INCLUDEDIR})
  string(REGEX REPLACE "/$" "" wsi_prefix_from_pc "${wsi_prefix_from_pc}")
  wsi_static_needs(wsi_pc_requires wsi_pc_libs)
  configure_file(${PROJECT_SOURCE_DIR}/cmake/wsiproc.pc.in ${PROJECT_BINARY_DIR}/wsiproc.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/wsiproc.pc DESTINATION ${folder})
endfunction()

# Before 1.0 another minor version is another interface.
function(wsi_install_cmake)
  set(folder ${CMAKE_INSTALL_LIBDIR}/cmake/wsiproc)
  set(same SameMajorVersion)
  if(PROJECT_VERSION_MAJOR EQUAL 0)
    set(same SameMinorVersion)
  endif()
  configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/wsiprocConfig.cmake.in
    ${PROJECT_BINARY_DIR}/wsiprocConfig.cmake INSTALL_DESTINATION ${folder})
  write_basic_package_version_file(${PROJECT_BINARY_DIR}/wsiprocConfigVersion.cmake COMPATIBILITY ${same})
  install(FILES ${PROJECT_BINARY_DIR}/wsiprocConfig.cmake ${PROJECT_BINARY_DIR}/wsiprocConfigVersion.cmake
    DESTINATION ${folder})
  install(EXPORT wsiprocTargets NAMESPACE wsiproc:: DESTINATION ${folder})
endfunction()

function(wsi_install_library)
  install(TARGETS wsiproc_library EXPORT wsiprocTargets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
  if(TARGET wsiproc_static)
    install(TARGETS wsiproc_static ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
  endif()
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/wsiproc DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
    FILES_MATCHING PATTERN "*.h")
  wsi_install_pkgconfig()
  wsi_install_cmake()
  install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md ${PROJECT_SOURCE_DIR}/CHANGELOG.md
    DESTINATION ${CMAKE_INSTALL_DOCDIR})
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md"
    PATTERN "*.svg")
  install(DIRECTORY ${PROJECT_SOURCE_DIR}/examples DESTINATION ${CMAKE_INSTALL_DOCDIR})
endfunction()
