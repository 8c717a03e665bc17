// Pages of open sessions. All sessions are looked at, a piece at a time, and of those that fit the best are kept. From
// when some had to be left out, nothing that comes after the last that was kept is taken any more, also if a kept one
// closes: so no session that stays open is left out between two pages.
#include <algorithm>
#include <tuple>

#include "engine/engine_state.hpp"

namespace streamstats {
namespace {

using candidate = session_search::candidate;

constexpr std::size_t places_at_once = 64;
// What it takes to fetch a session's texts, or its samples, as against a look at its record.
constexpr std::size_t work_of_texts = 16;
constexpr std::size_t work_of_samples = 8;
// So many more than the limit are found before the best are told from the rest: a few microseconds for each hundred.
constexpr std::size_t found_beside_limit = 1'000;

}  // namespace

// One piece of a search.
class engine::state::finder {
public:
    finder(state& its, session_search& search) : its_{its}, search_{search}, asked_{search.asked} {}

    bool look_on(std::size_t work_about);
    session_page page();

private:
    using value_ids = std::array<std::optional<std::uint32_t>, dimension_count>;

    [[nodiscard]] std::uint32_t id_of(dimension d, const std::string& value) const;
    void look(session_ref ref, const session& s, const value_ids& wanted);
    [[nodiscard]] bool matches(const session& s, const value_ids& wanted);
    [[nodiscard]] std::int64_t rank_of(const session& s);
    [[nodiscard]] session_position position_of(const candidate& one) const;
    [[nodiscard]] bool rank_before(std::int64_t a, std::int64_t b) const { return asked_.descending ? a > b : a < b; }
    [[nodiscard]] bool is_before(const candidate& a, const session_position& b);
    [[nodiscard]] bool is_before(const candidate& a, const candidate& b);
    void drop_those_gone();
    void keep_best();

    state& its_;
    session_search& search_;
    const session_query& asked_;
    std::size_t work_ = 0;
};

bool engine::state::finder::look_on(std::size_t work_about) {
    value_ids wanted;
    for (const dimension d : all_dimensions) {
        const auto& value = asked_.values[index_of(d)];
        if (!value) continue;
        wanted[index_of(d)] = id_of(d, *value);
        if (wanted[index_of(d)] == dictionary::none) return false;
    }
    drop_those_gone();
    bool more = true;
    for (; more && work_ < work_about; work_ += places_at_once) {
        more = its_.table.visit_from(search_.next_place, places_at_once,
                                     [&](session_ref ref, const session& s) { look(ref, s, wanted); });
    }
    return more;
}

std::uint32_t engine::state::finder::id_of(dimension d, const std::string& value) const {
    switch (d) {
        case dimension::global:
            break;
        case dimension::server:
            return its_.servers.find(value);
        case dimension::channel:
            return its_.channels.find(value);
        case dimension::country:
            return its_.countries.find(value);
        case dimension::protocol:
            return its_.protocols.find(value);
        case dimension::user_agent_class:
            for (std::uint32_t id = 0; id < user_agent_class_count; ++id) {
                if (value == name_of(static_cast<user_agent_class>(id))) return id;
            }
    }
    return dictionary::none;
}

void engine::state::finder::look(session_ref ref, const session& s, const value_ids& wanted) {
    if (!s.open() || !matches(s, wanted)) return;
    const candidate one{rank_of(s), s.key, ref};
    if (asked_.after && (is_before(one, *asked_.after) || s.key == asked_.after->key)) return;
    if (search_.last && !is_before(one, *search_.last)) return;
    search_.found.push_back(one);
    if (search_.found.size() >= asked_.limit + found_beside_limit) keep_best();
}

bool engine::state::finder::matches(const session& s, const value_ids& wanted) {
    const auto values = s.label().all();
    for (std::size_t d = 0; d < dimension_count; ++d) {
        if (wanted[d] && *wanted[d] != values[d]) return false;
    }
    if (!asked_.user && !asked_.id) return true;
    work_ += work_of_texts;
    const text_pool::texts its_texts = its_.texts_of(s);
    return (!asked_.user || its_texts.user == *asked_.user) && (!asked_.id || its_texts.id == *asked_.id);
}

std::int64_t engine::state::finder::rank_of(const session& s) {
    if (asked_.sort == session_sort::opened_at) return s.opened().time_since_epoch().count();
    const sample_history* history = its_.history_of(s);
    if (history == nullptr) return 0;
    work_ += work_of_samples + history->size();
    const interval when = interval_of(s, its_.limits.session_max_age);
    return static_cast<std::int64_t>(history->walk(when, [](const byte_flow&) {}).bytes);
}

session_position engine::state::finder::position_of(const candidate& one) const {
    const session& s = its_.table.at(one.place);
    return {one.rank, its_.servers.text(s.server), its_.texts_of(s).id, one.key};
}

// The texts are fetched only for those of the same rank.
bool engine::state::finder::is_before(const candidate& a, const session_position& b) {
    if (a.rank != b.rank) return rank_before(a.rank, b.rank);
    work_ += work_of_texts;
    const session_position its = position_of(a);
    return std::tie(its.server, its.id, its.key) < std::tie(b.server, b.id, b.key);
}

bool engine::state::finder::is_before(const candidate& a, const candidate& b) {
    if (a.rank != b.rank) return rank_before(a.rank, b.rank);
    return is_before(a, position_of(b));
}

void engine::state::finder::drop_those_gone() {
    std::erase_if(search_.found, [this](const candidate& one) {
        const session& s = its_.table.at(one.place);
        return !s.alive || s.key != one.key || !s.open();
    });
}

void engine::state::finder::keep_best() {
    auto& found = search_.found;
    const auto last = found.begin() + static_cast<std::ptrdiff_t>(asked_.limit - 1);
    std::nth_element(found.begin(), last, found.end(),
                     [this](const candidate& a, const candidate& b) { return is_before(a, b); });
    found.erase(last + 1, found.end());
    search_.last = position_of(found.back());
}

session_page engine::state::finder::page() {
    drop_those_gone();
    if (search_.found.size() > asked_.limit) keep_best();
    std::sort(search_.found.begin(), search_.found.end(),
              [this](const candidate& a, const candidate& b) { return is_before(a, b); });
    session_page page{{}, search_.last};
    for (const candidate& one : search_.found) page.sessions.push_back(its_.row_of(one.place));
    return page;
}

bool engine::search(session_search& so_far, std::size_t work_about) {
    return state::finder{*state_, so_far}.look_on(work_about);
}

session_page engine::page_of(session_search& done) {
    return state::finder{*state_, done}.page();
}

}  // namespace streamstats
