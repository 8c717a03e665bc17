// The truth against the other account of the contract that the tests have: the reference, which is given the events as
// the decoder reads them off the wire.
#include <map>

#include "rehearsal.hpp"
#include "simulate/truth.hpp"
#include "streamstats/wire/decode.hpp"
#include "support/catch.hpp"
#include "support/reference.hpp"
#include "support/rows.hpp"

namespace streamstats::simulate {
namespace {

testing::sent_event owned(const play_event& event) {
    testing::sent_event result;
    result.kind = event.kind;
    result.server = event.server;
    result.id = event.id;
    result.channel = event.channel;
    result.country = event.country;
    result.protocol = event.protocol;
    result.user_id = event.user_id;
    result.ip = event.ip;
    result.user_agent = event.user_agent;
    result.agent_class = event.agent_class;
    result.bytes = event.bytes;
    result.opened_at = event.opened_at;
    result.closed_at = event.closed_at;
    result.updated_at = event.updated_at;
    result.time = event.time;
    return result;
}

std::vector<testing::receipt> received(const rehearsal& played) {
    std::vector<testing::receipt> result;
    wire::decoder decoder;
    for (const mail& one : played.mails()) {
        wire::batch batch;
        REQUIRE(decoder.decode(one.body, batch).error == wire::decode_error::none);
        CHECK(batch.rejections.empty());
        CHECK(batch.ignored == 0);
        for (const play_event& event : batch.events) result.push_back({owned(event), played.last()});
    }
    return result;
}

testing::rows as_table(const std::vector<minute_row>& rows) {
    testing::rows result;
    for (const minute_row& row : rows) result[{row.at, row.dim, row.value}] = row.numbers;
    return result;
}

simulation_settings thorny(std::uint64_t seed) {
    simulation_settings settings = small_audience();
    settings.seed = seed;
    settings.viewers = 40;
    settings.duration = seconds{900};
    settings.session_length = seconds{70};
    settings.missing_close_percent = 10;
    settings.missing_start_percent = 10;
    settings.repeat_percent = 10;
    settings.disorder_percent = 20;
    settings.idle_timeout = seconds{120};
    settings.updates = seed % 2 == 0;
    settings.restart_every = seconds{seed % 3 == 0 ? 200 : 0};
    return settings;
}

}  // namespace

TEST_CASE("the truth and the reference agree on every row, with everything closed at the end") {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        CAPTURE(seed);
        simulation_settings settings = thorny(seed);
        settings.close_at_end = true;
        const rehearsal played{settings};
        const minute end = minute_of(played.last()) + minutes{1};
        const engine_limits limits{.session_max_age = settings.session_max_age, .idle_timeout = settings.idle_timeout};
        const auto reference = testing::rows_at(received(played), limits, start_of(end), false);
        CHECK(testing::difference(reference, as_table(rows_of(played.history(), played.last(), end))) == "");
    }
}

TEST_CASE("the truth and the reference agree on every complete minute while sessions are open") {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        CAPTURE(seed);
        const simulation_settings settings = thorny(seed);
        const rehearsal played{settings};
        const engine_limits limits{.session_max_age = settings.session_max_age, .idle_timeout = settings.idle_timeout};
        const auto reference = testing::rows_at(received(played), limits, played.last(), false);
        const auto truth = rows_of(played.history(), played.last(), minute_of(played.last()));
        CHECK(testing::difference(reference, as_table(truth)) == "");
    }
}

}  // namespace streamstats::simulate
