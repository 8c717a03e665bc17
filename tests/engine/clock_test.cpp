// The clock: how often it is moved does not matter, only how far.
#include <algorithm>
#include <string>
#include <vector>

#include "asked.hpp"
#include "scenario.hpp"
#include "streamstats/engine/engine.hpp"
#include "support/catch.hpp"
#include "support/random_source.hpp"
#include "support/rows.hpp"

using namespace streamstats;
using namespace streamstats::testing;
using namespace std::chrono_literals;

namespace {

// Two engines that are told the same at the same times. The clock of one is also moved in between, and its rows are
// taken then, and in pieces.
class twins {
public:
    twins(const scenario& s, std::uint64_t seed)
        : scenario_(s),
          random_(seed),
          punctual_(s.limits, secret(), s.started),
          sleepy_(s.limits, secret(), s.started),
          now_(s.started) {}

    void run() {
        for (const step& next : scenario_.steps) {
            if (next.kind == step_kind::tick) continue;
            sleep_until(next.at);
            if (next.kind == step_kind::request) {
                for (const std::size_t place : next.events) apply(place);
            } else {
                compare_rows();
            }
        }
    }

    // For three days, in which everything that ended is forgotten; copies go on coming.
    void rest() {
        for (const instant end = now_ + 72h; now_ < end;) {
            sleep_until(now_ + random_.up_to(5h));
            for (int copies = 0; copies < 3; ++copies) apply(random_.below(scenario_.history.size()));
            compare_rows();
        }
    }

    [[nodiscard]] const std::string& problem() const { return problem_; }

private:
    static identity_secret secret() { return identity_secret{std::array<std::uint8_t, identity_secret::bytes>{9}}; }

    void sleep_until(instant end) {
        if (random_.chance(60)) {
            const milliseconds pace = random_.pick(std::vector<milliseconds>{700ms, 17s, 59s, 60s, 13min});
            const std::int64_t naps = std::min<std::int64_t>((end - now_) / pace, 40);
            for (std::int64_t i = 0; i < naps; ++i) {
                punctual_.advance(now_ += random_.up_to(pace));
                if (random_.chance(10)) punctual_table_.apply(punctual_.take_changed(scenario_.growing));
            }
        }
        now_ = end;
        punctual_.advance(now_);
        sleepy_.advance(now_);
        compare("first mutable minute", punctual_.first_mutable(), sleepy_.first_mutable());
    }

    void apply(std::size_t place) {
        const play_event event = view_of(scenario_.history[place].event);
        compare("verdict", punctual_.apply(event, now_), sleepy_.apply(event, now_));
    }

    void compare_rows() {
        take_pieces();
        sleepy_table_.apply(sleepy_.take_changed(scenario_.growing));
        sleepy_table_.apply(revisions_of(sleepy_));
        compare("rows", difference(sleepy_table_.content(), punctual_table_.content()), std::string());
        compare("open sessions", punctual_.open_sessions(), sleepy_.open_sessions());
        punctual_.tidy(1'000'000);
        sleepy_.tidy(1'000'000);
        compare("known sessions", punctual_.known_sessions(), sleepy_.known_sessions());
        const audience one = active(punctual_, 100);
        const audience other = active(sleepy_, 100);
        compare("viewers", one.unique_users, other.unique_users);
        compare("audience", one.by, other.by);
        compare("dropped samples", punctual_.totals().dropped_samples, sleepy_.totals().dropped_samples);
    }

    void take_pieces() {
        const auto some = [this] { return static_cast<std::size_t>(1 + random_.below(9)); };
        punctual_.begin_changed(scenario_.growing);
        while (const auto piece = punctual_.take_changed_piece(some())) punctual_table_.apply(*piece);
        punctual_.begin_revisions();
        for (auto rows = punctual_.take_revisions(some()); !rows.empty(); rows = punctual_.take_revisions(some())) {
            punctual_table_.apply(rows);
        }
    }

    template <class Value>
    void compare(const char* what, const Value& one, const Value& other) {
        if (problem_.empty() && !(one == other)) problem_ = std::string(what) + " at " + to_iso_text(now_);
    }

    const scenario& scenario_;
    random_source random_;
    engine punctual_;
    engine sleepy_;
    table punctual_table_;
    table sleepy_table_;
    instant now_;
    std::string problem_;
};

}  // namespace

TEST_CASE("moving the clock in between changes nothing, neither rows nor verdicts nor what is remembered", "[engine]") {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        CAPTURE(seed);
        for (const auto make : {timely_scenario, late_scenario, growing_scenario, forgetful_scenario}) {
            const scenario s = make(seed);
            twins both(s, seed);
            both.run();
            REQUIRE(both.problem() == "");
            both.rest();
            REQUIRE(both.problem() == "");
        }
    }
}

TEST_CASE("a silence that ends while there is no daemon is noticed when the next one begins", "[engine]") {
    const instant noon{milliseconds{1'772'366'400'000}};
    for (const milliseconds length : {600s + 0ms, 600s + 1ms, 601s + 0ms, 660s + 0ms, 700s + 0ms}) {
        engine core({}, identity_secret{std::array<std::uint8_t, identity_secret::bytes>{9}}, noon);
        play_event update;
        update.kind = event_kind::play_updated;
        update.id = "a";
        update.time = noon + 1h + 5s;
        core.advance(*update.time);
        core.apply(update, *update.time);
        // Until this run is old enough no minute becomes final: the clock moves in one step.
        core.begin_run(*update.time + length);
        core.advance(*update.time + length);
        CHECK(core.open_sessions() == 0);
    }
}
