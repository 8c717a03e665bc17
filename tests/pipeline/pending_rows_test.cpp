#include "pipeline/pending_rows.hpp"

#include "bench.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::testing;
using pipeline::pending_rows;

namespace {

minute_row row(std::string_view at, std::string value, row_kind kind, minute_numbers numbers) {
    return {at_minute(at), dimension::server, std::move(value), kind, numbers};
}
minute_row whole(std::string_view at, std::string value, minute_numbers numbers) {
    return row(at, std::move(value), row_kind::whole, numbers);
}
minute_row revision(std::string_view at, std::string value, minute_numbers numbers) {
    return row(at, std::move(value), row_kind::revision, numbers);
}

constexpr minute_numbers some{.sessions_started = 2,
                              .sessions_closed = 1,
                              .watch_time_ms = 90'000,
                              .peak_concurrent = 2,
                              .unique_users = 2,
                              .total_bytes = 1'000};
constexpr minute_numbers more{.sessions_started = 1,
                              .sessions_closed = 1,
                              .watch_time_ms = 5'000,
                              .peak_concurrent = 0,
                              .unique_users = 0,
                              .total_bytes = 10};
constexpr minute_numbers sum{.sessions_started = 3,
                             .sessions_closed = 2,
                             .watch_time_ms = 95'000,
                             .peak_concurrent = 2,
                             .unique_users = 2,
                             .total_bytes = 1'010};

minute_numbers negative(minute_numbers n) {
    return {-n.sessions_started, -n.sessions_closed, -n.watch_time_ms, 0, 0, -n.total_bytes};
}

}  // namespace

TEST_CASE("the newest whole row of a minute and value is the only one that waits", "[pipeline]") {
    pending_rows rows;
    for (int i = 0; i < 1'000; ++i) rows.add({whole("12:00", "edge1", more)});
    rows.add({whole("12:00", "edge1", some)});
    CHECK(rows.size() == 1);
    CHECK(rows.take(10).rows == std::vector{whole("12:00", "edge1", some)});
    CHECK(rows.size() == 0);
}

TEST_CASE("rows leave oldest minute first, at most as many as asked for", "[pipeline]") {
    pending_rows rows;
    rows.add({whole("12:02", "edge1", some), whole("12:00", "edge2", some), whole("12:00", "edge1", some)});
    CHECK(rows.take(2).rows == std::vector{whole("12:00", "edge1", some), whole("12:00", "edge2", some)});
    CHECK(rows.first_from(at_minute("12:00")) == at_minute("12:02"));
    CHECK(rows.take(2).rows.size() == 1);
    CHECK_FALSE(rows.first_from(minute{}));
}

TEST_CASE("a revision is added to the whole row that waits, and leaves its peak and viewers alone", "[pipeline]") {
    pending_rows rows;
    rows.add({whole("12:00", "edge1", some)});
    rows.add({revision("12:00", "edge1", more)});
    CHECK(rows.take(10).rows == std::vector{whole("12:00", "edge1", sum)});
}

TEST_CASE("revisions of one row add up, and those that cancel out are not written", "[pipeline]") {
    pending_rows rows;
    rows.add({revision("12:00", "edge1", more), revision("12:00", "edge2", more)});
    rows.add({revision("12:00", "edge1", more), revision("12:00", "edge2", negative(more))});
    const minute_numbers twice{2, 2, 10'000, 0, 0, 20};
    CHECK(rows.size() == 1);
    CHECK(rows.take(10).rows == std::vector{revision("12:00", "edge1", twice)});
}

TEST_CASE("a row of zeros of stats_global is written, also when it is a revision", "[pipeline]") {
    pending_rows rows;
    rows.add({{at_minute("12:00"), dimension::global, "", row_kind::revision, {}}});
    CHECK(rows.size() == 1);
    CHECK(rows.take(10).rows.size() == 1);
}

TEST_CASE("a whole row of zeros is written, since it removes a row", "[pipeline]") {
    pending_rows rows;
    rows.add({whole("12:00", "edge1", {})});
    CHECK(rows.size() == 1);
}

TEST_CASE("what is put back gives way to newer whole rows and takes in newer revisions", "[pipeline]") {
    pending_rows rows;
    rows.add({whole("12:00", "a", some), whole("12:00", "b", some), revision("12:00", "c", more),
              revision("12:00", "d", more), whole("12:00", "e", some)});
    auto taken = rows.take(10);
    rows.add({whole("12:00", "a", more), revision("12:00", "b", more), revision("12:00", "c", more),
              revision("12:00", "d", negative(more))});
    rows.put_back(std::move(taken));
    const minute_numbers twice{2, 2, 10'000, 0, 0, 20};
    CHECK(rows.size() == 4);
    CHECK(rows.take(10).rows == std::vector{whole("12:00", "a", more), whole("12:00", "b", sum),
                                            revision("12:00", "c", twice), whole("12:00", "e", some)});
}

TEST_CASE("minutes to be cleared go with the first of their rows, or alone if they have none", "[pipeline]") {
    pending_rows rows;
    for (const auto* at : {"12:00", "12:01", "12:03"}) rows.clear_first(at_minute(at));
    rows.add({whole("12:01", "edge1", some), whole("12:01", "edge2", some)});
    const auto first = rows.take(1);
    CHECK(first.cleared == std::vector{at_minute("12:00"), at_minute("12:01")});
    CHECK(first.rows.size() == 1);
    CHECK(rows.take(1).cleared == std::vector{at_minute("12:03")});
    CHECK(rows.empty());
    rows.put_back(first);
    CHECK(rows.take(10).cleared == first.cleared);
}

TEST_CASE("what is on its way already is subtracted from revisions, and stays in whole rows", "[pipeline]") {
    pending_rows rows;
    rows.add({whole("12:00", "a", some), revision("12:00", "b", more)});
    for (const auto* value : {"a", "b", "c"}) rows.subtract(revision("12:00", value, more));
    CHECK(rows.take(10).rows == std::vector{whole("12:00", "a", some), revision("12:00", "c", negative(more))});
}

TEST_CASE("rows from a minute on can be forgotten, earlier ones stay", "[pipeline]") {
    pending_rows rows;
    rows.add(
        {whole("12:00", "a", some), whole("12:01", "a", some), whole("12:01", "b", some), whole("12:05", "a", more)});
    rows.forget_from(at_minute("12:01"));
    CHECK(rows.size() == 1);
    CHECK(rows.first_from(at_minute("12:00")) == at_minute("12:00"));
    CHECK_FALSE(rows.first_from(at_minute("12:01")));
}
