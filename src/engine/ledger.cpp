#include "engine/ledger.hpp"

#include <algorithm>
#include <cassert>

#include "streamstats/engine/engine.hpp"

namespace streamstats {
namespace {

constexpr minute_number block_of(minute_number m) {
    return m / 16;
}

std::int64_t ms_between(instant from, instant to) {
    return (to - from).count();
}

// The bytes that have flowed by `t`, rounded down (SEMANTICS 3).
std::uint64_t flowed_by(const byte_flow& flow, instant t) {
    const auto part = static_cast<std::uint64_t>(ms_between(flow.from, t));
    const auto whole = static_cast<std::uint64_t>(ms_between(flow.from, flow.to));
    if (part >= whole) return flow.bytes;
    if (((flow.bytes | part) >> 32U) == 0) return flow.bytes * part / whole;
    __extension__ using wide = unsigned __int128;
    return static_cast<std::uint64_t>(wide{flow.bytes} * part / whole);
}

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

ledger::ledger(minute_number first_mutable, const value_names& names)
    : names_(&names), first_mutable_(first_mutable), stale_from_(first_mutable) {}

ledger::cell& ledger::series::at(minute_number m) {
    const minute_number wanted = block_of(m);
    if (blocks.empty() || blocks.back().first != wanted) {
        auto place = std::lower_bound(blocks.begin(), blocks.end(), wanted,
                                      [](const auto& one, minute_number number) { return one.first < number; });
        if (place == blocks.end() || place->first != wanted) {
            place = blocks.emplace(place, wanted, std::make_unique<block>());
        }
        return place->second->cells[m % block_minutes];
    }
    return blocks.back().second->cells[m % block_minutes];
}

ledger::cell* ledger::series::find(minute_number m) {
    for (auto one = blocks.rbegin(); one != blocks.rend(); ++one) {
        if (one->first == block_of(m)) return &one->second->cells[m % block_minutes];
    }
    return nullptr;
}

ledger::series& ledger::of(dimension d, std::uint32_t value) {
    auto& all = series_[index_of(d)];
    if (value >= all.size()) all.resize(value + 1);
    return all[value];
}

ledger::mutable_minute& ledger::edges_of(minute_number m) {
    assert(m >= first_mutable_);
    const std::size_t index = m - first_mutable_;
    if (index >= edges_.size()) edges_.resize(index + 1);
    return edges_[index];
}

void ledger::touch(minute_number m) {
    stale_from_ = std::min(stale_from_, std::max(m, first_mutable_));
}

template <class Change>
void ledger::change_cells(const labels& who, minute_number m, Change change) {
    if (loading_ && m < first_mutable_) return;
    for (const dimension d : all_dimensions) change(of(d, who.in(d)).at(m));
    touch(m);
}

template <class Change>
void ledger::change_series(const labels& who, Change change) {
    for (const dimension d : all_dimensions) change(of(d, who.in(d)));
}

// ---- booking

void ledger::book_interval(const labels& who, const interval& when, int sign) {
    const instant final_end = start_of(first_mutable_);
    if (when.opened < final_end) {
        book_presence_in_final(who, when.opened, std::min(when.closed, final_end), sign);
        change_cells(who, number_of(when.opened), [sign](cell& c) { c.started += sign; });
    } else {
        book_started(who, when.opened, sign);
    }
    book_end(who, when.opened, when.closed, sign);
}

void ledger::move_close(const labels& who, instant opened, instant from, instant to) {
    const instant final_end = start_of(first_mutable_);
    const instant from_in_final = std::min(from, final_end);
    const instant to_in_final = std::min(to, final_end);
    if (opened < final_end) {
        book_presence_in_final(who, from_in_final, to_in_final, +1);
        book_presence_in_final(who, to_in_final, from_in_final, -1);
    }
    book_end(who, opened, from, -1);
    book_end(who, opened, to, +1);
}

// A session that opened at `opened` ends at t, or stays open.
void ledger::book_end(const labels& who, instant opened, instant t, int sign) {
    const instant final_end = start_of(first_mutable_);
    if (t < final_end) {
        change_cells(who, number_of(t), [sign](cell& c) { c.closed += sign; });
        return;
    }
    if (opened < final_end) {
        change_series(who, [sign](series& s) { s.open += sign; });
        touch(first_mutable_);
    }
    if (t != still_open) book_closed(who, t, sign);
}

// [from, to) of minutes that are all final; nothing when it is empty.
void ledger::book_presence_in_final(const labels& who, instant from, instant to, int sign) {
    if (loading_) return;
    while (from < to) {
        const minute_number m = number_of(from);
        const instant until = std::min(to, end_of(m));
        const std::int64_t ms = ms_between(from, until) * sign;
        change_cells(who, m, [ms](cell& c) { c.watch_ms += ms; });
        from = until;
    }
}

void ledger::book_started(const labels& who, instant t, int sign) {
    const minute_number m = number_of(t);
    const std::int64_t ms = ms_between(t, end_of(m)) * sign;
    change_cells(who, m, [sign, ms](cell& c) {
        c.started += sign;
        c.watch_ms += ms;
    });
    add_edge(who, t, sign > 0);
}

void ledger::book_closed(const labels& who, instant t, int sign) {
    const minute_number m = number_of(t);
    const std::int64_t ms = ms_between(t, end_of(m)) * sign;
    change_cells(who, m, [sign, ms](cell& c) {
        c.closed += sign;
        c.watch_ms -= ms;
    });
    add_edge(who, t, sign < 0);
}

void ledger::add_edge(const labels& who, instant t, bool up) {
    const minute_number m = number_of(t);
    mutable_minute& there = edges_of(m);
    there.edges.emplace_back(who, up, static_cast<std::uint16_t>(ms_between(start_of(m), t)));
    there.edges_changed = true;
}

void ledger::book_flow(const labels& who, const byte_flow& flow, int sign) {
    instant from = flow.from;
    std::uint64_t before = 0;
    do {
        const minute_number m = number_of(from);
        const instant until = std::min(flow.to, end_of(m));
        const std::uint64_t by_now = flowed_by(flow, until);
        if (by_now != before) {
            const byte_sum bytes = byte_sum{by_now - before} * sign;
            change_cells(who, m, [bytes](cell& c) { c.bytes += bytes; });
        }
        before = by_now;
        from = until;
    } while (from < flow.to);
}

void ledger::book_user(dimension d, std::uint32_t value, minute_range when, int sign) {
    if (when.empty() || when.last < first_mutable_) return;
    series& s = of(d, value);
    const minute_number first = std::max(when.first, first_mutable_);
    s.at(first).users += sign;
    if (when.last != minute_range::unbounded) s.at(when.last + 1).users -= sign;
    touch(first);
}

void ledger::count_open(const labels& who, int sign) {
    change_series(who, [sign](series& s) { s.open_now += static_cast<std::uint32_t>(sign); });
}

std::uint32_t ledger::open_now(dimension d, std::uint32_t value) const {
    const auto& all = series_[index_of(d)];
    return value < all.size() ? all[value].open_now : 0;
}

// ---- time

void ledger::begin_at(minute_number first) {
    if (first_minute_ && *first_minute_ <= first) return;
    const minute_number known_from = std::min(first_minute_.value_or(first_mutable_), first_mutable_);
    const minute_number filled_from = known_from - std::min(known_from, filled_minutes_max);
    for (minute_number m = std::max(first, filled_from); m < known_from; ++m) {
        zeros_.push_back(m);
    }
    load_first_minute(first);
}

void ledger::load_first_minute(minute_number first) {
    first_minute_ = first;
    of(dimension::global, 0);  // has rows from here on, also if no session ever comes
    touch(first);
}

void ledger::make_final_before(minute_number first) {
    if (first <= first_mutable_) return;
    if (first_minute_) {
        make_rows(first, start_of(first), kept_);
    }
    stale_from_ = std::max(stale_from_, first);
    while (first_mutable_ < first) fold_first_minute();
}

void ledger::fold_first_minute() {
    for (auto& all : series_) {
        for (series& s : all) {
            cell* c = s.find(first_mutable_);
            if (c == nullptr) continue;
            s.open += c->started - c->closed;
            s.users += c->users;
            *c = cell{};
        }
    }
    if (!edges_.empty()) edges_.pop_front();
    ++first_mutable_;
}

// ---- rows

void ledger::take_rows(instant now, bool growing, std::vector<minute_row>& into) {
    into.insert(into.end(), std::make_move_iterator(kept_.begin()), std::make_move_iterator(kept_.end()));
    kept_.clear();
    if (!first_minute_) return;
    const minute_number current = number_of(now);
    make_rows(growing ? current + 1 : current, now, into);
    stale_from_ = std::max(stale_from_, current);
}

// Rows of the mutable minutes before `end` that may have changed. Minutes that go on beyond `until` count up to it.
void ledger::make_rows(minute_number end, instant until, std::vector<minute_row>& into) {
    if (stale_from_ >= end) return;
    for (const dimension d : all_dimensions) {
        auto& values = running_[index_of(d)];
        values.assign(value_limit(d), running{});
        for (std::size_t v = 0; v < values.size(); ++v) {
            const series& s = series_[index_of(d)][v];
            values[v] = {s.open, s.users};
        }
    }
    for (minute_number m = first_mutable_; m < end; ++m) {
        step_running(m, true);
        if (m >= stale_from_) make_rows_of(m, std::min(until, end_of(m)), into);
        step_running(m, false);
    }
}

// Users of a minute count in its own row; openings and closes of a minute count from the next one on.
void ledger::step_running(minute_number m, bool before_rows) {
    for (const dimension d : all_dimensions) {
        auto& values = running_[index_of(d)];
        for (std::size_t v = 0; v < values.size(); ++v) {
            const cell* c = series_[index_of(d)][v].find(m);
            if (c == nullptr) continue;
            if (before_rows) {
                values[v].users += c->users;
            } else {
                values[v].open += c->started - c->closed;
            }
        }
    }
}

void ledger::make_rows_of(minute_number m, instant until, std::vector<minute_row>& into) {
    make_rise(m);
    for (const dimension d : all_dimensions) make_rows_of(d, m, until, into);
}

void ledger::make_rows_of(dimension d, minute_number m, instant until, std::vector<minute_row>& into) {
    const bool growing = until < end_of(m);
    const std::vector<std::int64_t> partial = growing ? edges_until(d, m, until) : std::vector<std::int64_t>{};
    const bool keep_zeros = d == dimension::global && m >= *first_minute_;
    auto& values = running_[index_of(d)];
    for (std::uint32_t v = 0; v < values.size(); ++v) {
        series& s = series_[index_of(d)][v];
        const cell* known = s.find(m);
        const cell c = known == nullptr ? cell{} : *known;
        minute_numbers n;
        n.sessions_started = c.started;
        n.sessions_closed = c.closed;
        n.watch_time_ms = values[v].open * ms_between(start_of(m), until) + (growing ? partial[v] : c.watch_ms);
        n.peak_concurrent = values[v].open + c.rise;
        n.unique_users = values[v].users;
        n.total_bytes = within(c.bytes, row_bytes_max);
        const std::uint64_t now_there = n.all_zero() && !keep_zeros ? 0 : fingerprint(n);
        if (now_there == c.taken) continue;
        s.at(m).taken = now_there;
        into.push_back(
            {to_minute(m), d, d == dimension::global ? std::string{} : names_->name(d, v), row_kind::whole, n});
    }
}

// What the openings and closes of a minute add to the watch time up to `until`, by value.
std::vector<std::int64_t> ledger::edges_until(dimension d, minute_number m, instant until) {
    std::vector<std::int64_t> sums(value_limit(d));
    const std::int64_t end = ms_between(start_of(m), until);
    for (const edge& e : edges_of(m).edges) {
        const std::int64_t ms = std::max<std::int64_t>(0, end - e.offset);
        sums[e.who().in(d)] += e.up != 0 ? ms : -ms;
    }
    return sums;
}

void ledger::make_rise(minute_number m) {
    mutable_minute& there = edges_of(m);
    if (!there.edges_changed) return;
    there.edges_changed = false;
    there.edges.shrink_to_fit();
    // At one instant what goes down goes first: then no sum in between is greater than the one after the instant.
    std::sort(there.edges.begin(), there.edges.end(),
              [](const edge& a, const edge& b) { return a.offset != b.offset ? a.offset < b.offset : a.up < b.up; });
    for (const dimension d : all_dimensions) make_rise_of(d, m, there.edges);
}

void ledger::make_rise_of(dimension d, minute_number m, const std::vector<edge>& sorted) {
    const auto value_of = [d](const edge& e) { return e.who().in(d); };
    level_.resize(std::max<std::size_t>(level_.size(), value_limit(d)));
    rise_.resize(level_.size());
    for (const edge& e : sorted) {
        const std::uint32_t v = value_of(e);
        level_[v] += e.up != 0 ? 1 : -1;
        // The count right at the start of the minute is the first that is attained, even if it lies below open(M).
        rise_[v] = e.offset == 0 ? level_[v] : std::max(rise_[v], level_[v]);
    }
    for (const edge& e : sorted) of(d, value_of(e)).at(m).rise = rise_[value_of(e)];
    for (const edge& e : sorted) level_[value_of(e)] = rise_[value_of(e)] = 0;
}

void ledger::take_revisions(std::vector<minute_row>& into) {
    const std::size_t first_new = into.size();
    for (const minute_number m : zeros_) {
        into.push_back({to_minute(m), dimension::global, {}, row_kind::revision, {}});
    }
    zeros_.clear();
    for (const dimension d : all_dimensions) {
        for (std::uint32_t v = 0; v < value_limit(d); ++v) {
            auto& blocks = series_[index_of(d)][v].blocks;
            for (auto& [number, minutes_of_block] : blocks) {
                const minute_number start = number * block_minutes;
                for (minute_number m = start; m < std::min(start + block_minutes, first_mutable_); ++m) {
                    cell& c = minutes_of_block->cells[m - start];
                    const std::int64_t bytes = within(c.bytes, revision_bytes_max);
                    const minute_numbers n{c.started, c.closed, c.watch_ms, 0, 0, bytes};
                    if (n.all_zero()) continue;
                    c = cell{};
                    into.push_back({to_minute(m), d, d == dimension::global ? std::string{} : names_->name(d, v),
                                    row_kind::revision, n});
                }
            }
            std::erase_if(blocks,
                          [this](const auto& one) { return (one.first + 1) * block_minutes <= first_mutable_; });
        }
    }
    std::stable_sort(into.begin() + static_cast<std::ptrdiff_t>(first_new), into.end(),
                     [](const minute_row& a, const minute_row& b) { return a.at < b.at; });
}

void ledger::begin_loading(minute_number first_mutable) {
    loading_ = true;
    first_mutable_ = first_mutable;
    stale_from_ = first_mutable;
}

void ledger::load_balance(const balance& b) {
    cell& c = of(b.d, b.value).at(b.at);
    c.started += b.started;
    c.closed += b.closed;
    c.watch_ms += b.watch_ms;
    c.bytes += b.bytes;
    touch(b.at);
}

std::size_t ledger::memory_bytes() const {
    std::size_t bytes = 0;
    for (const auto& all : series_) {
        bytes += all.capacity() * sizeof(series);
        for (const series& s : all) {
            bytes += s.blocks.capacity() * sizeof(s.blocks[0]) + s.blocks.size() * sizeof(block);
        }
    }
    for (const mutable_minute& m : edges_) bytes += m.edges.capacity() * sizeof(edge);
    return bytes;
}

}  // namespace streamstats
