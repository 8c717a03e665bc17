// The numbered files of sql/, put into the program when it is built (see embed_sql.cmake).
#pragma once

#include <string_view>
#include <vector>

namespace streamstats::store {

struct embedded_file {
    std::string_view name;  // "0001_rollups.sql"
    std::string_view text;
};

// In the order of their numbers.
const std::vector<embedded_file>& mysql_files();
const std::vector<embedded_file>& sqlite_files();

}  // namespace streamstats::store
