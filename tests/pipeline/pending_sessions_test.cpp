#include "pipeline/pending_sessions.hpp"

#include "pipeline/rejection_queue.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using pipeline::pending_sessions;
using pipeline::rejection_queue;

namespace {

session_key key(std::uint8_t number) {
    return {number};
}
session_row row(std::uint8_t number, std::uint64_t bytes = 0) {
    session_row result;
    result.key = key(number);
    result.bytes = bytes;
    return result;
}

rejected_event rejected(std::string json) {
    return {{}, "id", "is missing", std::move(json)};
}

}  // namespace

TEST_CASE("the newest change of a session is the only one that waits", "[pipeline]") {
    pending_sessions sessions;
    sessions.add({{row(1, 10), row(2)}, {key(3)}});
    sessions.add({{row(1, 20), row(3)}, {key(2)}});
    CHECK(sessions.size() == 3);
    const session_changes taken = sessions.take(10);
    CHECK(taken.gone == std::vector{key(2)});
    REQUIRE(taken.open.size() == 2);
    CHECK(taken.open[0].bytes + taken.open[1].bytes == 20);
    CHECK(sessions.empty());
}

TEST_CASE("what is put back gives way to what has changed since", "[pipeline]") {
    pending_sessions sessions;
    sessions.add({{row(1, 10), row(2, 10)}, {key(3), key(4)}});
    session_changes failed = sessions.take(10);
    sessions.add({{row(1, 20), row(3, 20)}, {key(2)}});
    sessions.put_back(std::move(failed));
    CHECK(sessions.size() == 4);
    const session_changes taken = sessions.take(10);
    CHECK(taken.gone.size() == 2);
    REQUIRE(taken.open.size() == 2);
    CHECK(taken.open[0].bytes + taken.open[1].bytes == 40);
}

TEST_CASE("changes leave at most as many at a time as asked for, none twice", "[pipeline]") {
    pending_sessions sessions;
    for (std::uint8_t i = 0; i < 10; ++i) sessions.add({{row(i)}, {}});
    CHECK(sessions.take(4).open.size() == 4);
    CHECK(sessions.take(4).open.size() == 4);
    CHECK(sessions.take(4).open.size() == 2);
}

TEST_CASE("rejected events wait up to their bound, and the oldest make room", "[pipeline]") {
    rejection_queue queue(3);
    for (const char* json : {"1", "2", "3"}) CHECK(queue.add(rejected(json)));
    CHECK_FALSE(queue.add(rejected("4")));
    CHECK(queue.size() == 3);
    CHECK(queue.take(2).at(0).json == "2");
    CHECK(queue.size() == 1);
}

TEST_CASE("rejected events that were not written come first again, as far as there is room", "[pipeline]") {
    rejection_queue queue(3);
    for (const char* json : {"1", "2", "3"}) queue.add(rejected(json));
    auto failed = queue.take(2);
    queue.add(rejected("4"));
    CHECK(queue.put_back(std::move(failed)) == 1);
    const auto left = queue.take(10);
    REQUIRE(left.size() == 3);
    CHECK(left[0].json == "2");
    CHECK(left[1].json == "3");
    CHECK(left[2].json == "4");
}
