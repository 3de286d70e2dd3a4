# Manual pages and completions, made by the program itself from its tables (`wsiproc generate files`): target `manual`.
#
# Not with sanitizers: such a program may not start within a build (ThreadSanitizer wants its address space laid out
# without randomness), and nobody installs one. Not where the built program cannot run either.
function(wsi_add_manual)
  if(WSIPROC_SANITIZE OR (CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR))
    return()
  endif()
  set(share ${CMAKE_CURRENT_BINARY_DIR}/share)
  set(made ${CMAKE_CURRENT_BINARY_DIR}/share.made)
  add_custom_command(OUTPUT ${made}
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${share}
    COMMAND wsiproc generate files ${share}
    COMMAND ${CMAKE_COMMAND} -E touch ${made}
    DEPENDS wsiproc COMMENT "Manual pages and completions" VERBATIM)
  add_custom_target(manual ALL DEPENDS ${made})
  install(DIRECTORY ${share}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR})
  foreach(shell bash-completion zsh fish)
    install(DIRECTORY ${share}/${shell} DESTINATION ${CMAKE_INSTALL_DATADIR})
  endforeach()
endfunction()
