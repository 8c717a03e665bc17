// The one query that reads a series; the same text for every database. Pure.
#pragma once

#include <string>
#include <vector>

#include "streamstats/pipeline/series_source.hpp"

namespace streamstats::store {

// Columns: value (NULL: of stats_global), start of the step in seconds since 1970, minutes, number (see series_part).
struct series_query {
    std::string statement;           // a ? for each of the texts
    std::vector<std::string> texts;  // in their order
};

series_query query_of(const series_question& question);

}  // namespace streamstats::store
