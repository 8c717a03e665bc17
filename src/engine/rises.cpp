#include "engine/rises.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

namespace streamstats {
namespace {

constexpr std::size_t edges_at_once = 32;  // their sessions are fetched ahead
// Such looks take no longer than it takes to take in an edge. The faster all values are looked at, the fewer edges have
// come by then to be looked at again.
constexpr std::size_t steps_like_an_edge = 64;

}  // namespace

bool rises::work(minute_number m, const minute_edges& edges, std::size_t edges_about) {
    if (minute_ != m) {
        clear();
        minute_ = m;
        there_ = edges.up.size() + edges.down.size();
    }
    // Of as many as came since the last call nothing is gained yet: they are taken in beyond that.
    const std::size_t before = std::exchange(there_, edges.up.size() + edges.down.size());
    const std::size_t newly = there_ - before;
    const std::size_t room = std::numeric_limits<std::size_t>::max() - newly;
    return take_in(edges, std::min(edges_about, room) + newly) || look_at_values(edges_about);
}

void rises::clear() {
    minute_.reset();
    up_taken_ = down_taken_ = 0;
    dimension_at_ = value_at_ = 0;
    for (values& its : values_) its.clear();
}

void rises::values::clear() {
    for (const one& known : all) places[known.value] = nowhere;
    std::vector<one>{}.swap(all);
}

std::size_t rises::memory_bytes() const {
    std::size_t bytes = 0;
    for (const values& its : values_) {
        bytes += its.places.capacity() * sizeof(its.places[0]) + its.all.capacity() * sizeof(one);
        for (const one& known : its.all) bytes += known.its.memory_bytes();
    }
    return bytes;
}

// False: there are no more.
bool rises::take_in(const minute_edges& edges, std::size_t edges_about) {
    take_in(edges.up, up_taken_, true, edges_about);
    take_in(edges.down, down_taken_, false, edges_about);
    return up_taken_ < edges.up.size() || down_taken_ < edges.down.size();
}

void rises::take_in(const edge_list& from, std::size_t& taken, bool up, std::size_t& edges_left) {
    while (taken < from.size() && edges_left > 0) {
        const std::size_t end = std::min(taken + std::min(edges_at_once, edges_left), from.size());
        from.for_each(taken, end, [&](session_ref who, std::uint16_t /*offset*/) { sessions_->prefetch(who); });
        std::size_t steps = 0;  // of which summing up makes many, and values that fill up alike do so one after another
        for (; taken < end && steps / dimension_count < edges_left; ++taken) {
            from.for_each(taken, taken + 1, [&](session_ref who, std::uint16_t offset) {
                const session& s = sessions_->at(who);
                assert(s.alive);
                const label_ids its = s.label().all();
                for (std::size_t d = 0; d < dimension_count; ++d) steps += values_[d].of(its[d]).add(offset, up);
            });
        }
        edges_left -= std::min(steps / dimension_count, edges_left);
    }
}

// False: each of them was looked at once.
bool rises::look_at_values(std::size_t edges_about) {
    for (std::size_t steps = 0; dimension_at_ < dimension_count; ++dimension_at_, value_at_ = 0) {
        std::vector<one>& all = values_[dimension_at_].all;
        for (; value_at_ < all.size(); ++value_at_) {
            if (steps / steps_like_an_edge >= edges_about) return true;
            steps += all[value_at_].its.steps() + 1;
            (void)all[value_at_].its.get();
        }
    }
    dimension_at_ = 0;
    return false;
}

}  // namespace streamstats
