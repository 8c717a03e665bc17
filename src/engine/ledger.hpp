// The books: for every dimension value and minute, what the sessions add up to; and the rows made of it.
// One thread at a time.
//
// A minute is first mutable, then final. For a mutable minute M a value keeps differences only:
//   open(M)  = open at the first mutable minute + Σ started − Σ closed of the minutes before M
//   watch(M) = 60 000 · open(M) + Σ over openings (end(M) − t) − Σ over closes (end(M) − t)
//   peak(M)  = open(M) + the greatest running sum of M's edges, in order of time
//   users(M) = Σ of the differences of all minutes up to M; viewers.hpp decides where users come and go
// so that an event costs the same however long its session is and however many are open. For a final minute a cell
// gathers the differences that its stored row lacks.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/edges.hpp"
#include "engine/rises.hpp"
#include "engine/samples.hpp"
#include "engine/session.hpp"
#include "engine/session_table.hpp"
#include "streamstats/base/minute_row.hpp"

namespace streamstats {

// The name of a dimension value by its id, for rows.
class value_names {
public:
    virtual ~value_names() = default;
    [[nodiscard]] virtual std::string name(dimension d, std::uint32_t id) const = 0;
};

class ledger {
public:
    ledger(minute_number first_mutable, const value_names& names, const session_table& sessions);

    // ---- What the engine books. `sign` is +1 or −1: what was booked can be taken back. The changes that a session's
    // values have in common are gathered, and get into the books with post(), once for each dimension.
    void book_interval(session_ref who, const interval& when, int sign);
    // As book_interval of {opened, from} with −1 and of {opened, to} with +1, but cheap.
    void move_close(session_ref who, instant opened, instant from, instant to);
    void book_flow(const byte_flow& flow, int sign) {
        if (flow.bytes != 0) book_bytes(flow, sign);
    }
    // A user is there in minutes [first, last]: for all values of his session, or at once for one value.
    void book_user(minute_range when, int sign) {
        if (when.empty() || when.last < first_mutable_) return;
        changes_of(std::max(when.first, first_mutable_)).users += sign;
        if (when.last != minute_range::unbounded) changes_of(when.last + 1).users -= sign;
    }
    void book_user(dimension d, std::uint32_t value, minute_range when, int sign);
    void count_open(int sign) { gathered_.open_now += sign; }
    void post(const label_ids& values);
    // So that post() does not have to wait; first the one for all events of a batch, then the other.
    void prefetch(dimension d, std::uint32_t value) const {
        const auto& all = series_[index_of(d)];
        if (value < all.size()) __builtin_prefetch(&all[value], 1);
    }
    void prefetch_cell(dimension d, std::uint32_t value, minute_number m) const {
        const auto& all = series_[index_of(d)];
        if (value < all.size() && all[value].newest != nullptr) all[value].newest->prefetch(m % block_minutes);
    }

    // From this minute on stats_global has a row for every minute. The smallest one told counts; final minutes get
    // theirs as revisions, for a week back: a sender whose clock is decades off does not fill the table.
    void begin_at(minute_number first) {
        if (!first_minute_ || first < *first_minute_) begin_earlier(first);
    }
    // Minutes before `first` become final; their rows are kept for the next take_rows.
    void make_final_before(minute_number first);
    [[nodiscard]] minute_number first_mutable() const { return first_mutable_; }

