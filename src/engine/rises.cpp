#include "engine/rises.hpp"

#include <algorithm>
#include <cassert>

namespace streamstats {

rises::level& rises::running::of(std::uint32_t value) {
    if (value >= levels.size()) levels.resize(std::size_t{value} + 1);
    level& its = levels[value];
    if (!its.seen) seen.push_back(value);
    its.seen = true;
    return its;
}

void rises::running::reset() {
    for (const std::uint32_t value : seen) levels[value] = {};
    seen.clear();
}

bool rises::work(minute_number m, const minute_edges& edges, std::size_t edges_about) {
    if (minute_ != m) {
        clear();
        minute_ = m;
        slices_.resize(slice_count);
    }
    if (take_in(edges, edges_about)) return true;
    for (std::size_t worked_on = 0; added_ < slice_count; ++added_) {
        slice& next = slices_[added_];
        if (next.edges.empty()) continue;
        if (worked_on >= edges_about) return true;
        if (next.changed) sum_up(next, added_ == 0);
        add(next, added_ == 0);
        worked_on += next.edges.size();
    }
    return false;
}

void rises::clear() {
    minute_.reset();
    up_taken_ = down_taken_ = added_ = 0;
    slices_.clear();
    for (running& its : sums_) its.reset();
}

// False: there are no more.
bool rises::take_in(const minute_edges& edges, std::size_t edges_about) {
    const std::size_t ups = take_in(edges.up, up_taken_, true, edges_about);
    take_in(edges.down, down_taken_, false, edges_about - ups);
    return up_taken_ < edges.up.size() || down_taken_ < edges.down.size();
}

std::size_t rises::take_in(const edge_list& from, std::size_t& taken, bool up, std::size_t at_most) {
    const std::size_t count = std::min(from.size() - taken, at_most);
    from.for_each(taken, taken + count, [&](session_ref who, std::uint16_t offset) {
        const session& s = sessions_->at(who);
        assert(s.alive);
        const std::size_t place = offset / slice_ms;
        slices_[place].edges.push_back({s.label(), offset, up});
        slices_[place].changed = true;
        if (place < added_) {  // what was put together has to be anew
            added_ = 0;
            for (running& its : sums_) its.reset();
        }
    });
    taken += count;
    return count;
}

// At one instant what goes down goes first: then no sum in between is greater than the one after the instant.
void rises::order(std::vector<edge>& edges) {
    const auto rank = [](const edge& e) { return std::size_t{e.offset} % slice_ms * 2 + (e.up ? 1 : 0); };
    constexpr std::size_t ordered_by_comparison_max = 256;
    if (edges.size() <= ordered_by_comparison_max) {
        return std::sort(edges.begin(), edges.end(),
                         [rank](const edge& a, const edge& b) { return rank(a) < rank(b); });
    }
    std::array<std::size_t, std::size_t{slice_ms} * 2 + 1> places{};
    for (const edge& e : edges) ++places[rank(e) + 1];
    for (std::size_t i = 1; i < places.size(); ++i) places[i] += places[i - 1];
    unordered_.assign(edges.begin(), edges.end());
    for (const edge& e : unordered_) edges[places[rank(e)]++] = e;
}

void rises::sum_up(slice& one, bool first) {
    order(one.edges);
    for (const dimension d : all_dimensions) sum_up(one.edges, d, first, one.sums[index_of(d)]);
    one.changed = false;
}

void rises::sum_up(const std::vector<edge>& edges, dimension d, bool first, std::vector<sum>& into) {
    for (const edge& e : edges) {
        const std::size_t known = scratch_.seen.size();
        level& its = scratch_.of(e.who.in(d));
        its.now += e.up ? 1 : -1;
        // The count right at the start of the minute is the first that is attained, even if it lies below open(M). In
        // other slices the count before the first edge was attained in an earlier one.
        const bool is_first_attained = first ? e.offset == 0 : scratch_.seen.size() > known;
        its.rise = is_first_attained ? its.now : std::max(its.rise, its.now);
    }
    into.clear();
    for (const std::uint32_t value : scratch_.seen) {
        into.push_back({value, scratch_.levels[value].now, scratch_.levels[value].rise});
    }
    scratch_.reset();
}

void rises::add(const slice& one, bool first) {
    for (const dimension d : all_dimensions) {
        for (const sum& s : one.sums[index_of(d)]) {
            level& its = sums_[index_of(d)].of(s.value);
            its.rise = first ? s.rise : std::max(its.rise, its.now + s.rise);
            its.now += s.total;
        }
    }
}

}  // namespace streamstats
