wsi_add_test(test-common-param unit SOURCES test-common-param.c LINK wsi_common)
wsi_add_test(test-common-pool unit SOURCES test-common-pool.c LINK wsi_common)
wsi_add_test(test-common-image unit SOURCES test-common-image.c LINK wsi_common)
wsi_add_test(test-common-trace unit SOURCES test-common-trace.c LINK wsi_common)
