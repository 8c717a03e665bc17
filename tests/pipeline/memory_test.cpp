// What happens between the place of a batch and its handing over: memory that runs out, and a stop that begins there.
#include <new>

#include "bench.hpp"
#include "support/catch.hpp"
#include "support/short_memory.hpp"

using namespace streamstats;
using namespace streamstats::testing;
using namespace std::chrono_literals;
using pipeline::intake;
using outcome = pipeline::intake::offer_outcome;

namespace {

struct submitted {
    pipeline::taken_batch batch;
    std::shared_ptr<std::optional<intake_answer>> answer = std::make_shared<std::optional<intake_answer>>();
};

// Nothing: there was no memory.
std::optional<outcome> offer(intake& way, submitted& what) {
    try {
        return way.offer(what.batch);
    } catch (const std::bad_alloc&) {
        return std::nullopt;
    }
}

submitted make_batch(const std::vector<sent_event>& events) {
    submitted made;
    made.batch.events = batch_of(events);
    made.batch.weight = pipeline::weight_of(*made.batch.events);
    made.batch.done = [answer = made.answer](intake_answer given) { *answer = std::move(given); };
    return made;
}

// A daemon with a journal, whose engine thread is told of batches and finds time for them when `settle` is called.
struct scene {
    scene() { b.takes_at_once(false); }
    void settle() {
        b.conductor.take();
        b.settle();
    }
    fake_store store;
    memory_disk disk{1};
    bench b{store, {.disk = &disk}};
};

}  // namespace

TEST_CASE("a batch that there is no memory for gives its place back, wherever the memory ends", "[pipeline]") {
    bool enough = false;
    for (std::uint64_t k = 1; !enough; ++k) {
        int wakes = 0;
        intake way{{.events_max = 2, .bytes_max = 100'000}, [&] { ++wakes; }};
        way.open(secret_of(7).value);
        submitted first = make_batch({started("s1", "12:00:00"), started("s2", "12:00:00")});
        at_allocation(k, run_short);
        enough = offer(way, first) == outcome::taken;
        at_allocation(0, {});
        CAPTURE(k);
        CHECK(wakes == 1);         // a drain may be waiting for this one
        CHECK(enough == (k > 2));  // who, the queue
        if (enough) continue;
        CHECK(way.idle());
        CHECK_FALSE(way.full());
        CHECK(way.take_all().batches.empty());
        REQUIRE(first.batch.done);
        CHECK(offer(way, first) == outcome::taken);
    }
}

TEST_CASE("if whoever takes cannot be told of a batch, it is told with the next one", "[pipeline]") {
    bool memory = false;
    int wakes = 0;
    intake way{{.events_max = 100, .bytes_max = 100'000}, [&] {
                   if (!memory) throw std::bad_alloc{};
                   ++wakes;
               }};
    way.open(secret_of(7).value);
    submitted first = make_batch({started("s1", "12:00:00")});
    submitted second = make_batch({started("s2", "12:00:00")});
    CHECK_FALSE(offer(way, first));
    memory = true;
    CHECK(offer(way, second) == outcome::taken);
    CHECK(wakes == 1);
    for (pipeline::taken_batch& batch : way.take_all().batches) way.release(batch);
    CHECK(way.idle());
}

TEST_CASE("after a batch that there was no memory for, the next one is taken and nothing is lost", "[pipeline]") {
    scene d;
    submitted first = make_batch({started("s1", "12:00:00")});
    at_allocation(1, run_short);
    CHECK_FALSE(offer(d.b.intake, first));
    d.settle();
    CHECK_FALSE(*first.answer);
    CHECK(offer(d.b.intake, first) == outcome::taken);
    d.settle();
    REQUIRE(*first.answer);
    CHECK((*first.answer)->accepted == 1);
    CHECK(d.b.drain() == everything_stored);
    CHECK(d.store.sessions().size() == 1);
}

TEST_CASE("wherever the memory ends on the way into the journal, a batch counts once when it comes again",
          "[pipeline]") {
    std::size_t places = 0;
    for (std::size_t before = 0; before < 8; ++before) {  // since queues make room for several batches at once
        bool enough = false;
        for (std::uint64_t k = 1; !enough; ++k) {
            CAPTURE(before, k);
            scene d;
            d.b.journal_works(false);
            for (std::size_t i = 0; i < before; ++i) {
                submitted earlier = make_batch({started("earlier" + std::to_string(i), "12:00:00")});
                REQUIRE(offer(d.b.intake, earlier) == outcome::taken);
            }
            submitted first = make_batch({started("s1", "12:00:00")});
            at_allocation(k, run_short);
            enough = offer(d.b.intake, first) == outcome::taken;
            at_allocation(0, {});
            d.b.journal_works(true);
            d.settle();
            if (!enough) {
                ++places;
                CHECK_FALSE(*first.answer);
                CHECK(d.b.intake.idle());
                REQUIRE(offer(d.b.intake, first) == outcome::taken);
                d.settle();
            }
            REQUIRE(*first.answer);
            CHECK((*first.answer)->accepted == 1);
            CHECK(d.b.log->status().queued_bytes == 0);
            CHECK(d.b.drain() == everything_stored);
            CHECK(d.store.sessions().size() == before + 1);
        }
    }
    CHECK(places > 8 + 2);  // who it is about each time; now and then the line, and the queue of the writer
}

TEST_CASE("a stop waits for a batch that has its place and is not handed over yet", "[pipeline]") {
    scene d;
    submitted late = make_batch({started("s1", "12:00:00")});
    at_allocation(1, [&] {
        d.b.conductor.drain(8s);
        d.settle();
        CHECK_FALSE(d.b.drained);
    });
    CHECK(offer(d.b.intake, late) == outcome::taken);
    CHECK_FALSE(d.b.drained);
    d.settle();
    d.b.pass(1s);
    REQUIRE(*late.answer);
    CHECK((*late.answer)->taken);
    CHECK(d.b.drained == everything_stored);
    CHECK(d.store.sessions().size() == 1);
}

TEST_CASE("a stop does not wait for a batch whose memory ran out after it had its place", "[pipeline]") {
    scene d;
    submitted lost = make_batch({started("s1", "12:00:00")});
    at_allocation(1, [&] {
        d.b.conductor.drain(8s);
        run_short();
    });
    CHECK_FALSE(offer(d.b.intake, lost));
    d.settle();
    CHECK(d.b.drained == everything_stored);
    submitted next = make_batch({started("s2", "12:00:00")});
    CHECK(offer(d.b.intake, next) == outcome::closed);
}
