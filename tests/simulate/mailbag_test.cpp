#include "simulate/mailbag.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "rehearsal.hpp"
#include "simulate/event_text.hpp"
#include "support/catch.hpp"

namespace streamstats::simulate {
namespace {

std::multiset<std::string> sorted(const rehearsal& played) {
    std::multiset<std::string> result;
    for (const auto& event : played.events()) result.insert(event.dump());
    return result;
}

instant instant_of(const nlohmann::json& event) {
    const char* field = event["event"] == "play_started" ? "opened_at" : "utc_ms";
    return instant{milliseconds{event.value(field, std::int64_t{0})}};
}

}  // namespace

TEST_CASE("it makes no difference for the batches how often the clock is looked at") {
    simulation_settings settings = small_audience();
    settings.disorder_percent = 20;
    CHECK(rehearsal{settings, milliseconds{1}}.bodies() == rehearsal{settings, milliseconds{777}}.bodies());
    CHECK(rehearsal{settings, milliseconds{1}}.bodies() == rehearsal{settings, seconds{120}}.bodies());
}

TEST_CASE("no batch is larger than asked for, and a small one does not wait for long") {
    simulation_settings settings = small_audience();
    settings.servers = 1;  // sends utc_ms
    const rehearsal played{settings};
    for (const mail& batch : played.mails()) {
        CHECK(batch.events <= settings.batch_events);
        const auto events = nlohmann::json::parse(batch.body);
        CHECK(events.size() == batch.events);
        CHECK(instant_of(events.back()) - instant_of(events.front()) <= milliseconds{500});
    }
}

TEST_CASE("repeated batches come twice, and nothing else changes") {
    simulation_settings settings = small_audience();
    const auto once = rehearsal{settings}.bodies();
    settings.repeat_percent = 100;
    const auto twice = rehearsal{settings}.bodies();
    REQUIRE(twice.size() == 2 * once.size());
    for (std::size_t k = 0; k < once.size(); ++k) {
        CHECK(twice[2 * k] == once[k]);
        CHECK(twice[2 * k + 1] == once[k]);
    }
}

TEST_CASE("disorder loses no event and adds none") {
    simulation_settings settings = small_audience();
    const rehearsal in_order{settings};
    settings.disorder_percent = 40;
    const rehearsal mixed{settings};
    CHECK(mixed.bodies() != in_order.bodies());
    CHECK(sorted(mixed) == sorted(in_order));
}

TEST_CASE("as many answers are to be lost as asked for") {
    simulation_settings settings = small_audience();
    const auto lost = [](const rehearsal& played) {
        return std::count_if(played.mails().begin(), played.mails().end(),
                             [](const mail& batch) { return batch.lose_answer; });
    };
    CHECK(lost(rehearsal{settings}) == 0);
    settings.lost_answer_percent = 50;
    const rehearsal half{settings};
    CHECK(lost(half) * 100 > 30 * static_cast<std::ptrdiff_t>(half.mails().size()));
    CHECK(lost(half) * 100 < 70 * static_cast<std::ptrdiff_t>(half.mails().size()));
}

TEST_CASE("text is quoted as JSON demands") {
    std::string text;
    append_quoted(text, "a\"b\\c\n\x1f é");
    CHECK(nlohmann::json::parse(text).get<std::string>() == "a\"b\\c\n\x1f é");
}

}  // namespace streamstats::simulate
