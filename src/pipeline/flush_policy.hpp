// What to do after each answer of the store. Rules only: no store, timer, log or thread; the shell is store_writer.
//
// Flushes are numbered without gaps, and at most one is in hand. Once it may have reached the store it is never
// changed until its fate is known: written again as it is, or counted as stored when the store's own number says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <random>

#include "streamstats/base/time.hpp"
#include "streamstats/pipeline/rollup_store.hpp"

namespace streamstats::pipeline {

struct retry_limits {
    milliseconds wait_min{500};  // away, read_only: doubles up to the maximum, less up to half of it at random
    milliseconds wait_max{30'000};
    milliseconds busy_wait_min{50};  // busy: a deadlock is gone as soon as the other transaction is
    milliseconds busy_wait_max{2'000};
    milliseconds refused_wait{60'000};  // refused: somebody has to change something first
};

enum class flush_action : std::uint8_t {
    proceed,     // what was in hand is stored: drop it, go on with the next
    write_same,  // write the flush in hand again, unchanged
    rebuild,     // the flush in hand was not applied: put its rows back and build another, at most rows_max() long
    contact,     // prepare() and position()
};

struct flush_decision {
    flush_action action = flush_action::proceed;
    milliseconds wait{0};  // before the action
    // The store's number is not one that our flushes led to: it was emptied, restored, or written by somebody else.
    bool strange_number = false;

    friend bool operator==(const flush_decision&, const flush_decision&) = default;
};

class flush_policy {
public:
    flush_policy(std::size_t rows_max, const retry_limits& limits, std::uint32_t seed);

    // Goes on where an earlier run stopped: `stored` is the last number that it knew stored (0: none), `in_hand` that
    // of a flush which may be stored or not.
    void resume(std::uint64_t stored, std::optional<std::uint64_t> in_hand);
    // The number for a flush that is built now. Only after contacted(), and with nothing in hand.
    std::uint64_t begin();
    // What the store said to the flush in hand.
    flush_decision written();
    flush_decision write_failed(store_trouble trouble);
    // What the store said to prepare() and position().
    flush_decision contacted(std::uint64_t stored_number);
    flush_decision contact_failed(store_trouble trouble);

    [[nodiscard]] std::size_t rows_max() const { return rows_max_; }
    // The last number known stored; 0: none.
    [[nodiscard]] std::uint64_t stored() const { return stored_.value_or(at_least_); }

private:
    flush_decision contact_later(store_trouble trouble);
    flush_decision proceed();
    milliseconds back_off();
    milliseconds busy_back_off();

    static constexpr int stored_before_growing = 64;

    std::size_t rows_limit_;
    std::size_t rows_max_;
    retry_limits limits_;
    milliseconds wait_;
    milliseconds busy_wait_;
    std::minstd_rand random_;
    std::uint64_t at_least_ = 0;            // stored by an earlier run, which may have stored more
    std::optional<std::uint64_t> stored_;   // last number known to be stored
    std::optional<std::uint64_t> in_hand_;  // number of the flush that was begun and not yet known stored
    bool rebuild_ = false;                  // in hand is too large
    int stored_since_halved_ = 0;
};

}  // namespace streamstats::pipeline
