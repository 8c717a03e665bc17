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
    for (const std::uint64_t allocations : {0U, 1U}) {  // the block, the list of them
        CAPTURE(allocations);
        const auto pool = std::make_shared<batch_pool>();
        auto events = pool->take();
        std::fill_n(events->room_for(900), 900, 'a');
        const std::size_t room = events->room();
        CHECK_FALSE(do_with_memory_for(allocations, [&] { (void)events->room_for(900); }));
        CHECK(events->room() == room);
        events.reset();
        events = pool->take();
        std::fill_n(events->room_for(1'500), 1'500, 'b');
        CHECK(events->room() > room);
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