    // Whole rows that differ from what was taken before, of minutes that ended by `now`; with `growing` also of the
    // minute of `now`, in which open sessions count up to `now`. They are looked for in pieces of about so many values,
    // oldest minute first in each; false: that were all. All are as of begin_rows, so that books balance: a value that
    // changes before its turn has its rows made first. Only a minute that becomes final in between is as of then.
    void begin_rows(instant now, bool growing);
    // Does about so much, in edges, of what begin_rows would have to do at a stroke. False: nothing is left of it but
    // what comes in the meantime. Rows are the same whether it was called or not.
    bool make_ready(instant now, bool growing, std::size_t edges_about);
    bool take_rows(std::size_t values_about, std::vector<minute_row>& into);
    // As if no row of a mutable minute had been handed out before.
    void forget_taken();
    // What is booked into final minutes waits in their cells until it is asked for: a row takes several times as much.
    // begin_revisions: the values corrected by now may be asked for. take_revisions: some of their rows, oldest minute
    // first, at most `rows_max` and a few more; none: that were all. Rows kept for the next take_rows are among them,
    // since revisions add to those.
    void begin_revisions();
    void take_revisions(std::size_t rows_max, std::vector<minute_row>& into);
    // One such row, whoever may ask for it otherwise. Nothing: there is none, or its minute is not final.
    std::optional<minute_row> take_revision(minute_number m, dimension d, std::uint32_t value);
    // Its name is about to be forgotten: what waits of it is kept as rows, as those of its whole minutes are.
    void keep_revisions_of(dimension d, std::uint32_t value);
    static constexpr std::size_t all_values = static_cast<std::size_t>(-1);

    // Of the bytes of any number of sessions.
    __extension__ using byte_sum = __int128;

    // ---- Checkpoints. A balance is what of a cell the sessions do not tell: the bytes of a mutable minute, everything
    // of a final one.
    struct balance {
        dimension d = dimension::global;
        std::uint32_t value = 0;
        minute_number at = 0;
        std::int32_t started = 0;
        std::int32_t closed = 0;
        std::int64_t watch_ms = 0;
        byte_sum bytes = 0;
    };
    template <class Visit>
    void for_each_balance(Visit visit) const;
    [[nodiscard]] const std::vector<minute_row>& kept() const { return kept_; }
    [[nodiscard]] const std::vector<minute_number>& zeros() const { return zeros_; }
    [[nodiscard]] std::optional<minute_number> first_minute() const { return first_minute_; }
    // From begin_loading to finish_loading, what is booked into final minutes is left out: a balance holds it.
    void begin_loading(minute_number first_mutable);
    void load_balance(const balance& b);
    void load_kept(minute_row row) { kept_.push_back(std::move(row)); }
    void load_zero(minute_number m) { zeros_.push_back(m); }
    void load_first_minute(minute_number first);
    void finish_loading() { loading_ = false; }

    [[nodiscard]] std::uint32_t open_now(dimension d, std::uint32_t value) const;
    [[nodiscard]] std::uint32_t value_limit(dimension d) const {
        return static_cast<std::uint32_t>(series_[index_of(d)].size());
    }
    [[nodiscard]] std::size_t memory_bytes() const;

private:
    static constexpr minute_number block_minutes = 16;
    static constexpr minute_number filled_minutes_max = 7 * 24 * 60;

    struct cell {
        std::int64_t watch_ms = 0;  // mutable: the two sums of watch(M); final: to add to the row
        std::int32_t started = 0;
        std::int32_t closed = 0;
        std::int32_t users = 0;   // users that come minus users that went after the minute before
        std::int32_t rise = 0;    // peak(M) − open(M)
        std::uint64_t taken = 0;  // fingerprint of the row as last handed out; 0: there is none
    };
    static_assert(sizeof(cell) == 32);
    // The bytes stand apart, close together: a session that ends adds to those of every minute that it lasted.
    class alignas(64) block {
    public:
        std::array<cell, block_minutes> cells;

        // `most`: no smaller than what the shares add up to, signs aside.
        void add_bytes(std::uint32_t from, std::span<const std::int64_t> shares, std::uint64_t most) {
            if (most > unspilled_max - added_) spill();
            added_ += most;
            for (const std::int64_t share : shares) bytes_[from++] += share;
        }
        void add_bytes(std::uint32_t at, byte_sum more);
        void clear_bytes(std::uint32_t at);
        void prefetch(std::uint32_t at) const {
            __builtin_prefetch(&cells[at], 1);
            __builtin_prefetch(&bytes_[0], 1);
            __builtin_prefetch(&bytes_[block_minutes / 2], 1);
        }
        [[nodiscard]] byte_sum bytes(std::uint32_t at) const {
            return spilled_ ? (*spilled_)[at] + bytes_[at] : byte_sum{bytes_[at]};
        }

