// What is asked for those who watch, in pieces.
#include <algorithm>

#include "engine/engine_state.hpp"

namespace streamstats {

tally engine::count() {
    state_->close_restarted();
    const state& st = *state_;
    tally counts;
    counts.active_sessions = st.totals.open_sessions;
    counts.unique_users = st.who.open_users();
    for (const dimension d : all_dimensions) {
        if (d == dimension::global) continue;
        auto& list = counts.by[index_of(d)];
        list.reserve(std::min<std::size_t>(st.books.value_limit(d), st.totals.open_sessions));
        for (std::uint32_t id = 0; id < st.books.value_limit(d); ++id) {
            if (const std::uint32_t open = st.books.open_now(d, id); open != 0) list.push_back({{}, open, id});
        }
    }
    return counts;
}

bool engine::name_values(tally& counts, std::size_t at_most) const {
    std::size_t before = 0;  // entries of the dimensions before
    for (const dimension d : all_dimensions) {
        auto& list = counts.by[index_of(d)];
        for (; counts.named < before + list.size(); ++counts.named) {
            if (at_most-- == 0) return true;
            tally::entry& next = list[counts.named - before];
            next.value = state_->name(d, next.id);
        }
        before += list.size();
    }
    return false;
}

audience audience_of(const tally& counts, std::size_t limit) {
    audience now{counts.active_sessions, counts.unique_users, {}};
    const auto most_first = [](const tally::entry* a, const tally::entry* b) {
        return a->open_sessions != b->open_sessions ? a->open_sessions > b->open_sessions : a->value < b->value;
    };
    for (const dimension d : all_dimensions) {
        std::vector<const tally::entry*> order;
        order.reserve(counts.by[index_of(d)].size());
        for (const tally::entry& each : counts.by[index_of(d)]) order.push_back(&each);
        const auto shown = order.begin() + static_cast<std::ptrdiff_t>(std::min(limit, order.size()));
        std::partial_sort(order.begin(), shown, order.end(), most_first);
        auto& list = now.by[index_of(d)];
        for (auto each = order.begin(); each != shown; ++each)
            list.emplace_back((*each)->value, (*each)->open_sessions);
    }
    return now;
}

}  // namespace streamstats
