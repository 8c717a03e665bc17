// Who asks how many are there, and whose answer it is.
#include "pipeline/head_count.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "bench.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using pipeline::head_count;
using pipeline::intake;
using pipeline::intake_state;

namespace {

// Looks of two pieces; the n-th one finds n sessions on as many channels.
class room {
public:
    room() { way.open(testing::secret_of(7).value); }
    // What a turn of the engine thread does.
    void take_turn() {
        for (const intake::question& each : way.take_all().questions) each();
    }
    void ask(std::size_t limit = 10) {
        heads.ask(limit, [this](const audience& who) { answers.push_back(who); });
    }
    [[nodiscard]] std::vector<std::uint64_t> seen() const {
        std::vector<std::uint64_t> all;
        for (const audience& each : answers) all.push_back(each.active_sessions);
        return all;
    }

    intake way{{.events_max = 1, .bytes_max = 1}, [] {}};
    std::vector<audience> answers;
    std::uint64_t looks = 0;
    head_count heads{way, [this](std::optional<tally>& counts) {
                         if (counts) return false;
                         counts.emplace().active_sessions = ++looks;
                         for (std::uint64_t i = 0; i < looks; ++i) {
                             counts->by[index_of(dimension::channel)].push_back({std::to_string(i), 1, 0});
                         }
                         return true;
                     }};
};

using numbers = std::vector<std::uint64_t>;

}  // namespace

TEST_CASE("those who wait share one look, and each gets as much of it as was asked for", "[pipeline]") {
    room r;
    r.ask(0);
    r.ask(1);
    r.ask(5);
    r.take_turn();
    CHECK(r.answers.empty());
    r.take_turn();
    CHECK(r.seen() == numbers{1, 1, 1});
    CHECK(r.answers[0].by[index_of(dimension::channel)].empty());
    CHECK(r.answers[1].by[index_of(dimension::channel)].size() == 1);
    CHECK(r.looks == 1);
}

TEST_CASE("who asks while a look is under way gets the next one", "[pipeline]") {
    room r;
    r.ask();
    r.take_turn();
    r.ask();
    r.take_turn();
    CHECK(r.seen() == numbers{1});
    r.take_turn();
    r.take_turn();
    CHECK(r.seen() == numbers{1, 2});
    r.ask();
    r.take_turn();
    r.take_turn();
    CHECK(r.seen() == numbers{1, 2, 3});
}

TEST_CASE("once nobody answers, everybody who asks is told so", "[pipeline]") {
    room r;
    r.ask();
    r.way.close();
    r.ask();
    r.take_turn();
    CHECK(r.seen() == numbers{0, 0});
    r.ask();
    CHECK(r.seen() == numbers{0, 0, 0});
}
