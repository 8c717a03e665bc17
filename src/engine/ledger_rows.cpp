// The rows that come of the books, and minutes that become final.
#include <algorithm>
#include <cassert>
#include <utility>

#include "engine/ledger.hpp"
#include "streamstats/engine/engine.hpp"

namespace streamstats {
namespace {

std::int64_t within(ledger::byte_sum sum, std::int64_t most) {
    return static_cast<std::int64_t>(std::clamp<ledger::byte_sum>(sum, -most, most));
}

// Tells two rows apart that differ; never 0.
std::uint64_t fingerprint(const minute_numbers& n) {
    std::uint64_t hash = 0x9E37'79B9'7F4A'7C15;
    for (const std::int64_t number :
         {n.sessions_started, n.sessions_closed, n.watch_time_ms, n.peak_concurrent, n.unique_users, n.total_bytes}) {
        hash = (hash ^ static_cast<std::uint64_t>(number)) * 0xD6E8'FEB8'6659'FD93;
        hash ^= hash >> 32U;
    }
    return hash == 0 ? 1 : hash;
}

}  // namespace

minute_row ledger::row_of(minute_number m, dimension d, std::uint32_t value, row_kind kind,
                          const minute_numbers& n) const {
    return {to_minute(m), d, d == dimension::global ? std::string{} : names_->name(d, value), kind, n};
}

// ---- whole rows

void ledger::begin_rows(instant now, bool growing) {
    if (taking_) stale_from_ = std::min(stale_from_, pass_.first);  // the pass before was not ended
    taking_ = true;
    ++pass_.number;
    pass_.at = {};
    pass_.first = std::max(stale_from_, first_mutable_);
    pass_.end = first_minute_ ? number_of(now) + (growing ? 1 : 0) : 0;
    pass_.until = now;
    prepare(pass_);
    stale_from_ = std::max(stale_from_, number_of(now));
}

bool ledger::take_rows(std::size_t values_about, std::vector<minute_row>& into) {
    take_kept(into);
    if (!taking_) return false;
    pass_.first = std::max(pass_.first, first_mutable_);
    taking_ = pass_.first < pass_.end && make_rows(pass_, values_about, into);
    return taking_;
}

void ledger::take_kept(std::vector<minute_row>& into) {
    into.insert(into.end(), std::make_move_iterator(kept_.begin()), std::make_move_iterator(kept_.end()));
    kept_.clear();
}

void ledger::forget_taken() {
    std::erase_if(kept_, [this](const minute_row& row) { return row.at >= to_minute(first_mutable_); });
    for (auto& all : series_) {
        for (series& one : all) {
            for (auto& [number, minutes_of_block] : one.blocks) {
                for (cell& c : minutes_of_block->cells) c.taken = 0;
            }
        }
    }
    stale_from_ = first_mutable_;
}

// Each minute once, lest it never ends where late edges come all the time. To the newest ones they do, so what is known
// of those stays in rises_.
bool ledger::make_ready(instant now, bool growing, std::size_t edges_about) {
    if (taking_) return false;  // what is there of rises is that of the pass under way
    const minute_number end = first_minute_ ? number_of(now) + (growing ? 1 : 0) : 0;
    minute_number& m = ready_before_;
    m = std::max({m, stale_from_, first_mutable_});
    while (m < end) {
        const minute_edges& there = edges_of(m);
        if (there.changed) {
            if (const auto held = rises_of(m).of(); held && *held < m && is_to_be_made(*held)) {
                m = *held;  // the clock went on, and it is none of the newest any more: first it is stored
                continue;
            }
            if (rises_of(m).work(m, there, edges_about)) return true;
            if (m + rises_.size() < end) {
                store_rises(m++);
                return true;
            }
        }
        ++m;
    }
    return false;
}

// First the minutes that were made ready. The next pass begins again with the oldest that changes.
void ledger::prepare(row_pass& pass) {
    pass.partial = {};
    ready_before_ = 0;
    for (const rises& known : rises_) {
        if (const auto ready = known.of(); ready && *ready >= pass.first && *ready < pass.end) make_rises(*ready);
    }
    for (minute_number m = pass.first; m < pass.end; ++m) {
        make_rises(m);
        if (end_of(m) > pass.until) sum_edges_until(m, pass.until, pass.partial);
    }
}

// False: that were all.
bool ledger::make_rows(row_pass& pass, std::size_t values_about, std::vector<minute_row>& into) {
    const auto first_new = static_cast<std::ptrdiff_t>(into.size());
    const bool more = visit_values(pass.at, values_about,
                                   [&](dimension d, std::uint32_t value) { make_rows_of(pass, d, value, into); });
    std::stable_sort(into.begin() + first_new, into.end(),
                     [](const minute_row& a, const minute_row& b) { return a.at < b.at; });
    return more;
}

// Users of a minute count in its own row; openings and closes of a minute count from the next one on.
void ledger::make_rows_of(const row_pass& pass, dimension d, std::uint32_t value, std::vector<minute_row>& into) {
    series& s = series_[index_of(d)][value];
    if (pass.number != 0 && std::exchange(s.pass, pass.number) == pass.number) return;
    std::int64_t open = s.open;
    std::int64_t users = s.users;
    const block* there = nullptr;
    for (minute_number m = first_mutable_; m < pass.end; ++m) {
        if (there == nullptr || m % block_minutes == 0) there = s.find_block(m / block_minutes);
        static constexpr cell none;
        const cell& c = there == nullptr ? none : there->cells[m % block_minutes];
        users += c.users;
        if (m >= pass.first) {
            const bool growing = pass.until < end_of(m);
            const auto& partial = pass.partial[index_of(d)];
            const std::int64_t edges = growing ? (value < partial.size() ? partial[value] : 0) : c.watch_ms;
            minute_numbers n;
            n.sessions_started = c.started;
            n.sessions_closed = c.closed;
            n.watch_time_ms = open * ms_between(start_of(m), std::min(pass.until, end_of(m))) + edges;
            n.peak_concurrent = open + c.rise;
            n.unique_users = users;
            n.total_bytes = there == nullptr ? 0 : within(there->bytes(m % block_minutes), row_bytes_max);
            const bool keep_zeros = d == dimension::global && m >= *first_minute_;
            const std::uint64_t now_there = n.all_zero() && !keep_zeros ? 0 : fingerprint(n);
            if (now_there != c.taken) {
                s.at(m).taken = now_there;
                there = s.find_block(m / block_minutes);
                into.push_back(row_of(m, d, value, row_kind::whole, n));
            }
        }
        const cell& same = there == nullptr ? none : there->cells[m % block_minutes];
        open += same.started - same.closed;
    }
}

// What the openings and closes of a minute add to the watch time up to `until`, by value.
void ledger::sum_edges_until(minute_number m, instant until,
                             std::array<std::vector<std::int64_t>, dimension_count>& into) {
    for (const dimension d : all_dimensions) into[index_of(d)].assign(value_limit(d), 0);
    const std::int64_t end = ms_between(start_of(m), until);
    const auto sum = [&](const edge_list& edges, int sign) {
        edges.for_each(0, edges.size(), [&](session_ref who, std::uint16_t offset) {
            const std::int64_t ms = std::max<std::int64_t>(0, end - offset) * sign;
            const labels its = sessions_->at(who).label();
            for (const dimension d : all_dimensions) into[index_of(d)][its.in(d)] += ms;
        });
    };
    sum(edges_of(m).up, +1);
    sum(edges_of(m).down, -1);
}

// ---- peaks

void ledger::make_rises(minute_number m) {
    const minute_edges& there = edges_of(m);
    if (!there.changed) return;
    while (rises_of(m).work(m, there, all_values)) continue;
    store_rises(m);
}

void ledger::store_rises(minute_number m) {
    edges_of(m).changed = false;
    rises_of(m).for_each([&](dimension d, std::uint32_t value, std::int32_t rise) { of(d, value).at(m).rise = rise; });
    rises_of(m).clear();
}

// ---- what becomes final

void ledger::make_final_before(minute_number first) {
    if (first <= first_mutable_) return;
    if (first_minute_) {
        const minute_number stale_from = taking_ ? std::min(stale_from_, pass_.first) : stale_from_;
        row_pass pass;
        pass.first = std::max(stale_from, first_mutable_);
        pass.end = first;
        pass.until = start_of(first);
        if (pass.first < pass.end) {
            prepare(pass);
            make_rows(pass, all_values, kept_);
        }
    }
    stale_from_ = std::max(stale_from_, first);
    while (first_mutable_ < first) fold_first_minute();
}

void ledger::fold_first_minute() {
    const minute_number number = first_mutable_ / block_minutes;
    const minute_number at = first_mutable_ % block_minutes;
    for (auto& all : series_) {
        for (series& s : all) {
            if (s.find_block(number) == nullptr) continue;
            block& there = s.block_at(number);
            cell& c = there.cells[at];
            s.open += c.started - c.closed;
            s.users += c.users;
            c = cell{};
            there.clear_bytes(at);
            if (at + 1 == block_minutes && !s.corrected) s.erase_before(number + 1);
        }
    }
    if (!edges_.empty()) edges_.pop_front();
    recent_edges_ = nullptr;
    ++first_mutable_;
}

// ---- what comes to final minutes

void ledger::begin_revisions() {
    revising_.insert(revising_.end(), corrected_.begin(), corrected_.end());
    corrected_.clear();
}

void ledger::take_revisions(std::size_t rows_max, std::vector<minute_row>& into) {
    const auto first_new = static_cast<std::ptrdiff_t>(into.size());
    take_kept(into);
    for (const minute_number m : zeros_) into.push_back(row_of(m, dimension::global, 0, row_kind::revision, {}));
    zeros_.clear();
    while (!revising_.empty() && into.size() < rows_max) {
        if (!take_revisions_of(revising_.front(), rows_max, into)) revising_.pop_front();
    }
    std::stable_sort(into.begin() + first_new, into.end(),
                     [](const minute_row& a, const minute_row& b) { return a.at < b.at; });
}

// False: that were all.
bool ledger::take_revisions_of(place which, std::size_t rows_max, std::vector<minute_row>& into) {
    const dimension d = all_dimensions[which.dimension];
    series& s = series_[which.dimension][which.value];
    for (const auto& [number, there] : s.blocks) {
        const minute_number start = number * block_minutes;
        if (start >= first_mutable_) break;
        if (into.size() >= rows_max) {
            s.erase_before(number);
            return true;
        }
        for (minute_number m = start; m < std::min(start + block_minutes, first_mutable_); ++m) {
            const minute_numbers n = take_revision_from(*there, m);
            if (!n.all_zero()) into.push_back(row_of(m, d, which.value, row_kind::revision, n));
        }
    }
    s.corrected = false;
    s.erase_before(first_mutable_ / block_minutes);
    return false;
}

void ledger::keep_revisions_of(dimension d, std::uint32_t value) {
    if (value < value_limit(d) && of(d, value).corrected) take_revisions_of({index_of(d), value}, all_values, kept_);
}

minute_numbers ledger::take_revision_from(block& there, minute_number m) {
    const minute_number at = m % block_minutes;
    cell& c = there.cells[at];
    const minute_numbers n{c.started, c.closed, c.watch_ms, 0, 0, within(there.bytes(at), revision_bytes_max)};
    if (n.all_zero()) return n;
    c = cell{};
    there.clear_bytes(at);
    return n;
}

std::optional<minute_row> ledger::take_revision(minute_number m, dimension d, std::uint32_t value) {
    if (m >= first_mutable_ || value >= value_limit(d)) return std::nullopt;
    series& s = of(d, value);
    if (s.find_block(m / block_minutes) == nullptr) return std::nullopt;
    const minute_numbers n = take_revision_from(s.block_at(m / block_minutes), m);
    if (n.all_zero()) return std::nullopt;
    return row_of(m, d, value, row_kind::revision, n);
}

}  // namespace streamstats
