// The engine as records, for the checkpoint, and back.
//
// A piece begins with its kind and stands alone. First come the head and the balances: everything but the sessions, as
// of begin_picture. Then come sessions, shard by shard; one that is about to change before its turn is written first,
// as it was. So the picture is of one instant although it is taken in pieces.
#include <algorithm>
#include <utility>

#include "engine/engine_state.hpp"
#include "streamstats/base/bytes.hpp"
#include "streamstats/base/row_bytes.hpp"

namespace streamstats {
namespace {

enum class piece : std::uint8_t { head = 1, sessions = 2, balances = 3 };

constexpr std::uint8_t picture_version = 3;
constexpr std::size_t balances_bytes_about = std::size_t{1} << 20;
constexpr std::uint8_t no_more_balances = 0;

constexpr std::array labelled{dimension::server, dimension::channel, dimension::country, dimension::protocol,
                              dimension::user_agent_class};

// A number that may be absent: no_bytes wraps round to 0.
constexpr std::uint64_t from_optional(std::uint64_t value) {
    return value + 1;
}
constexpr std::uint64_t to_optional(std::uint64_t number) {
    return number - 1;
}

void write_names(byte_writer& to, const dictionary& names) {
    to.number(names.id_limit());
    for (std::uint32_t id = 0; id < names.id_limit(); ++id) {
        to.text(names.text(id));
        to.number(names.last_seen(id));
    }
}

// New ids by the old ones.
std::vector<std::uint32_t> read_names(byte_reader& from, dictionary& into) {
    std::vector<std::uint32_t> ids;
    const std::uint64_t count = from.number();
    for (std::uint64_t id = 0; id < count && !from.failed(); ++id) {
        const std::string_view text = from.text();
        const auto last_seen = static_cast<minute_number>(from.number());
        ids.push_back(id == dictionary::other || text.empty() ? dictionary::other : into.adopt(text, last_seen));
    }
    return ids;
}

// The upper half first.
void write_bytes(byte_writer& to, ledger::byte_sum sum) {
    to.signed_number(static_cast<std::int64_t>(sum >> 64U));
    to.number(static_cast<std::uint64_t>(sum));
}
ledger::byte_sum read_bytes(byte_reader& from) {
    const std::int64_t upper = from.signed_number();
    return ledger::byte_sum{upper} * (ledger::byte_sum{1} << 64U) + ledger::byte_sum{from.number()};
}

}  // namespace

// ---- taking

void engine::state::begin_picture() {
    close_restarted();
    picture.parity = !picture.parity;
    picture.taking = true;
    picture.next = 0;
    picture.pieces = balance_pieces();
    picture.pieces.push_back(head_piece());
    picture.saved.clear();
}

std::vector<std::byte> engine::state::head_piece() const {
    std::vector<std::byte> bytes;
    byte_writer to(bytes);
    to.octet(static_cast<std::uint8_t>(piece::head));
    to.octet(picture_version);
    to.time(clock);
    to.time(started);
    to.number(books.first_mutable());
    to.number(books.first_minute() ? std::uint64_t{*books.first_minute()} + 1 : 0);
    for (const dictionary* names : {&servers, &channels, &countries, &protocols}) write_names(to, *names);
    to.number(restarts.size());
    for (const auto& [server, times] : restarts) {
        to.number(server);
        to.number(times.size());
        for (const instant t : times) to.time(t);
    }
    // Those of mutable minutes are made anew from what the picture holds; they may be out of date by now.
    const auto is_final = [this](const minute_row& row) { return row.at < to_minute(books.first_mutable()); };
    to.number(static_cast<std::uint64_t>(std::ranges::count_if(books.kept(), is_final)));
    for (const minute_row& row : books.kept()) {
        if (is_final(row)) write_row(to, row);
    }
    to.number(books.zeros().size());
    for (const minute_number m : books.zeros()) to.number(m);
    to.octet(no_more_balances);  // earlier versions had all of them here
    return bytes;
}

std::vector<std::vector<std::byte>> engine::state::balance_pieces() const {
    std::vector<std::vector<std::byte>> pieces;
    books.for_each_balance([&](const ledger::balance& b) {
        if (pieces.empty() || pieces.back().size() >= balances_bytes_about) {
            pieces.emplace_back().reserve(balances_bytes_about + 8 * number_bytes_max);
            pieces.back().push_back(static_cast<std::byte>(piece::balances));
        }
        byte_writer to(pieces.back());
        to.octet(static_cast<std::uint8_t>(index_of(b.d) + 1));
        to.number(b.value);
        to.number(b.at);
        to.signed_number(b.started);
        to.signed_number(b.closed);
        to.signed_number(b.watch_ms);
        write_bytes(to, b.bytes);
    });
    for (std::vector<std::byte>& each : pieces) each.push_back(std::byte{no_more_balances});
    return pieces;
}

void engine::state::write_session(std::vector<std::byte>& into, session_ref ref) const {
    const session& s = table.at(ref);
    constexpr std::size_t numbers = 1 + 2 + 1 + labelled.size() + 1;
    std::array<std::byte, sizeof(session_key) + 3 + numbers * number_bytes_max> fixed;
    byte_filler to(fixed.data());
    to.raw(std::as_bytes(std::span(s.key)));
    to.number(s.user);
    to.octet(static_cast<std::uint8_t>(s.source));
    to.octet(static_cast<std::uint8_t>(s.ending));
    to.octet(static_cast<std::uint8_t>((s.started_seen ? 1 : 0) | (s.solo ? 2 : 0) | (s.in_store ? 4 : 0) |
                                       (s.sampled ? 8 : 0)));
    to.time(s.opened());
    to.time(s.closed());
    to.number(from_optional(close_bytes_of(s)));
    const labels values = s.label();
    for (const dimension d : labelled) to.number(values.in(d));
    to.number(s.due);
    into.insert(into.end(), fixed.data(), to.end());
    const text_pool::texts its = texts_of(s);
    byte_writer rest(into);
    rest.text(its.id);
    rest.text(its.user);
    if (const sample_history* history = history_of(s)) history->write(rest);
}

// Before a session changes or goes away: what it was belongs into the picture.
void engine::state::put_into_picture(session_ref ref) {
    table.at(ref).pictured = picture.parity;
    write_session(picture.saved, ref);
}

std::optional<std::vector<std::byte>> engine::state::take_picture_piece(std::size_t sessions_about) {
    if (!picture.taking) return std::nullopt;
    if (!picture.pieces.empty()) {
        std::vector<std::byte> first = std::move(picture.pieces.back());
        picture.pieces.pop_back();
        return first;
    }
    std::vector<std::byte> bytes;
    bytes.reserve(1 + picture.saved.size());
    byte_writer to(bytes);
    to.octet(static_cast<std::uint8_t>(piece::sessions));
    to.raw(picture.saved);
    picture.saved.clear();
    const bool more = table.visit_from(picture.next, sessions_about, [&](session_ref ref, session& s) {
        if (s.pictured == picture.parity) return;
        s.pictured = picture.parity;
        write_session(bytes, ref);
    });
    if (!more) picture.taking = false;
    return bytes;
}

// ---- loading

bool engine::state::load_picture_piece(std::span<const std::byte> bytes) {
    byte_reader from(bytes);
    switch (static_cast<piece>(from.octet())) {
        case piece::head:
            return load_head(from);
        case piece::sessions:
            while (from.left() > 0 && load_session(from)) continue;
            return !from.failed();
        case piece::balances:
            return load_balances(from);
    }
    return false;
}

bool engine::state::load_head(byte_reader& from) {
    if (from.octet() != picture_version) return false;
    clock = from.time();
    started = from.time();
    books.begin_loading(static_cast<minute_number>(from.number()));
    if (const std::uint64_t first = from.number(); first != 0)
        books.load_first_minute(static_cast<minute_number>(first - 1));
    auto& ids = picture.ids;
    ids[index_of(dimension::server)] = read_names(from, servers);
    ids[index_of(dimension::channel)] = read_names(from, channels);
    ids[index_of(dimension::country)] = read_names(from, countries);
    ids[index_of(dimension::protocol)] = read_names(from, protocols);
    const std::uint64_t servers_restarted = from.number();
    for (std::uint64_t i = 0; i < servers_restarted && !from.failed(); ++i) {
        std::vector<instant>& times = restarts[from.number()];
        const std::uint64_t count = from.number();
        for (std::uint64_t k = 0; k < count && !from.failed(); ++k) times.push_back(from.time());
    }
    const std::uint64_t kept = from.number();
    for (std::uint64_t i = 0; i < kept && !from.failed(); ++i) books.load_kept(read_row(from));
    const std::uint64_t zeros = from.number();
    for (std::uint64_t i = 0; i < zeros && !from.failed(); ++i) {
        books.load_zero(static_cast<minute_number>(from.number()));
    }
    return load_balances(from);
}

bool engine::state::load_balances(byte_reader& from) {
    for (std::uint8_t d = from.octet(); d != no_more_balances && !from.failed(); d = from.octet()) {
        ledger::balance b;
        b.d = static_cast<dimension>((d - 1) % dimension_count);
        b.value = loaded_id(b.d, from.number());
        b.at = static_cast<minute_number>(from.number());
        b.started = static_cast<std::int32_t>(from.signed_number());
        b.closed = static_cast<std::int32_t>(from.signed_number());
        b.watch_ms = from.signed_number();
        b.bytes = read_bytes(from);
        books.load_balance(b);
    }
    return !from.failed() && from.left() == 0;
}

std::uint32_t engine::state::loaded_id(dimension d, std::uint64_t written) const {
    if (d == dimension::global) return 0;
    if (d == dimension::user_agent_class) return static_cast<std::uint32_t>(written % user_agent_class_count);
    const auto& ids = picture.ids[index_of(d)];
    return written < ids.size() ? ids[static_cast<std::size_t>(written)] : dictionary::other;
}

bool engine::state::load_session(byte_reader& from) {
    session read;
    const std::span<const std::byte> key = from.raw(read.key.size());
    std::transform(key.begin(), key.end(), read.key.begin(), [](std::byte b) { return static_cast<std::uint8_t>(b); });
    read.user = from.number();
    const std::uint8_t source = from.octet();
    const std::uint8_t ending_kind = from.octet();
    const std::uint8_t flags = from.octet();
    read.set_opened(from.time());
    const instant closed = from.time();
    const std::uint64_t close_bytes = to_optional(from.number());
    read.server = loaded_id(dimension::server, from.number()) & 0xF'FFFFU;
    read.channel = loaded_id(dimension::channel, from.number()) & 0xF'FFFFU;
    read.country = loaded_id(dimension::country, from.number()) & 0x3FFU;
    read.protocol = loaded_id(dimension::protocol, from.number()) & 0xFFFFU;
    read.agent_class = loaded_id(dimension::user_agent_class, from.number()) & 7U;
    const auto due_at = static_cast<minute_number>(from.number());
    const std::string_view id = from.text();
    const std::string_view user = from.text();
    std::optional<sample_history> history;
    if ((flags & 8U) != 0) history = sample_history::read(from);
    const bool possible = source <= static_cast<std::uint8_t>(opened_source::first_event) &&
                          ending_kind <= static_cast<std::uint8_t>(close_kind::real_closed_at);
    if (from.failed() || !possible || table.find(read.key) != session_table::nothing) {
        from.fail();
        return false;
    }
    const session_ref ref = table.insert(read.key);
    session& s = table.at(ref);
    read.alive = true;
    read.source = static_cast<opened_source>(source);
    read.ending = static_cast<close_kind>(ending_kind);
    read.set_closed(closed);
    read.more = read.has_texts() ? texts.add(id, user) : close_bytes;
    read.started_seen = (flags & 1U) != 0;
    read.solo = (flags & 2U) != 0;
    read.in_store = (flags & 4U) != 0;
    read.pictured = picture.parity;
    s = read;
    if (history) {
        samples_kept += history->size();
        samples_of(s) = *std::move(history);
    }
    enter_loaded(ref, due_at);
    return true;
}

void engine::state::enter_loaded(session_ref ref, minute_number due_at) {
    session& s = table.at(ref);
    servers.use(s.server);
    channels.use(s.channel);
    countries.use(s.country);
    protocols.use(s.protocol & 0xFFFFU);
    const interval when = interval_of(s, limits.session_max_age);
    who.add(ref);
    books.book_interval(ref, when, +1);
    who.move(ref, minute_range{}, minutes_of(when));
    if (s.open() || next_deadline(s) != still_open) {
        plan(ref, std::nullopt);
    } else {
        expiries.add(s, ref, due_at);
        s.expiring = true;
    }
    if (s.open()) {
        books.count_open(+1);
        who.opened(ref);
        ++totals.open_sessions;
    }
    books.post(s.label().all());
}

void engine::state::finish_loading() {
    books.finish_loading();
    for (auto& ids : picture.ids) ids = {};
}

// ---- what active_sessions really holds

std::vector<session_key> engine::state::reconcile(const std::vector<session_key>& in_store) {
    std::vector<session_key> strangers;
    table.for_each([](session_ref, session& s) { s.in_store = false; });
    for (const session_key& key : in_store) {
        const session_ref ref = table.find(key);
        if (ref == session_table::nothing || !table.at(ref).open()) {
            strangers.push_back(key);
        } else {
            table.at(ref).in_store = true;
        }
    }
    table.for_each([this](session_ref ref, session& s) {
        if (s.open() && (!s.in_store || s.sampled)) mark_changed(ref);
    });
    return strangers;
}

}  // namespace streamstats
