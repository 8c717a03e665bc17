#include "store/series_query.hpp"

#include <array>

#include "store/rollup_rows.hpp"

namespace streamstats::store {
namespace {

std::string number_of(series_metric metric) {
    constexpr std::array<std::string_view, 6> numbers{
        "SUM(sessions_started)", "SUM(sessions_closed)", "SUM(ROUND(watch_time_seconds * 1000))",
        "MAX(peak_concurrent)",  "SUM(unique_users)",    "SUM(total_bytes)"};
    return "CAST(" + std::string(numbers[static_cast<std::size_t>(basis_of(metric))]) + " AS SIGNED)";
}

std::string start_of_step(seconds step) {
    return "minute_epoch - minute_epoch % " + std::to_string(step.count());
}

// Conditions stand on `minute`, which has the index.
void append_global(series_query& query, const series_question& question, const std::string& number) {
    query.statement += "SELECT NULL, " + start_of_step(question.step) + ", COUNT(*), " + number +
                       " FROM stats_global WHERE minute >= ? AND minute < ? GROUP BY 2";
    query.texts.push_back(to_sql_text(question.from));
    query.texts.push_back(to_sql_text(question.to));
}

void append_values(series_query& query, const series_question& question) {
    const rollup_table table = table_of(question.dim);
    const std::string column{table.value_column};
    query.statement += "SELECT " + column + ", " + start_of_step(question.step) + ", COUNT(*), " +
                       number_of(question.metric) + " FROM " + std::string(table.name) + " WHERE " + column + " IN (";
    for (const std::string& value : question.values) {
        query.statement += query.texts.empty() ? "?" : ", ?";
        query.texts.push_back(value);
    }
    query.statement += ") AND minute >= ? AND minute < ? GROUP BY 1, 2";
    query.texts.push_back(to_sql_text(question.from));
    query.texts.push_back(to_sql_text(question.to));
}

}  // namespace

series_query query_of(const series_question& question) {
    series_query query;
    if (question.dim == dimension::global) {
        append_global(query, question, number_of(question.metric));
        return query;
    }
    append_values(query, question);
    query.statement += " UNION ALL ";
    append_global(query, question, "0");
    return query;
}

}  // namespace streamstats::store
