// Who watches, as opposed to how many sessions: books a user once in each minute and dimension value, however many
// sessions he has there (`unique_users`). One thread at a time.
//
// The sessions of a user form a chain through the table. A user with more than chain_max sessions (all viewers behind
// one proxy may be one "user") leaves the chain and gets counters, so that no event costs more than a bounded number
// of steps.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "engine/flat_index.hpp"
#include "engine/ledger.hpp"
#include "engine/session_table.hpp"

namespace streamstats {

class viewers {
public:
    static constexpr std::size_t chain_max = 8;

    viewers(session_table& table, ledger& books, milliseconds age_max)
        : table_(&table), books_(&books), age_max_(age_max) {}

    // The session is in the table with its user; it counts nowhere yet.
    void add(session_ref ref);
    // The session is about to be forgotten; its last minute is final.
    void remove(session_ref ref);
    // The session overlapped `before` and overlaps `after` (either may be empty).
    void move(session_ref ref, minute_range before, minute_range after) {
        if (before.empty() || after.empty() || before.first != after.first) {
            if (!before.empty()) book(ref, before, -1);
            if (!after.empty()) book(ref, after, +1);
        } else if (before.last < after.last) {
            book(ref, {before.last + 1, after.last}, +1);
        } else if (after.last < before.last) {
            book(ref, {after.last + 1, before.last}, -1);
        }
    }
    // The session, which is in neither state yet or any more, opens or closes in the sense of "now".
    void opened(session_ref ref) {
        if (alone(table_->at(ref)) || first_to_open(ref)) ++open_users_;
    }
    void closed(session_ref ref) {
        if (alone(table_->at(ref)) || last_to_close(ref)) --open_users_;
    }

    // So that the other calls for a session of this user do not have to wait; first the one, then the other.
    void prefetch(std::uint64_t user) const { heads_[shard_of(user)].prefetch(user); }
    void prefetch_chain(std::uint64_t user) const;
    // Whether the user's other sessions are looked at when something happens to this one.
    [[nodiscard]] static bool in_chain(const session& s) { return s.in_company && !s.crowded; }

    // Users with at least one open session.
    [[nodiscard]] std::uint64_t open_users() const { return open_users_; }
    [[nodiscard]] std::size_t memory_bytes() const;

private:
    // How many sessions of a crowded user overlap each minute, for one dimension value.
    struct coverage {
        std::uint32_t sessions = 0;
        std::int64_t base = 0;                                        // before the first change
        std::vector<std::pair<minute_number, std::int64_t>> changes;  // from this minute on, this many more; sorted
    };
    struct coverage_key {
        std::uint64_t user;
        std::uint32_t value;
        dimension d;
        friend bool operator==(const coverage_key&, const coverage_key&) = default;
    };
    struct coverage_hash {
        std::size_t operator()(const coverage_key& k) const {
            return static_cast<std::size_t>(
                (k.user ^ (std::uint64_t{k.value} << 3U) ^ static_cast<std::uint64_t>(k.d)) * 0x9E37'79B9'7F4A'7C15);
        }
    };
    struct crowd {
        std::uint32_t sessions = 0;
        std::uint32_t open = 0;
    };

    // Most users have had one session only, and nothing else needs to be looked at.
    [[nodiscard]] static bool alone(const session& s) { return !s.in_company && !s.crowded; }
    static_assert(flat_index::shards_apart == std::size_t{1} << 5U, "as many as the upper bits can tell apart");
    [[nodiscard]] static std::size_t shard_of(std::uint64_t user) { return user >> 59U; }
    [[nodiscard]] session_ref head_of(std::uint64_t user) const;
    void make_crowd(std::uint64_t user, session_ref head);
    void join_crowd(session_ref ref, crowd& its);
    void unchain(session_ref ref);
    [[nodiscard]] bool first_to_open(session_ref ref);
    [[nodiscard]] bool last_to_close(session_ref ref);
    [[nodiscard]] bool other_open(session_ref ref) const;

    void book(session_ref ref, minute_range when, int sign) {
        alone(table_->at(ref)) ? books_->book_user(when, sign) : book_in_company(ref, when, sign);
    }
    void book_in_company(session_ref ref, minute_range when, int sign);
    [[nodiscard]] bool others_there(session_ref ref, session_ref head, minute_range when) const;
    void book_in_chain(session_ref ref, minute_range when, int sign);
    void book_uncovered(dimension d, std::uint32_t value, minute_range when, int sign);
    void book_in_crowd(const session& s, minute_range when, int sign);
    void cover(coverage& c, dimension d, std::uint32_t value, minute_range when, int sign, bool book);

    session_table* table_;
    ledger* books_;
    milliseconds age_max_;
    index_shards heads_ = shards_that_stand_apart();  // user -> one of his sessions, for users with a chain
    std::unordered_map<std::uint64_t, crowd> crowds_;
    std::unordered_map<coverage_key, coverage, coverage_hash> coverages_;
    std::vector<minute_range> others_;  // scratch: what the rest of the chain covers
    std::uint64_t open_users_ = 0;
};

}  // namespace streamstats
