#include "pipeline/flush_policy.hpp"

#include "support/catch.hpp"

using namespace streamstats;
using namespace std::chrono_literals;
using pipeline::flush_action;
using pipeline::flush_decision;
using pipeline::flush_policy;
using pipeline::retry_limits;

namespace {

// In touch with a store whose last flush was number 41.
flush_policy in_touch(std::size_t rows_max = 1'000) {
    flush_policy policy(rows_max, retry_limits{}, 1);
    CHECK(policy.contacted(41).action == flush_action::proceed);
    return policy;
}

// And flush 42 is being written.
flush_policy writing(std::size_t rows_max = 1'000) {
    flush_policy policy = in_touch(rows_max);
    CHECK(policy.begin() == 42);
    return policy;
}

}  // namespace

TEST_CASE("flushes are numbered on from the store's number", "[pipeline]") {
    flush_policy policy = writing();
    CHECK(policy.written().action == flush_action::proceed);
    CHECK(policy.begin() == 43);
}

TEST_CASE("after a lost connection the store is asked again before anything is written", "[pipeline]") {
    for (const store_trouble lost : {store_trouble::away, store_trouble::read_only}) {
        flush_policy policy = writing();
        const flush_decision decision = policy.write_failed(lost);
        CHECK(decision.action == flush_action::contact);
        CHECK(decision.wait >= 250ms);
        CHECK(decision.wait <= 500ms);
    }
}

TEST_CASE("a flush that the store's number includes is stored, though its answer was lost", "[pipeline]") {
    flush_policy policy = writing();
    policy.write_failed(store_trouble::away);
    CHECK(policy.contacted(42) == flush_decision{.action = flush_action::proceed});
    CHECK(policy.begin() == 43);
}

TEST_CASE("a flush that the store's number does not include is written again as it is", "[pipeline]") {
    flush_policy policy = writing();
    policy.write_failed(store_trouble::away);
    CHECK(policy.contacted(41) == flush_decision{.action = flush_action::write_same});
    CHECK(policy.written().action == flush_action::proceed);
    CHECK(policy.begin() == 43);
}

TEST_CASE("a busy store gets the same flush soon, and less soon each time", "[pipeline]") {
    flush_policy policy = writing();
    CHECK(policy.write_failed(store_trouble::busy) == flush_decision{flush_action::write_same, 50ms});
    CHECK(policy.write_failed(store_trouble::busy) == flush_decision{flush_action::write_same, 100ms});
    for (int i = 0; i < 10; ++i) policy.write_failed(store_trouble::busy);
    CHECK(policy.write_failed(store_trouble::busy).wait == 2s);
    policy.written();
    policy.begin();
    CHECK(policy.write_failed(store_trouble::busy).wait == 50ms);
}

TEST_CASE("a flush that is too large is built again half as long, once its number says that it was not applied",
          "[pipeline]") {
    flush_policy policy = writing(1'000);
    CHECK(policy.write_failed(store_trouble::too_large) == flush_decision{.action = flush_action::contact});
    CHECK(policy.rows_max() == 500);
    CHECK(policy.contacted(41).action == flush_action::rebuild);
    CHECK(policy.begin() == 42);
}

TEST_CASE("a flush that is too large and yet applied is stored", "[pipeline]") {
    flush_policy policy = writing();
    policy.write_failed(store_trouble::too_large);
    CHECK(policy.contacted(42).action == flush_action::proceed);
    CHECK(policy.begin() == 43);
}

TEST_CASE("a single row that is too large waits for somebody to do something", "[pipeline]") {
    flush_policy policy = writing(1);
    CHECK(policy.write_failed(store_trouble::too_large) == flush_decision{flush_action::contact, 60s});
    CHECK(policy.contacted(41).action == flush_action::write_same);
}

TEST_CASE("flushes grow again when small ones have gone well for a while", "[pipeline]") {
    flush_policy policy = writing(1'000);
    policy.write_failed(store_trouble::too_large);
    policy.contacted(41);
    for (int i = 0; i < 63; ++i) {
        policy.begin();
        policy.written();
    }
    CHECK(policy.rows_max() == 500);
    policy.begin();
    policy.written();
    CHECK(policy.rows_max() == 1'000);
    for (int i = 0; i < 200; ++i) {
        policy.begin();
        policy.written();
    }
    CHECK(policy.rows_max() == 1'000);
}

TEST_CASE("a store that refuses is asked once a minute", "[pipeline]") {
    flush_policy policy = writing();
    CHECK(policy.write_failed(store_trouble::refused) == flush_decision{flush_action::contact, 60s});
    CHECK(policy.contact_failed(store_trouble::refused) == flush_decision{flush_action::contact, 60s});
    CHECK(policy.contacted(41).action == flush_action::write_same);
}

TEST_CASE("waits for a store that stays away double up to half a minute, less up to half at random", "[pipeline]") {
    flush_policy policy = writing();
    policy.write_failed(store_trouble::away);
    milliseconds full = 1s;
    for (int i = 0; i < 12; ++i) {
        const milliseconds wait = policy.contact_failed(store_trouble::away).wait;
        CAPTURE(i, wait.count());
        CHECK(wait <= full);
        CHECK(wait >= full / 2);
        full = std::min<milliseconds>(full * 2, 30s);
    }
    CHECK(full == 30s);
}

TEST_CASE("waits start anew once a flush is stored, not when the store only answers", "[pipeline]") {
    flush_policy policy = writing();
    for (int i = 0; i < 8; ++i) policy.write_failed(store_trouble::away);
    policy.contacted(41);
    CHECK(policy.write_failed(store_trouble::away).wait >= 15s);
    policy.contacted(42);
    policy.begin();
    CHECK(policy.write_failed(store_trouble::away).wait <= 500ms);
}

TEST_CASE("a store that is too busy to be asked is asked soon", "[pipeline]") {
    flush_policy policy(1'000, retry_limits{}, 1);
    CHECK(policy.contact_failed(store_trouble::busy) == flush_decision{flush_action::contact, 50ms});
}

TEST_CASE("an emptied store gets the flush under its own next number, and that is reported", "[pipeline]") {
    flush_policy policy = writing();
    policy.write_failed(store_trouble::away);
    CHECK(policy.contacted(0) == flush_decision{flush_action::rebuild, 0ms, true});
    CHECK(policy.begin() == 1);
}

TEST_CASE("a number that no flush of ours led to is reported, in hand or not", "[pipeline]") {
    flush_policy idle = in_touch();
    CHECK(idle.contacted(40).strange_number);
    flush_policy busy = writing();
    busy.write_failed(store_trouble::away);
    CHECK(busy.contacted(50) == flush_decision{flush_action::proceed, 0ms, true});
    CHECK(busy.begin() == 51);
}
