wsi_add_test(test-tiler unit SOURCES test-tiler.c LINK wsi_tiler)
