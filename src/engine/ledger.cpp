// The booking. The rows that come of it are made in ledger_rows.cpp.
#include "engine/ledger.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace streamstats {
namespace {

__extension__ using wide = unsigned __int128;

// Bytes that flow evenly: how many have flowed after so many milliseconds, rounded down (SEMANTICS 3). Walks from
// minute to minute without dividing anew.
class even_flow {
public:
    even_flow(std::uint64_t bytes, std::uint64_t ms, std::uint64_t first_ms) : bytes_(bytes), ms_(ms) {
        divide(first_ms, flowed_, rest_);
    }
    [[nodiscard]] std::uint64_t flowed() const { return flowed_; }
    void go_on_a_minute() {
        if (!has_minute_) divide(static_cast<std::uint64_t>(minute_length.count()), minute_flowed_, minute_rest_);
        has_minute_ = true;
        flowed_ += minute_flowed_;
        rest_ += minute_rest_;
        if (rest_ < ms_) return;
        rest_ -= ms_;
        ++flowed_;
    }

private:
    void divide(std::uint64_t part, std::uint64_t& quotient, std::uint64_t& rest) const {
        std::uint64_t product = 0;
        if (!__builtin_mul_overflow(bytes_, part, &product)) {
            quotient = product / ms_;
            rest = product % ms_;
        } else {
            quotient = static_cast<std::uint64_t>(wide{bytes_} * part / ms_);
            rest = static_cast<std::uint64_t>(wide{bytes_} * part % ms_);
        }
    }

    std::uint64_t bytes_;
    std::uint64_t ms_;
    std::uint64_t flowed_ = 0;
    std::uint64_t rest_ = 0;
    bool has_minute_ = false;
    std::uint64_t minute_flowed_ = 0;
    std::uint64_t minute_rest_ = 0;
};

}  // namespace

ledger::ledger(minute_number first_mutable, const value_names& names, const session_table& sessions)
    : names_(&names),
      sessions_(&sessions),
      first_mutable_(first_mutable),
      stale_from_(first_mutable),
      rises_{rises{sessions}, rises{sessions}} {}

// ---- what is kept of a value

void ledger::block::add_bytes(std::uint32_t at, byte_sum more) {
    if (!spilled_) spill();
    (*spilled_)[at] += more;
}

void ledger::block::clear_bytes(std::uint32_t at) {
    bytes_[at] = 0;
    if (spilled_) (*spilled_)[at] = 0;
}

void ledger::block::spill() {
    if (!spilled_) spilled_ = std::make_unique<std::array<byte_sum, block_minutes>>();
    for (std::uint32_t at = 0; at < block_minutes; ++at) (*spilled_)[at] += bytes_[at];
    bytes_ = {};
    added_ = 0;
}

ledger::block& ledger::series::find_or_make(minute_number number) {
    auto place = std::lower_bound(blocks.begin(), blocks.end(), number,
                                  [](const auto& one, minute_number wanted) { return one.first < wanted; });
    if (place == blocks.end() || place->first != number) {
        place = blocks.emplace(place, number, std::make_unique<block>());
        newest_number = blocks.back().first;
        newest = blocks.back().second.get();
    }
    return *place->second;
}

const ledger::block* ledger::series::find_block(minute_number number) const {
    if (newest == nullptr || newest_number < number) return nullptr;
    if (newest_number == number) return newest;
    for (auto one = blocks.rbegin(); one != blocks.rend() && one->first >= number; ++one) {
        if (one->first == number) return one->second.get();
    }
    return nullptr;
}

const ledger::cell* ledger::series::find(minute_number m) const {
    const block* there = find_block(m / block_minutes);
    return there == nullptr ? nullptr : &there->cells[m % block_minutes];
}

void ledger::series::erase_before(minute_number number) {
    std::erase_if(blocks, [number](const auto& one) { return one.first < number; });
    newest_number = blocks.empty() ? no_block : blocks.back().first;
    newest = blocks.empty() ? nullptr : blocks.back().second.get();
}

ledger::series& ledger::make(dimension d, std::uint32_t value) {
    auto& all = series_[index_of(d)];
    all.resize(value + 1);
    return all[value];
}

