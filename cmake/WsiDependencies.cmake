# Libraries, all from the distribution (tools/setup installs them).
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
foreach(dependency
        TIFF:libtiff-4 OPENSLIDE:openslide OPENJPEG:libopenjp2 JPEG:libjpeg DEFLATE:libdeflate ZSTD:libzstd
        JANSSON:jansson XML2:libxml-2.0 CRYPTO:libcrypto HDF5:hdf5)
  string(REPLACE ":" ";" pair ${dependency})
  list(GET pair 0 name)
  list(GET pair 1 module)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET ${module})
  string(APPEND wsi_pkg_modules " ${module}")
endforeach()
