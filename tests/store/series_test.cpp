// What a series reads from the tables, in every store.
#include <algorithm>
#include <map>
#include <tuple>

#include "store/rows.hpp"
#include "store/series_query.hpp"
#include "store/testbed.hpp"
#include "support/catch.hpp"
#include "support/random_source.hpp"

namespace streamstats::test {
namespace {

constexpr minute start{minutes{29'500'000}};  // 2026-02-02 10:40:00

series_question question_of(series_metric metric, int step_minutes, int steps, std::vector<std::string> values = {}) {
    series_question question;
    question.dim = values.empty() ? dimension::global : dimension::channel;
    question.values = std::move(values);
    question.metric = metric;
    question.step = minutes{step_minutes};
    question.from = minute{start.time_since_epoch() / minutes{step_minutes} * minutes{step_minutes}};
    question.to = question.from + minutes{step_minutes} * steps;
    return question;
}

// Value (empty and false: of stats_global), start of the step -> minutes and number.
using parts = std::map<std::tuple<bool, std::string, minute>, std::pair<std::int64_t, std::int64_t>>;

parts read(series_source& source, const series_question& question) {
    parts found;
    const auto trouble = source.read(question, [&](const series_part& part) {
        const auto key = std::tuple(part.value.has_value(), std::string(part.value.value_or("")), part.step);
        CHECK(found.emplace(key, std::pair(part.minutes, part.number)).second);
    });
    INFO((trouble ? trouble->what : std::string{}));
    CHECK_FALSE(trouble.has_value());
    return found;
}

std::int64_t number_of(series_basis basis, const minute_numbers& of) {
    switch (basis) {
        case series_basis::sessions_started:
            return of.sessions_started;
        case series_basis::sessions_closed:
            return of.sessions_closed;
        case series_basis::watch_time_milliseconds:
            return of.watch_time_ms;
        case series_basis::peak_concurrent:
            return of.peak_concurrent;
        case series_basis::unique_users:
            return of.unique_users;
        case series_basis::total_bytes:
            break;
    }
    return of.total_bytes;
}

// A minute at a time.
parts expected(const std::vector<minute_row>& rows, const series_question& question) {
    parts all;
    for (const minute_row& row : rows) {
        const bool global = row.dim == dimension::global;
        const bool wanted = row.dim == question.dim && std::find(question.values.begin(), question.values.end(),
                                                                 row.value) != question.values.end();
        if (row.at < question.from || row.at >= question.to || (!global && !wanted)) continue;
        const auto step = std::chrono::duration_cast<minutes>(question.step);
        auto& [count, number] = all[{!global, row.value, minute{row.at.time_since_epoch() / step * step}}];
        ++count;
        if (global && question.dim != dimension::global) continue;
        const std::int64_t more = number_of(basis_of(question.metric), row.numbers);
        number = question.metric == series_metric::peak_concurrent ? std::max(number, more) : number + more;
    }
    return all;
}

minute_numbers some_numbers(testing::random_source& chance) {
    const auto below = [&](std::uint64_t end) { return static_cast<std::int64_t>(chance.below(end)); };
    return {1 + below(9), below(9), below(600'000), below(99), below(99), below(1'000'000'000'000)};
}

const std::vector<std::string> hostile_values{"a",
                                              "A",
                                              "a ",
                                              "",
                                              "'; DROP TABLE stats_global; --",
                                              "back\\slash\" ?",
                                              std::string("nul\0byte", 8),
                                              "\xE2\x80\xAE right to left",
                                              "\xF0\x9F\x93\xBA",
                                              std::string(255, 'x')};

std::vector<minute_row> generated(std::uint64_t seed) {
    testing::random_source chance{seed};
    std::vector<minute_row> rows;
    for (int i = 0; i < 90; ++i) {
        const minute at = start + minutes{i};
        if (chance.chance(20)) continue;
        rows.push_back({at, dimension::global, "", row_kind::whole, some_numbers(chance)});
        for (const std::string& value : hostile_values) {
            if (chance.chance(30)) continue;
            rows.push_back({at, dimension::channel, value, row_kind::whole, some_numbers(chance)});
        }
    }
    return rows;
}

}  // namespace

TEST_CASE("the parts of a series are those that a walk over all rows finds", "[store]") {
    on_every_store([](testbed& bed) {
        const std::vector<minute_row> rows = generated(5);
        CHECK_FALSE(prepared(bed)->write(flush_of(1, rows)));
        const auto source = bed.make_series();
        for (const metric_facts& metric : series_metrics) {
            CAPTURE(metric.name);
            for (const int step : {1, 7, 60}) {
                const series_question of_all = question_of(metric.metric, step, 60 / step + 1);
                CHECK(read(*source, of_all) == expected(rows, of_all));
                const series_question of_some = question_of(metric.metric, step, 60 / step + 1, hostile_values);
                CHECK(read(*source, of_some) == expected(rows, of_some));
            }
        }
    });
}

TEST_CASE("a value that is not there gives nothing but the minutes that are known", "[store]") {
    on_every_store([](testbed& bed) {
        CHECK_FALSE(prepared(bed)->write(flush_of(1, generated(6))));
        const auto source = bed.make_series();
        for (const auto& [key, part] :
             read(*source, question_of(series_metric::total_bytes, 60, 2, {"a%", "nobody"}))) {
            CHECK_FALSE(std::get<bool>(key));
            CHECK(part.first > 0);
        }
    });
}

TEST_CASE("each dimension is read from its own table", "[store]") {
    on_every_store([](testbed& bed) {
        std::vector<minute_row> rows;
        for (const dimension d : all_dimensions) {
            const std::string value = d == dimension::global ? "" : "same";
            minute_numbers numbers;
            numbers.total_bytes = 1 + static_cast<std::int64_t>(index_of(d));
            rows.push_back({start, d, value, row_kind::whole, numbers});
        }
        CHECK_FALSE(prepared(bed)->write(flush_of(1, rows)));
        const auto source = bed.make_series();
        for (const dimension d : all_dimensions) {
            series_question question = question_of(series_metric::total_bytes, 1, 1);
            question.dim = d;
            if (d != dimension::global) question.values = {"same"};
            CHECK(read(*source, question) == expected(rows, question));
        }
    });
}

TEST_CASE("a store without its tables is a failure, and no obstacle later on", "[store]") {
    on_every_store([](testbed& bed) {
        const auto source = bed.make_series();
        const series_question question = question_of(series_metric::total_bytes, 1, 1);
        CHECK(source->read(question, [](const series_part&) {}));
        const auto store = prepared(bed);
        CHECK(read(*source, question).empty());
    });
}

TEST_CASE("a connection that the server has closed is replaced before it is used", "[store]") {
    on_every_server([](mysql_testbed& bed) {
        const auto store = prepared(bed);
        const auto source = bed.make_series();
        const series_question question = question_of(series_metric::total_bytes, 1, 1);
        CHECK(read(*source, question).empty());
        for (const auto& row :
             bed.sql("SELECT id FROM information_schema.processlist WHERE user = '" + bed.settings.user + "'")) {
            bed.sql("KILL " + row[0]);
        }
        CHECK(read(*source, question).empty());
    });
}

TEST_CASE("a read that takes longer than it may is given up, and the next one is not the worse for it", "[store]") {
    on_every_server([](mysql_testbed& bed) {
        const auto store = prepared(bed);
        const auto source = bed.make_series(milliseconds{200});
        const series_question question = question_of(series_metric::total_bytes, 1, 1);
        const auto locker = bed.connect();
        locker->execute("LOCK TABLES " + bed.settings.name + ".stats_global WRITE");
        const auto trouble = source->read(question, [](const series_part&) {});
        REQUIRE(trouble);
        CHECK(trouble->trouble == store_trouble::busy);
        locker->execute("UNLOCK TABLES");
        CHECK(read(*source, question).empty());
    });
}

TEST_CASE("a read of a file that takes longer than it may is given up", "[store]") {
    on_sqlite([](testbed& bed) {
        std::vector<minute_row> rows;
        for (int i = 0; i < 2'000; ++i)
            rows.push_back({start + minutes{i}, dimension::global, "", row_kind::whole, {1, 0, 0, 0, 0, 0}});
        CHECK_FALSE(prepared(bed)->write(flush_of(1, rows)));
        const series_question question = question_of(series_metric::total_bytes, 1, 2'000);
        const auto trouble = bed.make_series(milliseconds{-1})->read(question, [](const series_part&) {});
        REQUIRE(trouble);
        CHECK(trouble->trouble == store_trouble::busy);
        CHECK(read(*bed.make_series(), question).size() == 2'000);
    });
}

TEST_CASE("a series reads a range of an index, never a whole table", "[store]") {
    const series_question of_all = question_of(series_metric::total_bytes, 60, 2);
    const series_question of_some = question_of(series_metric::total_bytes, 60, 2, {"a", "A"});
    on_every_store([&](testbed& bed) {
        const auto store = prepared(bed);
        // As many other minutes as it takes for a range to be the better way.
        std::vector<minute_row> rows = generated(7);
        for (int i = 0; i < 2'000; ++i) {
            rows.push_back({start - minutes{i + 1}, dimension::global, "", row_kind::whole, {1, 0, 0, 0, 0, 0}});
            rows.push_back({start - minutes{i + 1}, dimension::channel, "b", row_kind::whole, {1, 0, 0, 0, 0, 0}});
        }
        CHECK_FALSE(store->write(flush_of(1, rows)));
        for (const series_question& question : {of_all, of_some}) {
            for (const std::string& plan : bed.plan_of(store::query_of(question))) {
                CAPTURE(plan);
                const bool searched =
                    plan.find("SEARCH") != std::string::npos || plan.find("range") != std::string::npos;
                const bool of_a_table = plan.find("stats_") != std::string::npos;
                CHECK((searched || !of_a_table));
            }
        }
    });
}

}  // namespace streamstats::test