minute_edges& ledger::find_or_make_edges(minute_number m) {
    assert(m >= first_mutable_);
    const std::size_t index = m - first_mutable_;
    if (index >= edges_.size()) edges_.resize(index + 1);
    recent_edges_at_ = m;
    recent_edges_ = &edges_[index];
    return *recent_edges_;
}

// ---- gathering and posting

// The earliest minute in which something changes.
minute_number ledger::first_gathered() const {
    minute_number first = gathered_.open == 0 ? minute_range::unbounded : first_mutable_;
    for (const change& each : gathered_.changes) first = std::min(first, each.at);
    for (const share_run& each : gathered_.runs) first = std::min(first, each.first);
    return first;
}

class ledger::blocks_of_values {
public:
    explicit blocks_of_values(const std::array<series*, dimension_count>& values) : values_(values) {}

    const std::array<block*, dimension_count>& at(minute_number m) {
        if (m / block_minutes == number_) return blocks_;
        number_ = m / block_minutes;
        for (std::size_t i = 0; i < values_.size(); ++i) blocks_[i] = &values_[i]->block_at(number_);
        return blocks_;
    }

private:
    const std::array<series*, dimension_count>& values_;
    minute_number number_ = series::no_block;
    std::array<block*, dimension_count> blocks_{};
};

void ledger::post(const label_ids& values) {
    std::array<series*, dimension_count> its{};
    for (std::size_t d = 0; d < dimension_count; ++d) its[d] = &of(all_dimensions[d], values[d]);
    if (taking_) {
        for (const dimension d : all_dimensions) make_rows_before_change(d, values[index_of(d)]);
    }
    const minute_number first = first_gathered();
    touch(first);
    if (first < first_mutable_) {
        for (const dimension d : all_dimensions) note_corrected(d, values[index_of(d)]);
    }
    for (series* s : its) {
        s->open += gathered_.open;
        s->open_now += static_cast<std::uint32_t>(gathered_.open_now);
    }
    blocks_of_values blocks(its);
    for (const auto [at, started, closed, users, watch_ms] : gathered_.changes) {
        for (block* b : blocks.at(at)) {
            cell& c = b->cells[at % block_minutes];
            c.watch_ms += watch_ms;
            c.started += started;
            c.closed += closed;
            c.users += users;
        }
    }
    for (const share_run& run : gathered_.runs) post_shares(blocks, run);
    gathered_.changes.clear();
    gathered_.runs.clear();
    gathered_.shares.clear();
    gathered_.open = gathered_.open_now = 0;
}

void ledger::post_shares(blocks_of_values& blocks, const share_run& run) const {
    minute_number m = run.first;
    for (std::size_t at = run.begin; at < run.end;) {
        const std::size_t count = std::min<std::size_t>(block_minutes - m % block_minutes, run.end - at);
        const std::span<const std::int64_t> shares(&gathered_.shares[at], count);
        for (block* b : blocks.at(m)) b->add_bytes(m % block_minutes, shares, run.bytes);
        m += static_cast<minute_number>(count);
        at += count;
    }
}

void ledger::note_corrected(dimension d, std::uint32_t value) {
    if (!std::exchange(of(d, value).corrected, true)) corrected_.push_back({index_of(d), value});
}

// ---- booking

void ledger::book_interval(session_ref who, const interval& when, int sign) {
    const instant final_end = start_of(first_mutable_);
    if (when.opened < final_end) {
        book_presence_in_final(when.opened, std::min(when.closed, final_end), sign);
        const minute_number m = number_of(when.opened);
        if (!left_out(m)) changes_of(m).started += sign;
    } else {
        book_edge(who, when.opened, true, sign);
    }
    book_end(who, when.opened, when.closed, sign);
}

void ledger::move_close(session_ref who, instant opened, instant from, instant to) {
    const instant final_end = start_of(first_mutable_);
    const instant from_in_final = std::min(from, final_end);
    const instant to_in_final = std::min(to, final_end);
    if (opened < final_end) {
        book_presence_in_final(from_in_final, to_in_final, +1);
        book_presence_in_final(to_in_final, from_in_final, -1);
    }
    book_end(who, opened, from, -1);
    book_end(who, opened, to, +1);
}

