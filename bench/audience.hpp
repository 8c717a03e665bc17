// An audience made of numbers: viewer i always has the same id, address and channel. Sessions open and close at random;
// the number of open ones stays where it was set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "streamstats/base/play_event.hpp"
#include "streamstats/engine/engine.hpp"

namespace streamstats::bench {

struct audience_shape {
    std::size_t servers = 50;
    std::size_t channels = 1'000;
    std::size_t countries = 50;
};

// Events with their texts; the views stay valid until clear().
class event_batch {
public:
    void clear();
    void start(const audience_shape& shape, std::uint64_t viewer, instant at);
    void close(const audience_shape& shape, std::uint64_t viewer, instant at);
    [[nodiscard]] const std::vector<play_event>& events() const { return events_; }

private:
    play_event& add(const audience_shape& shape, std::uint64_t viewer, instant at);

    std::vector<play_event> events_;
    std::deque<std::string> texts_;  // kept to be written again
    std::size_t texts_used_ = 0;
};

class crowd {
public:
    explicit crowd(const audience_shape& shape) : shape_(shape) {}
    // So many new sessions, opening at `at`.
    void arrive(event_batch& into, std::size_t sessions, instant at);
    // So many open ones close, chosen at random.
    void leave(event_batch& into, std::size_t sessions, instant at);
    [[nodiscard]] std::size_t open() const { return open_.size(); }
    // So many will come: so that this is not measured.
    void expect(std::size_t sessions) {
        open_.resize(sessions + 1'000'000);
        open_.clear();
    }

private:
    audience_shape shape_;
    std::vector<std::uint32_t> open_;
    std::uint32_t next_ = 0;
    std::uint64_t random_ = 1;
};

instant opening_time();
identity_secret some_secret();
// An engine that has been up for two hours at opening_time().
engine fresh_engine();
// Lets `sessions` arrive within the ten minutes before opening_time(), as they happen.
void fill(engine& into, crowd& from, std::size_t sessions);

}  // namespace streamstats::bench