    private:
        static constexpr std::uint64_t unspilled_max = std::uint64_t{1} << 62U;
        [[gnu::cold]] void spill();

        std::array<std::int64_t, block_minutes> bytes_{};
        std::uint64_t added_ = 0;  // to bytes_, signs aside: no sum in it can be greater
        std::unique_ptr<std::array<byte_sum, block_minutes>> spilled_;  // where that became too much
    };
    // One dimension value through time.
    struct alignas(64) series {
        std::int64_t open = 0;   // at the first mutable minute
        std::int64_t users = 0;  // up to the minute before the first mutable one
        std::uint32_t open_now = 0;
        bool corrected = false;  // in a final minute; then the ledger has a note of it
        static constexpr minute_number no_block = 0xFFFF'FFFF;
        minute_number newest_number = no_block;  // of the last of the blocks
        std::uint32_t pass = 0;                  // the last one that has its rows
        block* newest = nullptr;
        std::vector<std::pair<minute_number, std::unique_ptr<block>>> blocks;  // by minute / block_minutes, sorted

        cell& at(minute_number m) { return block_at(m / block_minutes).cells[m % block_minutes]; }
        [[nodiscard]] const cell* find(minute_number m) const;
        [[nodiscard]] const block* find_block(minute_number number) const;
        block& block_at(minute_number number) { return newest_number == number ? *newest : find_or_make(number); }
        [[gnu::noinline]] block& find_or_make(minute_number number);
        void erase_before(minute_number number);
    };
    // What a session changes in a cell of each of its values.
    struct change {
        minute_number at = 0;
        std::int32_t started = 0;
        std::int32_t closed = 0;
        std::int32_t users = 0;
        std::int64_t watch_ms = 0;
    };
    // And in the bytes of consecutive minutes.
    struct share_run {
        minute_number first = 0;
        std::uint64_t bytes = 0;
        std::size_t begin = 0;  // of its shares, one a minute
        std::size_t end = 0;
    };
    struct gathered {
        std::vector<change> changes;
        std::vector<share_run> runs;
        std::vector<std::int64_t> shares;
        std::int32_t open = 0;
        std::int32_t open_now = 0;
    };
    series& of(dimension d, std::uint32_t value) {
        auto& all = series_[index_of(d)];
        return value < all.size() ? all[value] : make(d, value);
    }
    [[gnu::cold]] series& make(dimension d, std::uint32_t value);
    minute_edges& edges_of(minute_number m) {
        return recent_edges_at_ == m && recent_edges_ != nullptr ? *recent_edges_ : find_or_make_edges(m);
    }
    [[gnu::noinline]] minute_edges& find_or_make_edges(minute_number m);
    void touch(minute_number m) { stale_from_ = std::min(stale_from_, std::max(m, first_mutable_)); }
    [[gnu::cold]] void begin_earlier(minute_number first);
    [[nodiscard]] bool left_out(minute_number m) const { return loading_ && m < first_mutable_; }
    // Mostly it is the minute of the change before.
    change& changes_of(minute_number m) {
        auto& changes = gathered_.changes;
        if (changes.empty() || changes.back().at != m) changes.push_back({m, 0, 0, 0, 0});
        return changes.back();
    }
    [[nodiscard]] minute_number first_gathered() const;
    // What all values of a session have for one stretch of minutes, found once and used for many changes.
    class blocks_of_values;
    void post_shares(blocks_of_values& blocks, const share_run& run) const;
    void book_presence_in_final(instant from, instant to, int sign);
    void book_bytes(const byte_flow& flow, int sign);
    void book_end(session_ref who, instant opened, instant t, int sign);
    void book_edge(session_ref who, instant t, bool opens, int sign);

