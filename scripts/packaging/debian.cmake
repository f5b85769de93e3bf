# The Debian packages: `rulehost` with everything a service needs, `librulehost-dev` for those who embed it, and with
# RULEHOST_SHARED_ENGINE `librulehost-engineX.Y` with the shared library.
# Made by `cpack` in a build directory; `scripts/test package` proves that they work.

# The commented settings of config/, with the places of a package; nothing goes to standard output, which is the journal.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS config/rulehost.yaml)
file(READ config/rulehost.yaml rulehost_settings)
foreach(change IN ITEMS
    "sqlite:var/|sqlite:/var/lib/rulehost/"
    ": var/events.sock|: /run/rulehost/events.sock"
    ": var/|: /var/lib/rulehost/"
    "\nrules: rules\n|\nrules: /usr/share/rulehost/rules\n"
    "\n#admin:\n#  address:|\nadmin:\n  address:"
    "\noutput: tags\n|\noutput: none\n")
  string(REPLACE "|" ";" change "${change}")
  list(POP_FRONT change from to)
  string(FIND "${rulehost_settings}" "${from}" place)
  if(place EQUAL -1)
    message(FATAL_ERROR "config/rulehost.yaml has no '${from}' to be changed for the package")
  endif()
  string(REPLACE "${from}" "${to}" rulehost_settings "${rulehost_settings}")
endforeach()
file(CONFIGURE OUTPUT packaging/rulehost.yaml CONTENT "${rulehost_settings}" @ONLY)

# What only a package brings, in places outside the prefix.
install(FILES config/systemd/rulehost.service DESTINATION /lib/systemd/system COMPONENT service EXCLUDE_FROM_ALL)
install(FILES config/systemd/sysusers.conf DESTINATION /usr/lib/sysusers.d RENAME rulehost.conf
  COMPONENT service EXCLUDE_FROM_ALL)
install(FILES "${PROJECT_BINARY_DIR}/packaging/rulehost.yaml" DESTINATION /etc/rulehost COMPONENT service EXCLUDE_FROM_ALL)
install(FILES README.md CHANGELOG.md DESTINATION /usr/share/doc/rulehost COMPONENT service EXCLUDE_FROM_ALL)
install(FILES config/systemd/cowrie-home.conf config/prometheus/alerts.yaml config/grafana/rulehost.json
  DESTINATION /usr/share/doc/rulehost/examples COMPONENT service EXCLUDE_FROM_ALL)
install(DIRECTORY docs DESTINATION /usr/share/doc/rulehost COMPONENT service EXCLUDE_FROM_ALL)
install(FILES scripts/packaging/copyright DESTINATION /usr/share/doc/rulehost COMPONENT service EXCLUDE_FROM_ALL)
install(FILES scripts/packaging/copyright DESTINATION /usr/share/doc/librulehost-dev COMPONENT development_copyright
  EXCLUDE_FROM_ALL)

set(CMAKE_SKIP_INSTALL_ALL_DEPENDENCY ON) # packages need no tests to be built
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "The rulehost authors <rulehost@localhost>")
set(CPACK_PACKAGE_DIRECTORY "${PROJECT_BINARY_DIR}/packages")
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_HOMEPAGE "")

set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME rulehost)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION net)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_DEPENDS "systemd | systemd-standalone-sysusers")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SUGGESTS git) # for revisions that `rulehost diff` is given
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION "Evaluates YAML detection rules on the events of honeypots and other sensors,
and tags them with MITRE ATT&CK techniques. Rules and what operators decide
about them change while it runs, on every worker of a fleet at once.")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA
  "${PROJECT_SOURCE_DIR}/scripts/packaging/postinst"
  "${PROJECT_SOURCE_DIR}/scripts/packaging/prerm"
  "${PROJECT_SOURCE_DIR}/scripts/packaging/postrm"
  "${PROJECT_SOURCE_DIR}/scripts/packaging/conffiles")

set(CPACK_DEBIAN_DEV_PACKAGE_NAME librulehost-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS
  "libboost1.81-dev, libboost-json1.81-dev, libboost-url1.81-dev, libpcre2-dev, libnats-dev, libsoci-dev, libspdlog-dev, libssl-dev, libsystemd-dev, libvectorscan-dev, libyaml-cpp-dev, libzstd-dev, nettle-dev, zlib1g-dev")
set(CPACK_DEBIAN_DEV_DESCRIPTION "Headers, static library and CMake package of rulehost, for programs that
evaluate detection rules on events of their own.")

set(CPACK_COMPONENTS_ALL program service development development_copyright)
if(RULEHOST_SHARED_ENGINE)
  set(engine_package librulehost-engine${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  install(FILES scripts/packaging/copyright DESTINATION /usr/share/doc/${engine_package} COMPONENT shared_copyright
    EXCLUDE_FROM_ALL)
  list(APPEND CPACK_COMPONENTS_ALL shared shared_copyright)
  set(CPACK_DEBIAN_ENGINE_PACKAGE_NAME ${engine_package})
  set(CPACK_DEBIAN_ENGINE_PACKAGE_SECTION libs)
  set(CPACK_DEBIAN_ENGINE_DESCRIPTION "Shared library of rulehost's engine: it evaluates detection rules on events.")
  string(APPEND CPACK_DEBIAN_DEV_PACKAGE_DEPENDS ", ${engine_package} (= ${PROJECT_VERSION})")
endif()
include(CPack)
cpack_add_component(program GROUP runtime)
cpack_add_component(service GROUP runtime)
cpack_add_component(development GROUP dev)
cpack_add_component(development_copyright GROUP dev)
if(RULEHOST_SHARED_ENGINE)
  cpack_add_component(shared GROUP engine)
  cpack_add_component(shared_copyright GROUP engine)
  cpack_add_component_group(engine)
endif()
cpack_add_component_group(runtime)
cpack_add_component_group(dev)
