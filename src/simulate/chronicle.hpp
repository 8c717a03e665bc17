// Remembers what the receiver was told, session by session, for the truth.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "simulate/catalogue.hpp"
#include "simulate/truth.hpp"
#include "simulate/viewing.hpp"

namespace streamstats::simulate {

class chronicle : public audience_listener {
public:
    // `names` outlives it, and every history taken from it.
    chronicle(const catalogue& names, closing_rules rules);

    void heard(const happening& what) override;
    void restarted(std::uint32_t server, instant at) override;

    [[nodiscard]] const true_history& history() const { return history_; }

private:
    true_session& session_of(const viewing& session);
    std::uint64_t user_of(const viewing& session);

    const catalogue& names_;
    std::vector<user_agent_class> classes_;  // of each agent
    true_history history_;
    std::unordered_map<std::uint64_t, std::size_t> open_;  // number of a session -> its place in the history
    std::unordered_map<std::string, std::uint64_t> users_;
};

}  // namespace streamstats::simulate
