#include "simulate/truth.hpp"

#include <sstream>

#include "rehearsal.hpp"
#include "simulate/truth_file.hpp"
#include "support/catch.hpp"

namespace streamstats::simulate {
namespace {

constexpr instant noon{milliseconds{1'795'262'400'000}};  // 2026-11-21T12:00:00Z

instant at(int second, int millisecond = 0) {
    return noon + seconds{second} + milliseconds{millisecond};
}

// One server with the sessions of the case; the truth of minute 12:00 + n.
class scene {
public:
    scene() {
        history_.restarts.resize(1);
        history_.rules = {seconds{86'400}, seconds{600}};
    }
    true_session& add(instant opened, std::optional<instant> closed, std::optional<std::uint64_t> bytes = {}) {
        true_session& session = history_.sessions.emplace_back();
        session.server = "edge";
        session.channel = "news";
        session.country = "DE";
        session.protocol = "hls";
        session.user = history_.sessions.size();
        session.opened = opened;
        session.closed = closed;
        session.closed_bytes = bytes;
        return session;
    }
    void restart(instant when) { history_.restarts[0].push_back(when); }

    [[nodiscard]] std::vector<minute_row> rows(int minute_count) const {
        return rows_of(history_, at(60 * minute_count), minute_of(noon) + minutes{minute_count});
    }
    // The global row of minute 12:00 + n, as of the end of minute_count minutes.
    [[nodiscard]] minute_numbers global(int n, int minute_count = 10) const {
        for (const minute_row& row : rows(minute_count)) {
            if (row.dim == dimension::global && row.at == minute_of(noon) + minutes{n}) return row.numbers;
        }
        FAIL("no global row");
        return {};
    }

private:
    true_history history_;
};

// started, closed, watched milliseconds, peak, users, bytes
minute_numbers numbers(std::int64_t started, std::int64_t closed, std::int64_t watched, std::int64_t peak,
                       std::int64_t users, std::int64_t bytes) {
    return {started, closed, watched, peak, users, bytes};
}

}  // namespace

TEST_CASE("a session over three minutes is split at their borders") {
    scene s;
    s.add(at(30), at(135, 500), 105'500);
    CHECK(s.global(0) == numbers(1, 0, 30'000, 1, 1, 30'000));
    CHECK(s.global(1) == numbers(0, 0, 60'000, 1, 1, 60'000));
    CHECK(s.global(2) == numbers(0, 1, 15'500, 1, 1, 15'500));
    CHECK(s.global(3) == numbers(0, 0, 0, 0, 0, 0));
}

TEST_CASE("bytes are rounded down at each border, so that the shares add up") {
    scene s;
    s.add(at(59, 999), at(60, 2), 10);
    CHECK(s.global(0).total_bytes == 3);
    CHECK(s.global(1).total_bytes == 7);
}

TEST_CASE("a session that ends as it begins has a viewer and no peak") {
    scene s;
    s.add(at(20), at(20), 5);
    CHECK(s.global(0) == numbers(1, 1, 0, 0, 1, 5));
}

TEST_CASE("a close on the border of a minute counts in the minute that begins there, and nothing else does") {
    scene s;
    s.add(at(0), at(60), 600);
    CHECK(s.global(0) == numbers(1, 0, 60'000, 1, 1, 600));
    CHECK(s.global(1) == numbers(0, 1, 0, 0, 0, 0));
}

TEST_CASE("who opens at the instant in which another one closes does not raise the peak") {
    scene s;
    s.add(at(0), at(30));
    s.add(at(30), at(50));
    CHECK(s.global(0).peak_concurrent == 1);
    s.add(at(29, 999), at(31));
    CHECK(s.global(0).peak_concurrent == 2);
}

TEST_CASE("the peak of a minute includes who was there at its beginning") {
    scene s;
    s.add(at(0), at(61));
    s.add(at(10), at(60));
    CHECK(s.global(0).peak_concurrent == 2);
    CHECK(s.global(1).peak_concurrent == 1);
}

TEST_CASE("one viewer with two sessions is one viewer") {
    scene s;
    s.add(at(0), at(70)).user = 7;
    s.add(at(10), at(20)).user = 7;
    s.add(at(10), at(20)).user = 8;
    CHECK(s.global(0).unique_users == 2);
    CHECK(s.global(1).unique_users == 1);
}

TEST_CASE("bytes flow between the updates") {
    scene s;
    true_session& session = s.add(at(0), at(120), 700);
    session.updates = {{at(60), 600}, {at(90), 500}};  // the second is smaller, which cannot be
    session.newest_update = at(90);
    CHECK(s.global(0).total_bytes == 600);
    CHECK(s.global(1).total_bytes == 100);
}

TEST_CASE("an update after the close does not count") {
    scene s;
    true_session& session = s.add(at(0), at(30), 300);
    session.updates = {{at(40), 900}};
    session.newest_update = at(40);
    CHECK(s.global(0).total_bytes == 300);
}

TEST_CASE("a close with fewer bytes than an update adds none") {
    scene s;
    true_session& session = s.add(at(0), at(120), 100);
    session.updates = {{at(60), 600}};
    session.newest_update = at(60);
    CHECK(s.global(0).total_bytes == 600);
    CHECK(s.global(1).total_bytes == 0);
}

TEST_CASE("an open session is watched to the end of the last minute") {
    scene s;
    s.add(at(30), std::nullopt);
    CHECK(s.global(0, 2) == numbers(1, 0, 30'000, 1, 1, 0));
    CHECK(s.global(1, 2) == numbers(0, 0, 60'000, 1, 1, 0));
}

TEST_CASE("a restart closes at its instant and begins the history when it comes first") {
    scene s;
    s.add(at(130), std::nullopt);
    s.restart(at(10));
    s.restart(at(150));
    CHECK(s.global(0) == numbers(0, 0, 0, 0, 0, 0));
    CHECK(s.global(2) == numbers(1, 1, 20'000, 1, 1, 0));
}

TEST_CASE("each dimension has a row for what is not zero, and only the global one has rows of zeros") {
    scene s;
    s.add(at(0), at(10), 60);
    s.add(at(130), at(140), 0).channel = "kids";
    std::ostringstream text;
    write_rows(text, s.rows(4));
    CHECK(text.str() ==
          "table\tminute\tvalue\tsessions_started\tsessions_closed\twatch_time_seconds\tpeak_concurrent\tunique_users\t"
          "total_bytes\tbandwidth_bps\n"
          "stats_global\t2026-11-21 12:00:00\t\t1\t1\t10.000\t1\t1\t60\t1\n"
          "stats_global\t2026-11-21 12:01:00\t\t0\t0\t0.000\t0\t0\t0\t0\n"
          "stats_global\t2026-11-21 12:02:00\t\t1\t1\t10.000\t1\t1\t0\t0\n"
          "stats_global\t2026-11-21 12:03:00\t\t0\t0\t0.000\t0\t0\t0\t0\n"
          "stats_by_server\t2026-11-21 12:00:00\tedge\t1\t1\t10.000\t1\t1\t60\t1\n"
          "stats_by_server\t2026-11-21 12:02:00\tedge\t1\t1\t10.000\t1\t1\t0\t0\n"
          "stats_by_channel\t2026-11-21 12:02:00\tkids\t1\t1\t10.000\t1\t1\t0\t0\n"
          "stats_by_channel\t2026-11-21 12:00:00\tnews\t1\t1\t10.000\t1\t1\t60\t1\n"
          "stats_by_country\t2026-11-21 12:00:00\tDE\t1\t1\t10.000\t1\t1\t60\t1\n"
          "stats_by_country\t2026-11-21 12:02:00\tDE\t1\t1\t10.000\t1\t1\t0\t0\n"
          "stats_by_protocol\t2026-11-21 12:00:00\thls\t1\t1\t10.000\t1\t1\t60\t1\n"
          "stats_by_protocol\t2026-11-21 12:02:00\thls\t1\t1\t10.000\t1\t1\t0\t0\n"
          "stats_by_user_agent\t2026-11-21 12:00:00\tother\t1\t1\t10.000\t1\t1\t60\t1\n"
          "stats_by_user_agent\t2026-11-21 12:02:00\tother\t1\t1\t10.000\t1\t1\t0\t0\n");
}

TEST_CASE("the bytes of all minutes are the bytes of all sessions") {
    simulation_settings settings = small_audience();
    settings.updates = true;
    settings.session_length = seconds{50};
    settings.close_at_end = true;
    const rehearsal played{settings};
    std::uint64_t sent = 0;
    for (const true_session& session : played.history().sessions)
        sent += session.closed_bytes.value_or(session.updates.empty() ? 0 : session.updates.back().bytes);
    std::array<std::int64_t, dimension_count> counted{};
    for (const minute_row& row : rows_of(played.history(), played.last(), minute_of(played.last()) + minutes{1}))
        counted[index_of(row.dim)] += row.numbers.total_bytes;
    for (const std::int64_t bytes : counted) CHECK(bytes == static_cast<std::int64_t>(sent));
}

}  // namespace streamstats::simulate
