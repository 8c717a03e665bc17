// The one query that reads a series; the same text for every database. Pure.
#pragma once

#include <functional>
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

// Hands out a row of the answer, whose first column is `value`; the row has is_null, text and number of a column.
template <class Row, class Column>
void hand_out(const Row& row, Column value, const std::function<void(const series_part&)>& each) {
    const std::string text = row.text(value);
    series_part part;
    if (!row.is_null(value)) part.value = text;
    part.step = minute_of(instant{seconds{row.number(value + 1)}});
    part.minutes = row.number(value + 2);
    part.number = row.number(value + 3);
    each(part);
}

}  // namespace streamstats::store
