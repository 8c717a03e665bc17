// Sessions and their minute rows: (event, received) -> rows. No I/O, clock, threads or logging.
//
// Invariants:
//   (1) Until a minute is final, its rows depend only on the set of accepted events and on how far the clock has come,
//       not on order, repetition or batching (SEMANTICS 4).
//   (2) The additive columns are exact for ever: what comes after a minute is final is handed out as a revision.
//   (3) Σ started − Σ closed over everything handed out = open sessions.
//
// One thread at a time may call an engine; the pipeline gives it a thread of its own.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "streamstats/base/dimension.hpp"
#include "streamstats/base/minute_row.hpp"
#include "streamstats/base/play_event.hpp"
#include "streamstats/base/session_row.hpp"
#include "streamstats/base/time.hpp"
#include "streamstats/engine/identity.hpp"
#include "streamstats/engine/session_search.hpp"

namespace streamstats {

// More bytes than this are not believed of one session: 100 Gbit/s for a whole day. A larger count is a dropped sample;
// its event counts as one that told none. Sums are exact however large; in a row they end at row_bytes_max, and what
// one revision adds to a row at revision_bytes_max, so that a store that adds them up does not overflow.
inline constexpr std::uint64_t session_bytes_max = std::uint64_t{1} << 50U;
inline constexpr std::int64_t row_bytes_max = std::int64_t{1} << 62U;
inline constexpr std::int64_t revision_bytes_max = std::int64_t{1} << 56U;

struct engine_limits {
    seconds late_window{900};
    seconds dedup_window{3'600};
    seconds session_max_age{86'400};
    seconds idle_timeout{600};
    std::size_t dimension_values_max = 100'000;
};

// What an accepted event did. A duplicate left the state as it was.
enum class verdict : std::uint8_t { accepted, duplicate };

// Running totals since the engine was made.
struct engine_totals {
    std::uint64_t clock_anomalies = 0;  // instants replaced by the clock guard, closes before their opening
    std::uint64_t late_events = 0;      // events whose own instant lies in a minute that was final
    std::uint64_t inferred_closes =
        0;  // sessions closed by age, silence or server_started (reopened ones stay counted)
    std::uint64_t reopened_sessions = 0;  // idle sessions that spoke again
    std::uint64_t dropped_samples = 0;    // byte samples not later or smaller than a known one, or not believed
    std::uint64_t other_values = 0;       // sessions counted under `(other)` in some dimension
    std::uint64_t open_sessions = 0;      // now
    std::uint64_t known_sessions = 0;     // now: open, and closed but remembered
    std::uint64_t memory_bytes = 0;       // now, approximately
};

// Open sessions now.
struct audience {
    std::uint64_t active_sessions = 0;
    std::uint64_t unique_users = 0;
    // By dimension (global stays empty): value and sessions, most first, equal counts by value; at most the limit.
    std::array<std::vector<std::pair<std::string, std::uint64_t>>, dimension_count> by;
};

// Open sessions now, by every value that has one, as of one moment. Its values are named afterwards, in pieces.
struct tally {
    struct entry {
        std::string value;
        std::uint32_t open_sessions = 0;
        std::uint32_t id = 0;  // the engine's, by which it is named
    };
    std::uint64_t active_sessions = 0;
    std::uint64_t unique_users = 0;
    std::array<std::vector<entry>, dimension_count> by;  // global stays empty; in no order
    std::size_t named = 0;                               // of the entries of all dimensions
};

// What is shown of a tally whose values all have their names.
audience audience_of(const tally& counts, std::size_t limit);

class engine {
public:
    // `started`: since when the daemon is up. `first_mutable`: rows before this minute were written by an earlier run
    // whose state is gone; they are final from the beginning. Without one, the 60 minutes before `started` are open.
    engine(const engine_limits& limits, const identity_secret& secret, instant started);
    engine(const engine_limits& limits, const identity_secret& secret, instant started, minute first_mutable);
    ~engine();
    engine(engine&&) noexcept;
    engine& operator=(engine&&) noexcept;

    // Applies one event that was received at `received`. Does not move the clock (see advance).
    verdict apply(const play_event& event, instant received);
    // The same for a batch, in its order, and much faster where there are many sessions: what the events need is
    // fetched into the cache ahead of them. The verdicts stay valid until the next call.
    std::span<const verdict> apply(std::span<const play_event> events, instant received);
    // The same where it is known who the events are about: who[i] is what identify(events[i]) of the engine's own
    // secret returns. That may be called in another thread, while the texts are in its cache; here the texts are read
    // of new sessions only, and those of servers while restarts are remembered.
    std::span<const verdict> apply(std::span<const play_event> events, std::span<const event_identity> who,
                                   instant received);

    // Whether applying the event would leave known_sessions() as it is.
    [[nodiscard]] bool knows(const play_event& event) const;

    // Moves the clock, which never goes back: infers closes that are due, forgets what is old enough, makes minutes
    // final. The caller moves it to the time of receipt before each batch and to the present before each flush.
    // advance(a) and then advance(b) is the same as advance(b): whoever replays batches need not know when the clock
    // was moved in between. (Only totals() may tell how often a close was inferred that a later event proved wrong, and
    // a server's restart may close its sessions some seconds later; count() and what is handed out do not show it.)
    void advance(instant now);

    // Does at most about so much of what can wait: sessions that ended long ago are forgotten. advance() does some of
    // it each time; this is for idle moments. False: nothing is left.
    bool tidy(std::size_t at_most);

    // Whole rows that changed since the last call, oldest minute first: minutes that ended by the clock's present, and
    // with `growing` also the current one. A minute that turned final in between is among them.
    std::vector<minute_row> take_changed(bool growing);
    // What is handed out next are all rows of all minutes that are not final, as if none had been before.
    void hand_out_again();
    // The same in pieces, so that events can be applied in between: each looks at about so many dimension values, and
    // is sorted by itself. Nothing: that were all, and the next call begins anew. All rows are as of begin_changed, so
    // that books balance; whatever they lack, the next pass finds. (A minute that turns final in between is as of
    // then.) What begin_changed costs grows with the sessions that opened or closed in the minute; prepare_changed does
    // most of it ahead, in pieces of about so many openings and closes. False: it is ready. Rows are the same without.
    bool prepare_changed(bool growing, std::size_t edges_about);
    void begin_changed(bool growing);
    std::optional<std::vector<minute_row>> take_changed_piece(std::size_t values_about);

    // Revisions, differences to rows of final minutes, are gathered as books: 44 bytes for a minute of a value, where a
    // row takes several times as much. begin_revisions makes those of all values that are corrected by now ready to be
    // taken; take_revisions takes at most `rows_max` (and a few more), oldest minute first, as of the moment of the
    // call; nothing: those were all. Whole rows of minutes that turned final since the last take_changed are among
    // them, however many, since revisions add to those.
    void begin_revisions();
    std::vector<minute_row> take_revisions(std::size_t rows_max);
    // Takes the one of this row, begun or not. Nothing: there is none. Whole rows have to be taken before.
    std::optional<minute_row> take_revision(minute at, dimension d, std::string_view value);

    // What `active_sessions` lacks since the last call, about `at_most` of it. Sessions opened and closed in between
    // are in neither list; as they take time all the same, a call may end early, even with empty lists. Of one session,
    // what is gone comes before what is open.
    struct table_changes {
        std::vector<session_row> open;
        std::vector<session_key> gone;
        bool more = false;  // the next call goes on
        [[nodiscard]] bool empty() const { return open.empty() && gone.empty(); }
    };
    table_changes take_session_changes(std::size_t at_most = static_cast<std::size_t>(-1));
    // Puts back an open session of an earlier run, whose rows before the first mutable minute are in the store. Only
    // before the first event. It counts as present in `active_sessions`.
    void restore(const session_row& row);

    // ---- Checkpoints
    // A picture is everything that the engine knows, as of the call of begin_picture. It is taken in pieces while
    // events go on, each of about so many sessions; nothing: the picture is complete. No session is in it twice.
    void begin_picture();
    std::optional<std::vector<std::byte>> take_picture_piece(std::size_t sessions_about);
    // Puts the pieces of a complete picture, in order, into an engine that was just made with the same secret; then
    // finish_loading. False: the piece cannot be understood, and the engine is of no use. What is handed out next are
    // all rows of all minutes that are not final.
    bool load_picture_piece(std::span<const std::byte> piece);
    void finish_loading();
    // A new run of the daemon goes on with this engine: from now on it counts as up since `started`.
    void begin_run(instant started);
    // Makes take_session_changes hand out what it takes to turn `in_store`, the keys of the rows that are really in
    // active_sessions, into the table of now; returns those of them that are not open.
    std::vector<session_key> reconcile(const std::vector<session_key>& in_store);

    // Who is there now: count() looks at a few bytes of each value (100 000 take it about a millisecond), and at the
    // sessions only to close those of servers that restarted; name_values() then names about so many values. False: all
    // have a name. Events may be applied in between.
    [[nodiscard]] tally count();
    bool name_values(tally& counts, std::size_t at_most) const;

    // Looks for open sessions, in pieces of about so much work (looks at a session's record; what costs more counts for
    // more); events may be applied in between. False: all were looked at, and page_of() gives what was found. A session
    // that is open all the time, and whose rank stays, is on exactly one of the pages that follow one another.
    bool search(session_search& so_far, std::size_t work_about);
    session_page page_of(session_search& done);
    [[nodiscard]] engine_totals totals() const;
    // The same two numbers as in totals(), at no cost.
    [[nodiscard]] std::uint64_t open_sessions() const;
    [[nodiscard]] std::uint64_t known_sessions() const;
    // The first minute that is not final.
    [[nodiscard]] minute first_mutable() const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace streamstats
