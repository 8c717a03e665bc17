#include "pipeline/intake.hpp"

#include "bench.hpp"
#include "support/catch.hpp"

using namespace streamstats;
using namespace streamstats::testing;
using pipeline::intake;
using pipeline::intake_state;
using outcome = pipeline::intake::offer_outcome;

namespace {

pipeline::taken_batch batch(std::size_t events, std::size_t bytes = 10) {
    return {
        .events = std::make_shared<wire::batch>(), .received = {}, .done = {}, .weight = {events, bytes}, .who = {}};
}

// Open, at most 100 events and 1 000 bytes.
struct queue {
    queue() { waiting.open(secret_of(7).value); }
    outcome offer(std::size_t events, std::size_t bytes = 10) {
        pipeline::taken_batch one = batch(events, bytes);
        return waiting.offer(one);
    }
    int wakes = 0;
    intake waiting{{.events_max = 100, .bytes_max = 1'000}, [this] { ++wakes; }};
};

}  // namespace

TEST_CASE("batches are taken up to the bound of events and refused one past it", "[pipeline]") {
    queue q;
    CHECK(q.offer(60) == outcome::taken);
    CHECK(q.offer(41) == outcome::overloaded);
    CHECK(q.offer(40) == outcome::taken);
    CHECK(q.offer(1) == outcome::overloaded);
}

TEST_CASE("batches are taken up to the bound of bytes and refused one past it", "[pipeline]") {
    queue q;
    CHECK(q.offer(1, 999) == outcome::taken);
    CHECK(q.offer(1, 2) == outcome::overloaded);
    CHECK(q.offer(1, 1) == outcome::taken);
}

TEST_CASE("one batch alone is taken however large it is", "[pipeline]") {
    queue q;
    CHECK(q.offer(5'000, 50'000) == outcome::taken);
    CHECK(q.offer(1) == outcome::overloaded);
}

TEST_CASE("a batch weighs until it is answered, not only until it is taken", "[pipeline]") {
    queue q;
    q.offer(100);
    auto taken = q.waiting.take_all().batches;
    CHECK(taken.size() == 1);
    CHECK(q.offer(1) == outcome::overloaded);
    CHECK_FALSE(q.waiting.idle());
    q.waiting.release(taken.front());
    CHECK(q.waiting.idle());
    CHECK(q.offer(1) == outcome::taken);
}

TEST_CASE("whoever takes is woken once for each group", "[pipeline]") {
    queue q;
    q.offer(1);
    q.offer(1);
    CHECK(q.waiting.ask([] {}));
    CHECK(q.wakes == 1);
    const auto group = q.waiting.take_all();
    CHECK(group.batches.size() == 2);
    CHECK(group.questions.size() == 1);
    q.offer(1);
    CHECK(q.wakes == 2);
}

TEST_CASE("nothing is taken before the start or after the end", "[pipeline]") {
    intake early{{.events_max = 100, .bytes_max = 1'000}, [] {}};
    pipeline::taken_batch one = batch(1);
    CHECK(early.offer(one) == outcome::not_started);
    CHECK_FALSE(early.ask([] {}));
    CHECK(one.events != nullptr);
    queue q;
    q.waiting.close();
    CHECK(q.offer(1) == outcome::closed);
    CHECK_FALSE(q.waiting.ask([] {}));
    CHECK(q.wakes == 0);
}

TEST_CASE("a batch is handed over with who its events are about", "[pipeline]") {
    const identity_secret secret = secret_of(7).value;
    const auto events = batch_of({started("s1", "12:00:00"), closed("s2", "12:00:30")});
    queue q;
    pipeline::taken_batch one{.events = events, .received = {}, .done = {}, .weight = {2, 10}, .who = {}};
    q.waiting.offer(one);
    const pipeline::taken_batch taken = q.waiting.take_all().batches.at(0);
    REQUIRE(taken.who.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
        CHECK(taken.who[i].session == secret.identify(events->events[i]).session);
        CHECK(taken.who[i].user == secret.identify(events->events[i]).user);
    }
}

TEST_CASE("the room that an answered batch needed is there for the next one, and does not show in it", "[pipeline]") {
    queue q;
    const auto offer = [&](const std::vector<sent_event>& events) {
        pipeline::taken_batch one{.events = batch_of(events), .received = {}, .done = {}, .weight = {1, 1}, .who = {}};
        REQUIRE(q.waiting.offer(one) == outcome::taken);
        return std::move(q.waiting.take_all().batches.at(0));
    };
    pipeline::taken_batch first = offer({started("s1", "12:00:00"), started("s2", "12:00:00")});
    const auto* const room = first.who.data();
    q.waiting.release(first);
    const pipeline::taken_batch second = offer({started("s3", "12:00:00")});
    CHECK(second.who.data() == room);
    REQUIRE(second.who.size() == 1);
    CHECK(second.who[0].session == secret_of(7).value.identify(second.events->events[0]).session);
    CHECK(offer({started("s4", "12:00:00")}).who.data() != room);
}

TEST_CASE("of the room that batches needed only so much is kept", "[pipeline]") {
    const auto is_kept = [](const std::vector<std::size_t>& identities) {
        queue q;
        for (const std::size_t count : identities) {
            pipeline::taken_batch answered = batch(0, 0);
            REQUIRE(q.waiting.offer(answered) == outcome::taken);
            answered = std::move(q.waiting.take_all().batches.at(0));
            answered.who.reserve(count);
            q.waiting.release(answered);
        }
        q.offer(0);
        return q.waiting.take_all().batches.at(0).who.capacity() == identities.back();
    };
    constexpr std::size_t bytes_max = 1UL << 20U;
    CHECK(is_kept({bytes_max / sizeof(event_identity)}));
    CHECK_FALSE(is_kept({bytes_max / sizeof(event_identity) + 1}));
}

TEST_CASE("a batch weighs what its texts and its rejected events take", "[pipeline]") {
    wire::batch events;
    const std::size_t empty = pipeline::weight_of(events).bytes;
    play_event event;
    event.user_agent = "0123456789";
    events.add(event);
    const std::size_t with_event = pipeline::weight_of(events).bytes;
    CHECK(with_event >= empty + sizeof(play_event) + 10);
    events.rejections.push_back({.index = 1, .field = "id", .message = "is missing", .json = std::string(1'000, 'x')});
    CHECK(pipeline::weight_of(events).bytes >= with_event + 1'000);
    CHECK(pipeline::weight_of(events).events == 2);
}
