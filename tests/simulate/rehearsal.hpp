// A whole simulation without a network and without a clock: what would be sent.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "simulate/audience.hpp"
#include "simulate/chronicle.hpp"
#include "simulate/mailbag.hpp"
#include "streamstats/simulate/simulate.hpp"

namespace streamstats::simulate {

// 2026-11-21T12:00:20Z
inline constexpr instant rehearsal_start{milliseconds{1'795'262'420'000}};

// Two minutes of 60 viewers who stay for 20 s, from rehearsal_start.
simulation_settings small_audience();

class rehearsal {
public:
    // Lives through the whole duration in steps of `step`, then ends it as a run does.
    explicit rehearsal(const simulation_settings& settings, milliseconds step = milliseconds{50});

    [[nodiscard]] const std::vector<mail>& mails() const { return mails_; }
    [[nodiscard]] std::vector<std::string> bodies() const;
    // Every event of every batch.
    [[nodiscard]] std::vector<nlohmann::json> events() const;
    [[nodiscard]] const true_history& history() const { return chronicle_.history(); }
    [[nodiscard]] const catalogue& names() const { return names_; }
    [[nodiscard]] instant last() const { return last_; }
    // Open sessions just before the end.
    [[nodiscard]] std::size_t open() const { return open_; }

private:
    catalogue names_;
    chronicle chronicle_;
    std::vector<mail> mails_;
    instant last_;
    std::size_t open_ = 0;
};

}  // namespace streamstats::simulate
