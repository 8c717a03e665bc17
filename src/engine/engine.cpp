#include "streamstats/engine/engine.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "engine/engine_state.hpp"

namespace streamstats {
namespace {

constexpr std::size_t looks_per_change = 4;  // a look costs about a tenth of what a row does

}  // namespace

engine::state::state(const engine_limits& its_limits, const identity_secret& its_secret, instant its_start,
                     std::optional<minute> first_mutable)
    : limits(its_limits),
      secret(its_secret),
      started(its_start),
      clock(first_mutable ? std::min(its_start, start_of(*first_mutable)) : its_start),
      servers(std::min(its_limits.dimension_values_max, labels::names_max), secret, keeper_of(dimension::server)),
      channels(std::min(its_limits.dimension_values_max, labels::names_max), secret, keeper_of(dimension::channel)),
      countries(std::min(its_limits.dimension_values_max, labels::countries_max), secret,
                keeper_of(dimension::country)),
      protocols(std::min(its_limits.dimension_values_max, labels::protocols_max), secret,
                keeper_of(dimension::protocol)),
      books(first_mutable ? number_of(start_of(*first_mutable)) : first_mutable_at(its_start), *this, table),
      who(table, books, its_limits.session_max_age) {
    if (first_mutable) books.begin_at(books.first_mutable());
}

std::function<void(std::uint32_t)> engine::state::keeper_of(dimension d) {
    return [this, d](std::uint32_t id) { books.keep_revisions_of(d, id); };
}

std::string engine::state::name(dimension d, std::uint32_t id) const {
    switch (d) {
        case dimension::global:
            return {};
        case dimension::server:
            return servers.text(id);
        case dimension::channel:
            return channels.text(id);
        case dimension::country:
            return countries.text(id);
        case dimension::protocol:
            return protocols.text(id);
        case dimension::user_agent_class:
            return std::string(name_of(static_cast<user_agent_class>(id)));
    }
    return {};
}

std::uint32_t engine::state::id(dimension d, std::string_view value) const {
    switch (d) {
        case dimension::global:
            return 0;
        case dimension::server:
            return servers.find(value);
        case dimension::channel:
            return channels.find(value);
        case dimension::country:
            return countries.find(value);
        case dimension::protocol:
            return protocols.find(value);
        case dimension::user_agent_class:
            for (std::uint32_t c = 0; c < user_agent_class_count; ++c) {
                if (name_of(static_cast<user_agent_class>(c)) == value) return c;
            }
    }
    return dictionary::none;
}

session_row engine::state::row_of(session_ref ref) const {
    const session& s = table.at(ref);
    text_pool::texts its = texts_of(s);
    session_row row;
    row.key = s.key;
    row.server = servers.text(s.server);
    row.id = std::move(its.id);
    row.user_key = s.user;
    row.user = std::move(its.user);
    row.channel = channels.text(s.channel);
    row.country = countries.text(s.country);
    row.protocol = protocols.text(s.protocol);
    row.agent_class = static_cast<user_agent_class>(s.agent_class);
    row.opened = s.opened();
    row.source = s.source;
    row.started_seen = s.started_seen;
    if (const sample_history* history = history_of(s)) {
        const byte_sample last = history->walk(interval_of(s, limits.session_max_age), [](const byte_flow&) {});
        row.bytes = last.bytes;
        row.sampled = last.at;
        row.updated = history->newest_update();
    }
    return row;
}

void engine::state::restore(const session_row& row) {
    assert(table.find(row.key) == session_table::nothing);
    play_event like;
    like.server = row.server;
    like.id = row.id;
    like.user_id = row.user;
    like.channel = row.channel;
    like.country = row.country;
    like.protocol = row.protocol;
    like.agent_class = row.agent_class;
    const session_ref ref = create(like, {row.key, row.user_key});
    session& s = table.at(ref);
    s.solo = s.user == secret.user(play_event{}, row.key);
    s.set_opened(row.opened);
    s.source = row.source;
    s.started_seen = row.started_seen;
    s.in_store = true;
    if (row.updated) {
        const std::uint64_t bytes = std::min(row.bytes, session_bytes_max);
        samples_of(s).start_from({row.sampled.value_or(row.opened), bytes}, *row.updated);
    }
    const interval when = interval_of(s, limits.session_max_age);
    who.add(ref);
    books.begin_loading(books.first_mutable());
    books.book_interval(ref, when, +1);
    books.finish_loading();
    who.move(ref, minute_range{}, minutes_of(when));
    books.count_open(+1);
    books.post(s.label().all());
    who.opened(ref);
    ++totals.open_sessions;
    plan(ref, std::nullopt);
}

// ---- the public face

engine::engine(const engine_limits& limits, const identity_secret& secret, instant started)
    : state_(std::make_unique<state>(limits, secret, started, std::nullopt)) {}
engine::engine(const engine_limits& limits, const identity_secret& secret, instant started, minute first_mutable)
    : state_(std::make_unique<state>(limits, secret, started, first_mutable)) {}
engine::~engine() = default;
engine::engine(engine&&) noexcept = default;
engine& engine::operator=(engine&&) noexcept = default;

verdict engine::apply(const play_event& event, instant received) {
    return state_->apply(event, state_->secret.identify(event), session_table::nothing, received);
}
std::span<const verdict> engine::apply(std::span<const play_event> events, instant received) {
    return state_->apply(events, received);
}
std::span<const verdict> engine::apply(std::span<const play_event> events, std::span<const event_identity> who,
                                       instant received) {
    return state_->apply(events, who, received);
}
void engine::advance(instant now) {
    state_->advance(now);
}
bool engine::tidy(std::size_t at_most) {
    return state_->tidy(at_most);
}
void engine::restore(const session_row& row) {
    state_->restore(row);
}
minute engine::first_mutable() const {
    return to_minute(state_->books.first_mutable());
}

std::vector<minute_row> engine::take_changed(bool growing) {
    begin_changed(growing);
    std::vector<minute_row> rows;
    state_->books.take_rows(ledger::all_values, rows);
    return rows;
}

bool engine::prepare_changed(bool growing, std::size_t edges_about) {
    return state_->books.make_ready(state_->clock, growing, edges_about);
}

void engine::begin_changed(bool growing) {
    state_->look_at_due();
    state_->books.begin_rows(state_->clock, growing);
    state_->taking_rows = true;
}

std::optional<std::vector<minute_row>> engine::take_changed_piece(std::size_t values_about) {
    if (!std::exchange(state_->taking_rows, false)) return std::nullopt;
    std::vector<minute_row> rows;
    state_->taking_rows = state_->books.take_rows(values_about, rows);
    return rows;
}

void engine::begin_revisions() {
    state_->books.begin_revisions();
}

std::vector<minute_row> engine::take_revisions(std::size_t rows_max) {
    std::vector<minute_row> rows;
    state_->books.take_revisions(rows_max, rows);
    return rows;
}

std::optional<minute_row> engine::take_revision(minute at, dimension d, std::string_view value) {
    return state_->books.take_revision(number_of(start_of(at)), d, state_->id(d, value));
}

engine::table_changes engine::take_session_changes(std::size_t at_most) {
    state_->close_restarted();
    table_changes changes;
    changes.gone = std::exchange(state_->gone, {});
    auto& waiting = state_->changed;
    std::size_t looks_left = at_most <= waiting.size() / looks_per_change ? at_most * looks_per_change : waiting.size();
    while (looks_left-- > 0 && changes.open.size() + changes.gone.size() < at_most) {
        const session_ref ref = waiting.front();
        waiting.pop_front();
        session& s = state_->table.at(ref);
        if (!s.alive || !s.changed) continue;
        s.changed = false;
        if (s.open()) {
            changes.open.push_back(state_->row_of(ref));
        } else if (s.in_store) {
            changes.gone.push_back(s.key);
        }
        s.in_store = s.open();
    }
    changes.more = !waiting.empty();
    return changes;
}

void engine::hand_out_again() {
    state_->books.forget_taken();
}

void engine::begin_run(instant started) {
    state_->started = started;
}

void engine::begin_picture() {
    state_->begin_picture();
}

std::optional<std::vector<std::byte>> engine::take_picture_piece(std::size_t sessions_about) {
    return state_->take_picture_piece(sessions_about);
}

bool engine::load_picture_piece(std::span<const std::byte> piece) {
    return state_->load_picture_piece(piece);
}

void engine::finish_loading() {
    state_->finish_loading();
}

std::vector<session_key> engine::reconcile(const std::vector<session_key>& in_store) {
    return state_->reconcile(in_store);
}

bool engine::knows(const play_event& event) const {
    if (event.kind == event_kind::server_started) return true;
    return state_->table.find(state_->secret.session(event.server, event.id)) != session_table::nothing;
}

std::uint64_t engine::open_sessions() const {
    return state_->totals.open_sessions;
}
std::uint64_t engine::known_sessions() const {
    return state_->table.size();
}

engine_totals engine::totals() const {
    engine_totals t = state_->totals;
    t.known_sessions = state_->table.size();
    t.memory_bytes = state_->table.memory_bytes() + state_->who.memory_bytes() + state_->books.memory_bytes() +
                     state_->looks.memory_bytes() + state_->expiries.memory_bytes() +
                     state_->deadlines.size() * sizeof(state::deadline_of) + state_->texts.memory_bytes() +
                     state_->histories.size() * sizeof(sampled_session);
    return t;
}

}  // namespace streamstats
