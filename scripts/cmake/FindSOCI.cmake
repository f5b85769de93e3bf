# FindSOCI: Debian's libsoci-dev ships neither a CMake config nor a pkg-config file.
#
# Components: the backends (sqlite3, postgresql, mysql).
# Targets:    SOCI::core, SOCI::<backend>; each backend carries the headers of its client library,
#             which SOCI's backend headers include.
include(FindPackageHandleStandardArgs)
find_package(PkgConfig REQUIRED QUIET)

find_path(SOCI_INCLUDE_DIR soci/soci.h)
find_library(SOCI_core_LIBRARY soci_core)

if(SOCI_INCLUDE_DIR)
  file(STRINGS "${SOCI_INCLUDE_DIR}/soci/version.h" _soci_version REGEX "SOCI_LIB_VERSION +\"" LIMIT_COUNT 1)
  string(REGEX REPLACE ".*\"([0-9]+)_([0-9]+)_([0-9]+)\".*" "\\1.\\2.\\3" SOCI_VERSION "${_soci_version}")
endif()

set(_soci_client_sqlite3 sqlite3)
set(_soci_client_postgresql libpq)
set(_soci_client_mysql libmariadb)
foreach(_backend IN LISTS SOCI_FIND_COMPONENTS)
  find_library(SOCI_${_backend}_LIBRARY soci_${_backend})
  pkg_check_modules(SOCI_${_backend}_CLIENT QUIET IMPORTED_TARGET ${_soci_client_${_backend}})
  if(SOCI_${_backend}_LIBRARY AND SOCI_${_backend}_CLIENT_FOUND)
    set(SOCI_${_backend}_FOUND TRUE)
  endif()
endforeach()

find_package_handle_standard_args(SOCI
  REQUIRED_VARS SOCI_core_LIBRARY SOCI_INCLUDE_DIR
  VERSION_VAR SOCI_VERSION
  HANDLE_COMPONENTS)

if(SOCI_FOUND AND NOT TARGET SOCI::core)
  add_library(SOCI::core UNKNOWN IMPORTED)
  set_target_properties(SOCI::core PROPERTIES
    IMPORTED_LOCATION "${SOCI_core_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${SOCI_INCLUDE_DIR}")
endif()
foreach(_backend IN LISTS SOCI_FIND_COMPONENTS)
  if(SOCI_${_backend}_FOUND AND NOT TARGET SOCI::${_backend})
    add_library(SOCI::${_backend} UNKNOWN IMPORTED)
    set_target_properties(SOCI::${_backend} PROPERTIES
      IMPORTED_LOCATION "${SOCI_${_backend}_LIBRARY}"
      INTERFACE_LINK_LIBRARIES "SOCI::core;PkgConfig::SOCI_${_backend}_CLIENT")
  endif()
endforeach()
mark_as_advanced(SOCI_INCLUDE_DIR SOCI_core_LIBRARY)
