# The Debian packages: an install component each, made by scripts/package through CPack. What dpkg runs and what systemd
# reads is in packaging/. Libraries come from dpkg-shlibdeps, so no list of them stands anywhere.
set(RS_PACKAGE_MAINTAINER "The remote-support toolkit authors <packages@remote-support.invalid>" CACHE STRING
  "Maintainer of the packages: NAME <ADDRESS> of who builds and passes them on")
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(version ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})
set(maintainer ${RS_PACKAGE_MAINTAINER})
set(package_dir ${CMAKE_BINARY_DIR}/packaging)
set(packages)
set(CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
  OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)

configure_file(packaging/changelog.in ${package_dir}/changelog @ONLY)

# The notices of what is compiled in go along, as their own packages give them. What NOTICE.md says about programs with
# codecs concerns none of these.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS NOTICE.md)
file(READ NOTICE.md notice)
string(REGEX REPLACE "## Programs with codecs.*" "" notice "${notice}")
string(APPEND notice "The licences named here are in /usr/share/common-licenses, or follow.\n\n")
file(CONFIGURE OUTPUT ${package_dir}/notice CONTENT "${notice}" @ONLY)
set(copyright_parts ${CMAKE_SOURCE_DIR}/LICENSE ${package_dir}/notice
  /usr/share/doc/nlohmann-json3-dev/copyright /usr/share/doc/libcli11-dev/copyright)

# All that a package holds beside the programs and the files of the source tree.
add_custom_target(package_files)

# rs_made(PACKAGE DIRECTORY FILE COMMAND…): FILE is what COMMAND writes to stdout; installed in DIRECTORY.
function(rs_made package directory file)
  set(path ${package_dir}/${package}/${file})
  file(MAKE_DIRECTORY ${package_dir}/${package})
  cmake_parse_arguments(arg "" "" "COMMAND;DEPENDS" ${ARGN})
  add_custom_command(OUTPUT ${path} COMMAND ${arg_COMMAND} > ${path} DEPENDS ${arg_DEPENDS} VERBATIM)
  string(MAKE_C_IDENTIFIER package_${package}_${file} target)
  add_custom_target(${target} DEPENDS ${path})
  add_dependencies(package_files ${target})
  install(FILES ${path} DESTINATION ${directory} COMPONENT ${package})
endfunction()

function(rs_gzipped package directory source file)
  rs_made(${package} ${directory} ${file}.gz COMMAND gzip -9nc ${source} DEPENDS ${source})
endfunction()

# rs_package(NAME FOLDER SECTION SUMMARY TEXT): the program NAME in /usr/FOLDER, its man pages and documents.
function(rs_package name folder section summary text)
  install(TARGETS ${name} RUNTIME DESTINATION ${folder} COMPONENT ${name})
  add_dependencies(package_files ${name})
  file(GLOB pages CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/man/${name}.[1-8] ${CMAKE_SOURCE_DIR}/man/${name}-[a-z]*.[1-8])
  foreach(page ${pages})
    get_filename_component(file ${page} NAME)
    string(REGEX REPLACE ".*\\.([1-8])$" "man\\1" man ${file})
    rs_gzipped(${name} share/man/${man} ${page} ${file})
  endforeach()
  rs_gzipped(${name} share/doc/${name} ${package_dir}/changelog changelog.Debian)
  rs_made(${name} share/doc/${name} copyright COMMAND cat ${copyright_parts} DEPENDS ${copyright_parts})

  string(TOUPPER ${name} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_NAME ${name} PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_PACKAGE_SECTION ${section} PARENT_SCOPE)
  set(CPACK_DEBIAN_${upper}_DESCRIPTION "${summary}\n${text}" PARENT_SCOPE)
  set(packages ${packages} ${name} PARENT_SCOPE)
endfunction()

function(rs_examples package)
  install(PROGRAMS ${ARGN} DESTINATION share/doc/${package}/examples COMPONENT ${package})
endfunction()