// A session that opened at `opened` ends at t, or stays open.
void ledger::book_end(session_ref who, instant opened, instant t, int sign) {
    const instant final_end = start_of(first_mutable_);
    if (t < final_end) {
        const minute_number m = number_of(t);
        if (!left_out(m)) changes_of(m).closed += sign;
        return;
    }
    if (opened < final_end) gathered_.open += sign;
    if (t != still_open) book_edge(who, t, false, sign);
}

// [from, to) of minutes that are all final; nothing when it is empty.
void ledger::book_presence_in_final(instant from, instant to, int sign) {
    if (loading_) return;
    while (from < to) {
        const minute_number m = number_of(from);
        const instant until = std::min(to, end_of(m));
        changes_of(m).watch_ms += ms_between(from, until) * sign;
        from = until;
    }
}

// Into the minute of t, which is not final.
void ledger::book_edge(session_ref who, instant t, bool opens, int sign) {
    const minute_number m = number_of(t);
    const std::int64_t offset = ms_between(start_of(m), t);
    const std::int64_t rest = (minute_length.count() - offset) * sign;
    change& there = changes_of(m);
    (opens ? there.started : there.closed) += sign;
    there.watch_ms += opens ? rest : -rest;
    minute_edges& edges = edges_of(m);
    (opens == (sign > 0) ? edges.up : edges.down).add(who, static_cast<std::uint16_t>(offset));
    edges.changed = true;
}

// What is booked into final minutes while loading is in a balance, and so is what is booked into later ones.
void ledger::book_bytes(const byte_flow& flow, int sign) {
    minute_number m = number_of(flow.from);
    auto& shares = gathered_.shares;
    share_run& run = gathered_.runs.emplace_back(share_run{m, flow.bytes, shares.size(), 0});
    std::uint64_t before = 0;
    if (flow.to > end_of(m)) {
        even_flow even(flow.bytes, static_cast<std::uint64_t>(ms_between(flow.from, flow.to)),
                       static_cast<std::uint64_t>(ms_between(flow.from, end_of(m))));
        for (; end_of(m) < flow.to; ++m) {
            shares.push_back(static_cast<std::int64_t>(even.flowed() - before) * sign);
            before = even.flowed();
            even.go_on_a_minute();
        }
    }
    shares.push_back(static_cast<std::int64_t>(flow.bytes - before) * sign);
    run.end = shares.size();
}

void ledger::book_user(dimension d, std::uint32_t value, minute_range when, int sign) {
    if (when.empty() || when.last < first_mutable_) return;
    series& s = of(d, value);
    make_rows_before_change(d, value);
    const minute_number first = std::max(when.first, first_mutable_);
    s.at(first).users += sign;
    if (when.last != minute_range::unbounded) s.at(when.last + 1).users -= sign;
    touch(first);
}

std::uint32_t ledger::open_now(dimension d, std::uint32_t value) const {
    const auto& all = series_[index_of(d)];
    return value < all.size() ? all[value].open_now : 0;
}

// ---- time

void ledger::begin_earlier(minute_number first) {
    const minute_number known_from = std::min(first_minute_.value_or(first_mutable_), first_mutable_);
    const minute_number filled_from = known_from - std::min(known_from, filled_minutes_max);
    for (minute_number m = std::max(first, filled_from); m < known_from; ++m) zeros_.push_back(m);
    load_first_minute(first);
}

void ledger::load_first_minute(minute_number first) {
    first_minute_ = first;
    of(dimension::global, 0);  // has rows from here on, also if no session ever comes
    touch(first);
}

void ledger::begin_loading(minute_number first_mutable) {
    loading_ = true;
    first_mutable_ = first_mutable;
    stale_from_ = first_mutable;
}

void ledger::load_balance(const balance& b) {
    block& there = of(b.d, b.value).block_at(b.at / block_minutes);
    cell& c = there.cells[b.at % block_minutes];
    c.started += b.started;
    c.closed += b.closed;
    c.watch_ms += b.watch_ms;
    if (b.bytes != 0) there.add_bytes(b.at % block_minutes, b.bytes);
    if (b.at < first_mutable_) note_corrected(b.d, b.value);
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
    constexpr std::size_t edge_bytes = sizeof(session_ref) + sizeof(std::uint16_t);
    for (const minute_edges& m : edges_) bytes += (m.up.size() + m.down.size()) * edge_bytes;
    for (const rises& known : rises_) bytes += known.memory_bytes();
    return bytes;
}

}  // namespace streamstats
