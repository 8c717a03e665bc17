// The parts of an engine and how an event passes through them. Seven files implement it: engine_apply.cpp (events),
// engine_sessions.cpp (what a session has), engine_time.cpp (the clock), engine_picture.cpp (checkpoints), engine.cpp
// (what is handed out), engine_watch.cpp and engine_search.cpp (what is looked at).
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "engine/block_list.hpp"
#include "engine/dictionary.hpp"
#include "engine/ledger.hpp"
#include "engine/samples.hpp"
#include "engine/session_table.hpp"
#include "engine/timetable.hpp"
#include "engine/viewers.hpp"
#include "streamstats/engine/engine.hpp"

namespace streamstats {

struct engine::state final : value_names {
    // Instants later than this after receipt are not believed (SEMANTICS 1).
    static constexpr seconds clock_tolerance{300};
    // How far back rows can change while the daemon has not been up for the late window (SEMANTICS 4).
    static constexpr seconds catch_up_window{3'600};
    // A session is looked at again after this long at the latest.
    static constexpr minute_number look_again_minutes = 60;
    // Deadlines in this minute, the next and the one after it are known to the millisecond.
    static constexpr minute_number deadline_minutes = 2;
    // What can wait is done in pieces: so much each time the clock is moved, more when it moves far, within a few ms.
    static constexpr std::size_t tidied_at_once = 256;
    static constexpr std::size_t tidied_per_ms = 100;
    static constexpr std::size_t tidied_at_once_max = 10'000;
    static constexpr std::size_t restarts_per_server_max = 1'024;
    // Byte samples that wait for one out of order: of a session, of a session when there are many, and in all (256 MB).
    static constexpr std::size_t samples_max = 512;
    static constexpr std::size_t samples_max_when_scarce = 8;
    static constexpr std::size_t samples_budget = std::size_t{16} << 20;
    // A look at every session for restarts is worth its time so often: a second, and one more for each million.
    static constexpr std::size_t sessions_per_second_of_rest = 1'000'000;

    state(const engine_limits& its_limits, const identity_secret& its_secret, instant its_start,
          std::optional<minute> first_mutable);
    state(const state&) = delete;
    state& operator=(const state&) = delete;

    // The instants of an event after the clock guard.
    struct event_times {
        instant received{};
        instant time{};
        std::optional<instant> opened_at;
        std::optional<instant> closed_at;
        std::optional<instant> updated_at;
        // The instant that the event is about.
        [[nodiscard]] instant own(event_kind kind) const;
    };
    // What a session adds to the books, to be compared before and after a change.
    struct booking {
        interval when{};
        close_kind ending = close_kind::none;
        byte_flow closing;             // since the newest sample, up to a real close
        std::vector<byte_flow> flows;  // between samples
        [[nodiscard]] bool open() const { return ending == close_kind::none; }
    };
    struct ending {
        close_kind kind = close_kind::none;
        instant at = still_open;
        instant deadline = still_open;  // when a punctual observer would have noticed
    };
    // The minutes in which a server's restarts were received, by when they were.
    using received_restarts = std::map<instant, minute_number>;

    // engine_apply.cpp
    // `likely`: the session, if it was seen already and is still there.
    verdict apply(const play_event& event, const event_identity& who_is, session_ref likely, instant received);
    std::span<const verdict> apply(std::span<const play_event> events, instant received);
    std::span<const verdict> apply(std::span<const play_event> events, std::span<const event_identity> who_are,
                                   instant received);
    // A batch is taken in groups, so that what is fetched is still there when its turn comes.
    static constexpr std::size_t group_max = 32;
    void apply_group(std::span<const play_event> events, std::span<const event_identity> who_are, instant received);
    using group_refs = std::array<session_ref, group_max>;
    // Returns what are likely their sessions; nothing of one that is new.
    group_refs fetch_ahead(std::span<const play_event> events, std::span<const event_identity> who_are) const;
    verdict apply_play(const play_event& event, const event_identity& who_is, session_ref likely,
                       const event_times& times);
    verdict apply_restart(const play_event& event, const event_times& times);
    void close_restarted();
    void close_if_restarted(session_ref ref, std::string_view server, const received_restarts& received);
    void melt_samples(sample_history& history, const interval& when);
    event_times guarded(const play_event& event, instant received);
    bool change(session& s, const play_event& event, const event_times& times);
    bool change_opening(session& s, const play_event& event, const event_times& times);
    bool change_close(session& s, const play_event& event, const event_times& times);
    bool change_samples(session& s, const play_event& event, const event_times& times);
    // The first server_started after the session opened; still_open if there is none.
    [[nodiscard]] instant restart_after(std::string_view server, instant opened) const;
    [[nodiscard]] ending inferred(const session& s, instant restart) const;
    ending infer(session& s, instant restart);
    void describe(const session& s, booking& into) const {
        into.when = interval_of(s, limits.session_max_age);
        into.ending = s.ending;
        into.closing = {};
        into.flows.clear();
        const byte_sample last = s.sampled ? describe_samples(s, into) : byte_sample{into.when.opened, 0};
        const std::uint64_t bytes = close_bytes_of(s);
        if (bytes == session::no_bytes || bytes < last.bytes) return;
        // A sample that has melted may lie after a close that came later: then no time is left to spread over.
        into.closing = {last.at, std::max(last.at, into.when.closed), bytes - last.bytes};
    }
    byte_sample describe_samples(const session& s, booking& into) const;
    // Books the difference between what was booked and what the session is now. `was` is null for a new session. If it
    // has ended, it is remembered from the minute `since` on.
    void rebook(session_ref ref, const booking* was, minute_number since);
    void rebook_sampled_flows(const booking* was);
    void count_transition(const session& s, const booking* was);

    // engine_sessions.cpp
    session_ref create(const play_event& event, const event_identity& who_is);
    void forget(session_ref ref);
    [[nodiscard]] text_pool::texts texts_of(const session& s) const;
    void drop_texts(session& s);
    // Null: none.
    [[nodiscard]] const sample_history* history_of(const session& s) const {
        return s.sampled ? &histories[s.more].history : nullptr;
    }
    sample_history& samples_of(session& s);
    [[nodiscard]] std::uint64_t close_bytes_of(const session& s) const {
        if (!is_real(s.ending)) return session::no_bytes;
        return s.sampled ? histories[s.more].close_bytes : s.more;
    }
    void end_really(session& s, const ending& how, std::uint64_t bytes);

    // engine_time.cpp
    void advance(instant now);
    [[nodiscard]] instant next_settling() const;
    void look_at_due();
    void look_at_deadlines();
    void look(session_ref ref);
    void sift(session_ref ref);
    bool tidy(std::size_t at_most);
    [[nodiscard]] bool is_forgotten(const session& s) const { return s.expiring && s.due <= number_of(clock); }
    // Plans the next look at the session. One that has ended is planned to be forgotten, as remembered from the minute
    // `since` on; without it, the plan that it has stays.
    void plan(session_ref ref, std::optional<minute_number> since);
    [[nodiscard]] minute_number remembered_until(const session& s) const;
    [[nodiscard]] instant next_deadline(const session& s) const;
    void forget_old_restarts();
    [[nodiscard]] minute_number first_mutable_at(instant now) const;
    [[nodiscard]] minute_number retention_of(close_kind reason) const;
    [[nodiscard]] minute_number retention(close_kind reason) const {
        return reason == close_kind::age || reason == close_kind::idle ? retention_of_absent : retention_usual;
    }

    // engine_picture.cpp
    void begin_picture();
    [[nodiscard]] std::vector<std::byte> head_piece() const;
    [[nodiscard]] std::vector<std::vector<std::byte>> balance_pieces() const;
    void write_session(std::vector<std::byte>& into, session_ref ref) const;
    void save_for_picture(session_ref ref) {
        if (picture.taking && table.at(ref).pictured != picture.parity) put_into_picture(ref);
    }
    void put_into_picture(session_ref ref);
    std::optional<std::vector<std::byte>> take_picture_piece(std::size_t sessions_about);
    bool load_picture_piece(std::span<const std::byte> bytes);
    bool load_head(byte_reader& from);
    bool load_balances(byte_reader& from);
    bool load_session(byte_reader& from);
    [[nodiscard]] std::uint32_t loaded_id(dimension d, std::uint64_t written) const;
    void enter_loaded(session_ref ref, minute_number due_at);
    void finish_loading();
    std::vector<session_key> reconcile(const std::vector<session_key>& in_store);

    // engine_search.cpp
    class finder;

    // engine.cpp
    [[nodiscard]] std::string name(dimension d, std::uint32_t id) const override;
    // What to do before a value of the dimension is forgotten.
    std::function<void(std::uint32_t)> keeper_of(dimension d);
    [[nodiscard]] std::uint32_t id(dimension d, std::string_view value) const;  // dictionary::none: no such value
    [[nodiscard]] session_row row_of(session_ref ref) const;
    void mark_changed(session_ref ref) {
        session& s = table.at(ref);
        if (s.changed || (!s.open() && !s.in_store)) return;
        s.changed = true;
        changed.push_back(ref);
    }
    void restore(const session_row& row);

    engine_limits limits;
    minute_number retention_usual = retention_of(close_kind::none);
    minute_number retention_of_absent = retention_of(close_kind::idle);
    identity_secret secret;
    instant started;
    instant clock;
    dictionary servers;
    dictionary channels;
    dictionary countries;
    dictionary protocols;
    session_table table;
    ledger books;
    viewers who;
    // What a session is looked at again for is found in three places: deadlines that come within two minutes, those
    // that come later, and sessions that have ended and are to be forgotten, which can wait.
    using deadline_of = std::pair<instant, session_ref>;
    std::priority_queue<deadline_of, std::vector<deadline_of>, std::greater<>> deadlines;
    timetable looks;
    timetable expiries;
    text_pool texts;
    std::deque<sampled_session> histories;  // session::more tells which
    std::vector<std::uint32_t> free_histories;
    std::unordered_map<std::uint64_t, std::vector<instant>> restarts;  // by keyed hash of the server's name; sorted
    std::unordered_map<std::string, received_restarts> restarted;  // servers whose sessions are still to be looked at
    instant restarts_closed_at{};
    std::size_t samples_kept = 0;
    block_list<session_ref> changed;  // for active_sessions
    std::vector<session_key> gone;    // likewise, of forgotten sessions
    engine_totals totals;
    bool taking_rows = false;
    struct {
        bool taking = false;
        bool parity = false;
        session_ref next = 0;
        std::vector<std::vector<std::byte>> pieces;                   // ready, taken from the end
        std::vector<std::byte> saved;                                 // sessions that changed before their turn
        std::array<std::vector<std::uint32_t>, dimension_count> ids;  // while loading: ids now by ids then
    } picture;
    std::vector<verdict> verdicts;
    booking before_;  // scratch, to spare an allocation an event
    booking after_;
};

}  // namespace streamstats