    // Where a walk over all values has come to.
    struct place {
        std::size_t dimension = 0;
        std::uint32_t value = 0;
    };
    // Rows of the mutable minutes from `first` to before `end`. Minutes that go on beyond `until` count up to it.
    struct row_pass {
        std::uint32_t number = 0;  // 0: one that looks at every value at once
        place at{};
        minute_number first = 0;
        minute_number end = 0;
        instant until{};
        std::array<std::vector<std::int64_t>, dimension_count> partial;  // see sum_edges_until
    };
    void prepare(row_pass& pass);
    bool make_rows(row_pass& pass, std::size_t values_about, std::vector<minute_row>& into);
    void make_rows_of(const row_pass& pass, dimension d, std::uint32_t value, std::vector<minute_row>& into);
    // To be called before anything of a mutable minute changes.
    void make_rows_before_change(dimension d, std::uint32_t value) {
        if (taking_) make_rows_of(pass_, d, value, kept_);
    }
    rises& rises_of(minute_number m) { return rises_[m % rises_.size()]; }
    [[nodiscard]] bool is_to_be_made(minute_number m) { return m >= first_mutable_ && edges_of(m).changed; }
    void make_rises(minute_number m);
    void store_rises(minute_number m);
    void sum_edges_until(minute_number m, instant until, std::array<std::vector<std::int64_t>, dimension_count>& into);
    void fold_first_minute();
    void note_corrected(dimension d, std::uint32_t value);
    void take_kept(std::vector<minute_row>& into);
    bool take_revisions_of(place which, std::size_t rows_max, std::vector<minute_row>& into);
    static minute_numbers take_revision_from(block& there, minute_number m);
    [[nodiscard]] minute_row row_of(minute_number m, dimension d, std::uint32_t value, row_kind kind,
                                    const minute_numbers& n) const;
    // visit(dimension, value) for about so many values from `next` on, which moves forward; false: that were all.
    template <class Visit>
    bool visit_values(place& next, std::size_t at_most, Visit visit) const;

    const value_names* names_;
    const session_table* sessions_;
    minute_number first_mutable_;
    bool loading_ = false;
    minute_number stale_from_;  // rows of this minute and later may differ from what was taken
    std::optional<minute_number> first_minute_;
    std::array<std::vector<series>, dimension_count> series_;
    std::deque<minute_edges> edges_;     // of the minutes from first_mutable_ on
    minute_number recent_edges_at_ = 0;  // the one of them that was asked for last
    minute_edges* recent_edges_ = nullptr;
    std::vector<minute_number> zeros_;  // final minutes that stats_global lacks
    // Rows of minutes that became final, of values that went, or that changed in a pass, before they were taken.
    std::vector<minute_row> kept_;
    gathered gathered_;  // since the last post
    row_pass pass_;
    bool taking_ = false;
    // Values that are corrected, each in one of the two, in the order in which it came to that.
    std::deque<place> corrected_;
    std::deque<place> revising_;      // those that may be asked for
    std::array<rises, 2> rises_;      // of two minutes that follow each other
    minute_number ready_before_ = 0;  // how far make_ready has come for the next pass
};

template <class Visit>
bool ledger::visit_values(place& next, std::size_t at_most, Visit visit) const {
    for (; next.dimension < dimension_count; ++next.dimension, next.value = 0) {
        const dimension d = all_dimensions[next.dimension];
        for (; next.value < value_limit(d); ++next.value) {
            if (at_most-- == 0) return true;
            visit(d, next.value);
        }
    }
    return false;
}

template <class Visit>
void ledger::for_each_balance(Visit visit) const {
    for (const dimension d : all_dimensions) {
        for (std::uint32_t v = 0; v < value_limit(d); ++v) {
            for (const auto& [number, minutes_of_block] : series_[index_of(d)][v].blocks) {
                for (minute_number i = 0; i < block_minutes; ++i) {
                    const cell& c = minutes_of_block->cells[i];
                    const byte_sum bytes = minutes_of_block->bytes(i);
                    const minute_number m = number * block_minutes + i;
                    const balance b = m >= first_mutable_ ? balance{d, v, m, 0, 0, 0, bytes}
                                                          : balance{d, v, m, c.started, c.closed, c.watch_ms, bytes};
                    if (b.started != 0 || b.closed != 0 || b.watch_ms != 0 || b.bytes != 0) visit(b);
                }
            }
        }
    }
}

}  // namespace streamstats
