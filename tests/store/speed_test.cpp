// How fast the stores are: test_store "[.speed]". Prints, and asserts nothing about time.
#include <chrono>
#include <iostream>

#include "store/rows.hpp"
#include "store/testbed.hpp"
#include "support/catch.hpp"

namespace streamstats::test {
namespace {

constexpr int rows_count = 200'000;

// 200 minutes of 1 000 channels.
std::vector<minute_row> many_rows(row_kind kind) {
    std::vector<minute_row> rows;
    rows.reserve(rows_count);
    const minute first = minute_of(at(noon));
    for (int i = 0; i < rows_count; ++i) {
        rows.push_back({first + minutes{i / 1'000},
                        dimension::channel,
                        "channel number " + std::to_string(i % 1'000),
                        kind,
                        {3, 2, 61'001, 0, 0, 123'456'789}});
    }
    return rows;
}

template <class Action>
void measure(const std::string& what, Action&& action) {
    const auto begin = std::chrono::steady_clock::now();
    action();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    std::cout << "  " << what << ": " << static_cast<long>(rows_count / took.count()) << " rows/s\n";
}

}  // namespace

TEST_CASE("rows a second", "[.speed]") {
    on_every_store([](testbed& bed) {
        const auto store = prepared(bed);
        std::cout << store->description() << '\n';
        const flush inserts = flush_of(1, many_rows(row_kind::whole));
        measure("new rows", [&] { CHECK_FALSE(store->write(inserts)); });
        const flush updates = flush_of(2, many_rows(row_kind::revision));
        measure("revisions", [&] { CHECK_FALSE(store->write(updates)); });
        session_changes changes;
        for (std::uint32_t i = 0; i < rows_count; ++i) {
            session_row row;
            for (std::size_t byte = 0; byte < 4; ++byte) row.key[byte] = static_cast<std::uint8_t>(i >> (8 * byte));
            row.server = "media1";
            row.channel = "channel";
            row.opened = at(noon);
            changes.open.push_back(row);
        }
        measure("sessions written", [&] { CHECK_FALSE(store->sync_sessions(changes)); });
        std::size_t loaded = 0;
        measure("sessions read", [&] { CHECK_FALSE(store->load_sessions([&](const session_row&) { ++loaded; })); });
        CHECK(loaded == changes.open.size());
    });
}

}  // namespace streamstats::test
