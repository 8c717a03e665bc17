// One run: the audience lives, its mail is delivered, and what comes of it is told.
#pragma once

#include <fstream>
#include <iosfwd>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "simulate/asio.hpp"
#include "simulate/audience.hpp"
#include "simulate/catalogue.hpp"
#include "simulate/chronicle.hpp"
#include "simulate/delivery.hpp"
#include "simulate/mailbag.hpp"
#include "streamstats/simulate/simulate.hpp"

namespace streamstats::simulate {

class performance {
public:
    // The settings are valid.
    performance(const simulation_settings& settings, std::ostream& progress);

    // The exit status of run_simulation().
    int run(const std::stop_token& stop);

private:
    task<void> conduct();
    task<void> report();
    task<void> sleep(asio::steady_timer& timer, milliseconds length);
    void live_on(instant target);
    task<void> end_audience();
    void stop_early();
    void all_done();
    bool give_up();

    void print_start();
    void print_progress();
    int print_end();
    bool write_truth();

    const simulation_settings settings_;
    std::ostream& progress_;
    const catalogue names_;
    const instant first_;
    const std::optional<instant> last_;
    std::optional<chronicle> chronicle_;
    std::ofstream truth_;

    asio::io_context context_{1};
    asio::steady_timer pace_{context_};
    asio::steady_timer tick_{context_};
    delivery delivery_;
    mailbag mailbag_;
    audience audience_;

    instant position_;  // of the audience in its time
    bool stopping_ = false;
    bool done_ = false;
    bool gave_up_ = false;
    std::optional<steady_time> ended_at_;
    std::uint64_t events_printed_ = 0;
    std::uint64_t attempts_printed_ = 0;
};

}  // namespace streamstats::simulate
