// What the audience does, as request bodies: gathers events into batches, and does to them what happens to batches on
// their way. Pure; works in audience time alone, so the same events always travel in the same batches.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <queue>
#include <string>
#include <vector>

#include "simulate/catalogue.hpp"
#include "simulate/random.hpp"
#include "simulate/viewing.hpp"
#include "streamstats/simulate/simulate.hpp"

namespace streamstats::simulate {

struct mail {
    std::string body;  // a JSON array
    std::size_t events = 0;
    bool lose_answer = false;  // cut the connection once before the answer is read
};

class mailbag : public audience_listener {
public:
    using post = std::function<void(mail)>;

    // `names` outlives it. `to` gets every batch, in the order of audience time.
    mailbag(const simulation_settings& settings, const catalogue& names, post to);

    void heard(const happening& what) override;
    void restarted(std::uint32_t server, instant at) override;
    // Sends off what is due at `now`.
    void settle(instant now);
    // Sends off everything.
    void empty();

private:
    struct held_back {
        instant until{};
        std::uint64_t order = 0;
        std::string text;
        bool operator>(const held_back& other) const {
            return until != other.until ? until > other.until : order > other.order;
        }
    };

    void take(std::string text, instant at);
    void add(std::string text, instant at);
    void release_first();
    void cut();
    void shuffle();

    const simulation_settings settings_;
    const catalogue& names_;
    const post to_;
    random_source random_;
    std::vector<std::string> gathered_;
    std::size_t gathered_bytes_ = 0;
    instant gathered_since_{};
    std::priority_queue<held_back, std::vector<held_back>, std::greater<>> held_;
    std::uint64_t order_ = 0;
};

}  // namespace streamstats::simulate
