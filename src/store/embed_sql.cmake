# Writes OUTPUT, a source file that holds the numbered files of FOLDER/mysql and FOLDER/sqlite.
# Usage: cmake -DFOLDER=… -DOUTPUT=… -P embed_sql.cmake
set(text "// Generated from the files in sql/.\n#include \"store/embedded_sql.hpp\"\n\nnamespace streamstats::store {\n")
foreach(dialect mysql sqlite)
    string(APPEND text "\nconst std::vector<embedded_file>& ${dialect}_files() {\n"
                       "    static const std::vector<embedded_file> files{\n")
    file(GLOB files ${FOLDER}/${dialect}/*.sql)
    list(SORT files)
    foreach(file IN LISTS files)
        get_filename_component(name ${file} NAME)
        file(READ ${file} sql)
        string(APPEND text "        {\"${name}\", R\"sql(${sql})sql\"},\n")
    endforeach()
    string(APPEND text "    };\n    return files;\n}\n")
endforeach()
string(APPEND text "\n}  // namespace streamstats::store\n")
file(WRITE ${OUTPUT} "${text}")
