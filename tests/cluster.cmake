# Batches on clusters, the guide to them, and what lies under packaging/. Sanitizers have nothing new to see there.
if(NOT WSIPROC_SANITIZE)
  wsi_add_script(slurm cluster 600 slurm.py)
  wsi_add_script(guide cli 120 guide.py)
  wsi_add_script(packaging cli 300 recipes.py)
endif()
