# Cross-building for arm64 with Debian's or Ubuntu's gcc-aarch64-linux-gnu:
#
#   cmake -S . -B build/arm64 -G Ninja -DCMAKE_TOOLCHAIN_FILE=cmake/aarch64-linux-gnu.cmake -DCMAKE_SYSROOT=ROOT
#
# ROOT is an arm64 system with the libraries that tools/setup installs (debootstrap --arch=arm64 makes one); without it
# they come from the machine's own arm64 packages (dpkg --add-architecture arm64). With qemu-user the programs run too:
# unit tests, manual pages.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(ENV{PKG_CONFIG_SYSROOT_DIR} "${CMAKE_SYSROOT}")
set(ENV{PKG_CONFIG_LIBDIR} "${CMAKE_SYSROOT}/usr/lib/aarch64-linux-gnu/pkgconfig:${CMAKE_SYSROOT}/usr/share/pkgconfig")

find_program(WSIPROC_QEMU NAMES qemu-aarch64-static qemu-aarch64 DOC "Runs arm64 programs on this machine")
if(WSIPROC_QEMU)
  set(CMAKE_CROSSCOMPILING_EMULATOR ${WSIPROC_QEMU} -L "${CMAKE_SYSROOT}/")
endif()
