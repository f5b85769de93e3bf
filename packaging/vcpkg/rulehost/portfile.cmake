# An overlay port that lies in the tree which it builds: vcpkg install rulehost --overlay-ports=packaging/vcpkg
get_filename_component(SOURCE_PATH "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
if(VCPKG_LIBRARY_LINKAGE STREQUAL "dynamic")
  set(shared_engine ON)
else()
  set(shared_engine OFF)
endif()
vcpkg_find_acquire_program(PKGCONFIG)
vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS
    -DRULEHOST_SERVICE=OFF
    -DRULEHOST_WARNINGS_AS_ERRORS=OFF
    -DRULEHOST_SHARED_ENGINE=${shared_engine}
    "-DPKG_CONFIG_EXECUTABLE=${PKGCONFIG}")
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(PACKAGE_NAME rulehost CONFIG_PATH lib/cmake/rulehost)
vcpkg_fixup_pkgconfig()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include" "${CURRENT_PACKAGES_DIR}/debug/share")
vcpkg_install_copyright(FILE_LIST "${SOURCE_PATH}/LICENSE")
