// The viewers: who comes when, watches what, and leaves. Pure: time is what live_until() says, nothing is sent from
// here.
//
// Each of the wanted viewers is a seat. A seat is taken, kept for the length of one session, left, and taken again a
// moment later by somebody else, so that the number of open sessions stays just below the number of seats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <vector>

#include "simulate/catalogue.hpp"
#include "simulate/contract.hpp"
#include "simulate/random.hpp"
#include "simulate/viewing.hpp"
#include "streamstats/simulate/simulate.hpp"

namespace streamstats::simulate {

inline bool closes_at_end(const simulation_settings& settings) {
    return settings.close_at_end.value_or(!settings.truth_file.empty());
}

class audience {
public:
    // `names` and the listeners outlive it.
    audience(const simulation_settings& settings, const catalogue& names, instant first,
             std::vector<audience_listener*> listeners);

    // Tells everything that happens before `to`, in order of time.
    void live_until(instant to);
    // Sends everybody home at `end`, which is not before the last live_until() and the same in every call: a
    // play_closed for each session that the contract holds for open then, also for those whose own one went missing.
    // Goes through about `at_most` of them; true: call again, there are more.
    bool close_some(instant end, std::size_t at_most);

    [[nodiscard]] std::size_t open() const { return open_; }

private:
    struct seat {
        viewing session;
        instant next{};  // what comes next for it: an opening if nobody sits there, else an update or the end
        instant leaves{};
        std::optional<instant> updated;
        instant counted{};  // up to when `bytes` is
        std::uint64_t bytes = 0;
        std::uint32_t bytes_per_second = 0;
        bool taken = false;
        bool start_missing = false;
        bool close_missing = false;
        bool known = false;  // to the receiver: an event of the session was told
    };
    // A session whose play_closed went missing, kept for close_some().
    struct unfinished {
        viewing session;
        std::optional<instant> updated;
        std::uint64_t bytes = 0;
    };
    struct turn {
        instant at{};
        std::uint32_t seat = 0;
        bool operator>(const turn& other) const { return at != other.at ? at > other.at : seat > other.seat; }
    };

    void take_turn(const turn& now);
    void open_session(seat& place, instant at);
    void update(seat& place, instant at);
    void leave(seat& place, instant at);
    void restart_server(instant at);
    void schedule(seat& place, instant at);

    void begin_viewing(viewing& session, instant at);
    void share_id(viewing& session);
    void close_seat(seat& place, instant end);
    void close_unfinished(const unfinished& one, instant end);
    [[nodiscard]] viewer person(std::uint32_t number, std::uint32_t device) const;
    milliseconds draw_length();
    milliseconds draw_pause(double mean_milliseconds);
    void let_flow(seat& place, instant at);
    void tell(event_kind kind, const seat& place, instant at);
    bool may_open(instant at);

    const simulation_settings settings_;
    const catalogue& names_;
    const std::vector<audience_listener*> listeners_;
    random_source random_;
    const std::uint64_t people_seed_;
    const std::uint32_t population_;

    std::vector<seat> seats_;
    std::priority_queue<turn, std::vector<turn>, std::greater<>> turns_;
    std::vector<unfinished> unfinished_;
    std::vector<std::vector<instant>> restarts_;  // of each server
    std::optional<instant> next_restart_;
    std::uint64_t sessions_ = 0;
    std::size_t open_ = 0;
    std::size_t gone_home_ = 0;  // of the seats, by close_some()

    std::uint32_t newest_person_ = 0;
    std::optional<viewing> twin_of_;  // the next session of the same second on another server gets its id
    double events_allowed_ = 0;
    instant allowed_at_{};
};

}  // namespace streamstats::simulate
