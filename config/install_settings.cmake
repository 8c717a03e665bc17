# Puts the settings in place unless there are some already. Only root and, through the unit, the daemon read them.
if(CMAKE_INSTALL_PREFIX STREQUAL "/usr")
    set(directory /etc/streamstats)
else()
    set(directory ${CMAKE_INSTALL_PREFIX}/etc/streamstats)
endif()
if(EXISTS "$ENV{DESTDIR}${directory}/streamstats.env")
    message(STATUS "Left as it is: $ENV{DESTDIR}${directory}/streamstats.env")
else()
    file(INSTALL ${CMAKE_CURRENT_LIST_DIR}/streamstats.env DESTINATION ${directory}
         PERMISSIONS OWNER_READ OWNER_WRITE)
endif()
