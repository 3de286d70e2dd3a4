-- wsiproc for Lmod. Copy modules/wsiproc into a folder of MODULEPATH and set `root` to where the program was installed
-- (cmake --install build --prefix ROOT) or the portable bundle unpacked.
local root = "/opt/wsiproc/0.1.0"

help([[
wsiproc, a streaming, out-of-core processor for whole-slide images.
  wsiproc run slides/ -o out --chain-file chain.txt
  wsiproc submit slides/ -o out --chain-file chain.txt      the same as a Slurm array
GPUs: wsiproc devices says which it sees. Programs that read its HDF5 files with zstd need the plugin of this module.
]])
whatis("Name: wsiproc")
whatis("Version: 0.1.0")
whatis("Category: imaging, pathology")
whatis("Description: Streaming, out-of-core processor for whole-slide images")

prepend_path("PATH", pathJoin(root, "bin"))
prepend_path("MANPATH", pathJoin(root, "share/man"))
prepend_path("PKG_CONFIG_PATH", pathJoin(root, "lib/pkgconfig"))
prepend_path("CMAKE_PREFIX_PATH", root)
prepend_path("HDF5_PLUGIN_PATH", pathJoin(root, "lib/wsiproc/hdf5-plugins"))
