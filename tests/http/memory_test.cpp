// What a thread of the server is left with when memory runs out.
#include <algorithm>
#include <boost/asio/detached.hpp>
#include <memory>
#include <new>

#include "http/batch_pool.hpp"
#include "http/bell.hpp"
#include "http/turnstile.hpp"
#include "support/catch.hpp"
#include "support/short_memory.hpp"

using namespace streamstats;
using namespace streamstats::http;
using streamstats::testing::at_allocation;
using streamstats::testing::run_short;

namespace {

// False: there was no memory.
template <class Work>
bool do_with_memory_for(std::uint64_t allocations, Work work) {
    at_allocation(allocations + 1, run_short);
    bool done = true;
    try {
        work();
    } catch (const std::bad_alloc&) {
        done = false;
    }
    at_allocation(0, {});
    return done;
}

const std::string first_text(800, 'a');
const std::string second_text(900, 'b');
const std::string third_text(1'500, 'c');

play_event event_with(std::string_view text) {
    play_event event;
    event.user_agent = text;
    return event;
}

struct note final : letter {
    void arrive() override { arrived = true; }
    bool arrived = false;
};

task<void> wait_with_memory_for(std::uint64_t allocations, turnstile::seat& seat, executor where) {
    at_allocation(allocations + 1, run_short);
    try {
        (void)co_await seat.wait_for(where, 60, milliseconds{0});
    } catch (const std::bad_alloc&) {
    }
    at_allocation(0, {});
}

}  // namespace

TEST_CASE("a batch for whose text there was no memory has the room that it had, and no more", "[http]") {
    for (const bool has_place : {false, true}) {  // in the list of events: then there is none for what they lie in
        CAPTURE(has_place);
        const auto pool = std::make_shared<batch_pool>();
        auto events = pool->take();
        events->add(event_with(first_text));
        if (has_place) events->events.reserve(2);
        const std::size_t room = events->room();
        const std::size_t bytes = events->encoded().size();
        CHECK_FALSE(do_with_memory_for(0, [&] { events->add(event_with(second_text)); }));
        CHECK(events->room() == room);
        CHECK(events->encoded().size() == bytes);
        REQUIRE(events->events.size() == 1);
        CHECK(events->events.front().user_agent == first_text);
        events.reset();
        events = pool->take();
        events->add(event_with(third_text));
        CHECK(events->room() > room);
        CHECK(events->events.front().user_agent == third_text);
    }
}

TEST_CASE("a letter arrives also if there was no memory to tell of the one before it", "[http]") {
    bool enough = false;
    for (std::uint64_t allocations = 0; !enough; ++allocations) {
        CAPTURE(allocations);
        asio::io_context context;
        mailbox box{context};
        const auto first = std::make_shared<note>();
        const auto second = std::make_shared<note>();
        enough = do_with_memory_for(allocations, [&] { box.deliver(first); });
        box.deliver(second);
        context.run();
        CHECK(second->arrived);
        CHECK((first->arrived || !enough));
    }
}

TEST_CASE("who has no memory to wait for its turn does not stand in the line", "[http]") {
    constexpr std::uint64_t before_it_waits = 6;  // coroutines and the place; with the next one Asio ends the process
    for (std::uint64_t allocations = 0; allocations < before_it_waits; ++allocations) {
        CAPTURE(allocations);
        asio::io_context context;
        turnstile turns{100, milliseconds{600'000}};
        turnstile::seat inside{turns};
        turnstile::seat late{turns};
        REQUIRE(inside.take(60));
        asio::co_spawn(context, wait_with_memory_for(allocations, late, context.get_executor()), asio::detached);
        context.run_for(milliseconds{50});
        CHECK_FALSE(turns.crowded());
        turns.close();
    }
}
