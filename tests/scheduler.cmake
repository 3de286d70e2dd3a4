wsi_add_test(test-scheduler-chain unit SOURCES test-scheduler-chain.c LINK wsi_scheduler)
wsi_add_test(test-scheduler-plan unit SOURCES test-scheduler-plan.c LINK wsi_scheduler)
wsi_add_test(test-scheduler-downsample unit SOURCES test-scheduler-downsample.c LINK wsi_scheduler)
wsi_add_test(test-scheduler-job unit SOURCES test-scheduler-job.c LINK wsi_scheduler)