# rs_service(PACKAGE STATE PURGE): its unit, and what dpkg runs around it. STATE says in words what a purge of /var/lib/PACKAGE
# loses; PURGE is what else it does, in whole lines.
function(rs_service package state purge)
  set(unit ${package}.service)
  install(FILES packaging/${unit} DESTINATION /lib/systemd/system COMPONENT ${package})
  set(scripts)
  foreach(script postinst prerm postrm)
    configure_file(packaging/${script}.in ${package_dir}/${package}/${script} @ONLY
      FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
    list(APPEND scripts ${package_dir}/${package}/${script})
  endforeach()
  string(TOUPPER ${package} upper)
  set(CPACK_DEBIAN_${upper}_PACKAGE_CONTROL_EXTRA "${scripts}" PARENT_SCOPE)
endfunction()

rs_package(relayd bin net "relay of a remote support toolkit"
"Agents and technicians connect to relayd on one TLS port. It signs them in,\n\
brings them together and carries what they say, encrypted from end to end;\n\
it keeps the audit and holds the identities of a tenant.")
rs_service(relayd "the keys, accounts and audit of this relay" "")
install(FILES packaging/relayd.sysusers.conf DESTINATION lib/sysusers.d RENAME relayd.conf COMPONENT relayd)
# The small one first: systemd provides the other, and a container needs nothing more.
set(CPACK_DEBIAN_RELAYD_PACKAGE_DEPENDS "systemd-standalone-sysusers | systemd-sysusers")

rs_package(agentd bin admin "agent of a remote support toolkit"
"agentd makes a computer an agent: technicians of its tenant may do there\n\
what its owner allows, through a relay that carries their sessions and cannot\n\
read them. It makes outgoing connections only and listens on no port.")
# agentd.yaml is no conffile: enrolment writes it as the token says, where there is none; one that dpkg had put there would
# always win over the token, and dpkg would ask about it at each upgrade. The directory waits for it, or for a token.
install(DIRECTORY DESTINATION /etc/agentd COMPONENT agentd)
install(FILES examples/agentd.yaml DESTINATION share/doc/agentd/examples COMPONENT agentd)
rs_service(agentd "the identity and audit of this agent; to be one again it must be enrolled"
  "    rm -f /etc/agentd/agentd.yaml /etc/agentd/enroll-token\n    rmdir /etc/agentd 2>/dev/null || true\n")
set(CPACK_DEBIAN_AGENTD_PACKAGE_SUGGESTS agentd-desktop)

rs_package(rsctl bin admin "remote support from a shell"
"rsctl is the technician's end of a remote support toolkit: every action is\n\
a command, every answer can be JSON, and each failure has a name and an exit\n\
code. For people at a terminal, cron jobs and pipelines.")
rs_examples(rsctl examples/ci-pipeline.sh examples/maintenance.sh)
foreach(made "bash share/bash-completion/completions rsctl" "zsh share/zsh/vendor-completions _rsctl"
             "fish share/fish/vendor_completions.d rsctl.fish")
  string(REPLACE " " ";" made ${made})
  list(GET made 0 shell)
  list(GET made 1 directory)
  list(GET made 2 file)
  rs_made(rsctl ${directory} ${file} COMMAND rsctl completion ${shell} DEPENDS rsctl)
endforeach()
# The first sign-in without a fingerprint asks for a publicly trusted certificate.
set(CPACK_DEBIAN_RSCTL_PACKAGE_RECOMMENDS ca-certificates)

if(TARGET agentd-desktop)
  rs_package(agentd-desktop libexec admin "agent of a remote support toolkit: the desktop"
"The helper that agentd starts for what needs a display, such as screenshots.\n\
agentd itself needs no library of a desktop.")
  set(CPACK_DEBIAN_AGENTD-DESKTOP_PACKAGE_DEPENDS "agentd (= ${version})")
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME remote-support)
set(CPACK_PACKAGE_CONTACT ${RS_PACKAGE_MAINTAINER})
set(CPACK_DEBIAN_PACKAGE_MAINTAINER ${RS_PACKAGE_MAINTAINER})
set(CPACK_COMPONENTS_ALL ${packages})
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_STRIP_FILES ON)
# /lib/systemd and /etc do not stand below /usr.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
include(CPack)
