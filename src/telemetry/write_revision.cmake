# Run at each build: writes OUTPUT only if what git says of SOURCE has changed, so that nothing is rebuilt for nothing.
cmake_minimum_required(VERSION 3.25)
set(revision unknown)
find_program(GIT git)
if(GIT)
    execute_process(COMMAND ${GIT} describe --always --tags --dirty WORKING_DIRECTORY ${SOURCE}
                    OUTPUT_VARIABLE described OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
    if(NOT failed)
        set(revision ${described})
    endif()
endif()
file(CONFIGURE OUTPUT ${OUTPUT} CONTENT "#define STREAMSTATS_REVISION \"${revision}\"\n")
