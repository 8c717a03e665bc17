#include "engine/viewers.hpp"

#include <algorithm>
#include <cassert>

namespace streamstats {

session_ref viewers::head_of(std::uint64_t user) const {
    return heads_[shard_of(user)].find(user, [&](session_ref head) { return table_->at(head).user == user; });
}

// The user's first session, or hardly ever another one's.
void viewers::prefetch_chain(std::uint64_t user) const {
    const session_ref likely = heads_[shard_of(user)].find(user, [](session_ref) { return true; });
    if (likely != session_table::nothing) table_->prefetch(likely);
}

// ---- membership

void viewers::add(session_ref ref) {
    session& s = table_->at(ref);
    if (s.solo) return;
    if (!crowds_.empty()) {
        if (const auto it = crowds_.find(s.user); it != crowds_.end()) return join_crowd(ref, it->second);
    }
    const session_ref head = heads_[shard_of(s.user)].find_or_insert(
        s.user, ref, [&](session_ref one) { return table_->at(one).user == s.user; });
    if (head == ref) return;
    s.in_company = table_->at(head).in_company = true;
    std::size_t length = 1;
    for (session_ref next = head; table_->at(next).next_of_user != session_table::nothing; ++length) {
        next = table_->at(next).next_of_user;
    }
    if (length >= chain_max) {
        make_crowd(s.user, head);
        return join_crowd(ref, crowds_[s.user]);
    }
    s.next_of_user = table_->at(head).next_of_user;
    table_->at(head).next_of_user = ref;
}

void viewers::make_crowd(std::uint64_t user, session_ref head) {
    heads_[shard_of(user)].erase(user, head);
    crowd& its = crowds_[user];
    for (session_ref ref = head; ref != session_table::nothing;) {
        session& s = table_->at(ref);
        const session_ref next = s.next_of_user;
        s.next_of_user = session_table::nothing;
        join_crowd(ref, its);
        const minute_range when = minutes_of(interval_of(s, age_max_));
        for (const dimension d : all_dimensions) {
            cover(coverages_[{user, s.label().in(d), d}], d, s.label().in(d), when, +1, false);
        }
        if (s.open()) ++its.open;
        ref = next;
    }
}

void viewers::join_crowd(session_ref ref, crowd& its) {
    session& s = table_->at(ref);
    s.crowded = true;
    ++its.sessions;
    for (const dimension d : all_dimensions) ++coverages_[{s.user, s.label().in(d), d}].sessions;
}

void viewers::remove(session_ref ref) {
    session& s = table_->at(ref);
    if (s.solo) return;
    if (!s.crowded) return unchain(ref);
    for (const dimension d : all_dimensions) {
        const auto it = coverages_.find({s.user, s.label().in(d), d});
        assert(it != coverages_.end());
        cover(it->second, d, s.label().in(d), minutes_of(interval_of(s, age_max_)), -1, false);
        if (--it->second.sessions == 0) coverages_.erase(it);
    }
    const auto its = crowds_.find(s.user);
    assert(its != crowds_.end());
    if (--its->second.sessions == 0) crowds_.erase(its);
}

void viewers::unchain(session_ref ref) {
    session& s = table_->at(ref);
    session_ref before = head_of(s.user);
    if (before == ref) {
        if (s.next_of_user == session_table::nothing) {
            heads_[shard_of(s.user)].erase(s.user, ref);
        } else {
            heads_[shard_of(s.user)].replace(s.user, ref, s.next_of_user);
        }
    } else {
        while (table_->at(before).next_of_user != ref) before = table_->at(before).next_of_user;
        table_->at(before).next_of_user = s.next_of_user;
    }
    s.next_of_user = session_table::nothing;
}

// ---- open now

bool viewers::other_open(session_ref ref) const {
    for (session_ref one = head_of(table_->at(ref).user); one != session_table::nothing;
         one = table_->at(one).next_of_user) {
        if (one != ref && table_->at(one).open()) return true;
    }
    return false;
}

bool viewers::first_to_open(session_ref ref) {
    const session& s = table_->at(ref);
    return s.crowded ? crowds_[s.user].open++ == 0 : !other_open(ref);
}

bool viewers::last_to_close(session_ref ref) {
    const session& s = table_->at(ref);
    return s.crowded ? --crowds_[s.user].open == 0 : !other_open(ref);
}

// ---- minutes

void viewers::book_in_company(session_ref ref, minute_range when, int sign) {
    table_->at(ref).crowded ? book_in_crowd(table_->at(ref), when, sign) : book_in_chain(ref, when, sign);
}

// Whether another session of the chain has minutes among these, with whatever values.
bool viewers::others_there(session_ref ref, session_ref head, minute_range when) const {
    for (session_ref one = head; one != session_table::nothing; one = table_->at(one).next_of_user) {
        if (one == ref) continue;
        const minute_range other = minutes_of(interval_of(table_->at(one), age_max_));
        if (other.first <= when.last && other.last >= when.first) return true;
    }
    return false;
}

// Books the minutes in which none of the user's other sessions with the same value is there.
void viewers::book_in_chain(session_ref ref, minute_range when, int sign) {
    const session& s = table_->at(ref);
    const session_ref head = head_of(s.user);
    if (!others_there(ref, head, when)) return books_->book_user(when, sign);
    for (const dimension d : all_dimensions) {
        others_.clear();
        for (session_ref one = head; one != session_table::nothing; one = table_->at(one).next_of_user) {
            const session& other = table_->at(one);
            if (one == ref || other.label().in(d) != s.label().in(d)) continue;
            others_.push_back(minutes_of(interval_of(other, age_max_)));
        }
        book_uncovered(d, s.label().in(d), when, sign);
    }
}

void viewers::book_uncovered(dimension d, std::uint32_t value, minute_range when, int sign) {
    std::sort(others_.begin(), others_.end(),
              [](const minute_range& a, const minute_range& b) { return a.first < b.first; });
    for (const minute_range& other : others_) {
        if (other.last < when.first) continue;
        if (other.first > when.last) break;
        if (other.first > when.first) books_->book_user(d, value, {when.first, other.first - 1}, sign);
        if (other.last >= when.last) return;
        when.first = other.last + 1;
    }
    books_->book_user(d, value, when, sign);
}

void viewers::book_in_crowd(const session& s, minute_range when, int sign) {
    for (const dimension d : all_dimensions) {
        const auto it = coverages_.find({s.user, s.label().in(d), d});
        assert(it != coverages_.end());
        cover(it->second, d, s.label().in(d), when, sign, true);
    }
}

// Adds or takes away one session's minutes, and books those in which the count leaves or reaches 0.
void viewers::cover(coverage& c, dimension d, std::uint32_t value, minute_range when, int sign, bool book) {
    const auto change_at = [&c](minute_number m) -> std::int64_t& {
        const auto place = std::lower_bound(c.changes.begin(), c.changes.end(), m,
                                            [](const auto& one, minute_number number) { return one.first < number; });
        if (place != c.changes.end() && place->first == m) return place->second;
        return c.changes.insert(place, {m, 0})->second;
    };
    if (book) {
        std::int64_t count = c.base;
        minute_number from = when.first;
        const auto book_if_alone = [&](minute_number to) {
            const std::int64_t without = sign > 0 ? count : count - 1;  // this session left out
            if (from <= to && without == 0) books_->book_user(d, value, {from, to}, sign);
        };
        for (const auto& [m, difference] : c.changes) {
            if (m > when.last) break;
            if (m > when.first) {
                book_if_alone(m - 1);
                from = m;
            }
            count += difference;
        }
        book_if_alone(when.last);
    }
    change_at(when.first) += sign;
    if (when.last != minute_range::unbounded) change_at(when.last + 1) -= sign;
    // Changes of minutes that are final cannot be asked for any more: they become the base.
    std::size_t settled = 0;
    while (settled < c.changes.size() && c.changes[settled].first <= books_->first_mutable()) {
        c.base += c.changes[settled++].second;
    }
    c.changes.erase(c.changes.begin(), c.changes.begin() + static_cast<std::ptrdiff_t>(settled));
    std::erase_if(c.changes, [](const auto& one) { return one.second == 0; });
}

std::size_t viewers::memory_bytes() const {
    std::size_t bytes = coverages_.size() * (sizeof(coverage) + 64) + crowds_.size() * 48;
    for (const flat_index& shard : heads_) bytes += shard.memory_bytes();
    return bytes;
}

}  // namespace streamstats
