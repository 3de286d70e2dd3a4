# The command line: its parts as unit tests, its words as golden texts.
foreach(part text options inputs batch job-folder lease shard picture)
  wsi_add_test(test-cli-${part} cli SOURCES test-cli-${part}.c LINK wsi_cli)
endforeach()

wsi_add_script(cli-golden cli 120 cli-golden.py)
wsi_add_script(manual cli 120 manual.py)
wsi_add_script(doctor cli 120 doctor.py)
wsi_add_script(cli-devices cli 120 cli-devices.py)
wsi_add_script(environment cli 180 environment.py)
if(TARGET wsiproc-emulated)
  wsi_add_script(cli-devices-emulated cli 120 cli-devices.py)
  set_property(TEST cli-devices-emulated APPEND PROPERTY ENVIRONMENT "WSIPROC=$<TARGET_FILE:wsiproc-emulated>")
endif()
