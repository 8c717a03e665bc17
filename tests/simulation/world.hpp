// A scenario comes true: senders, network, disk, clock and store around one process of the daemon after another.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "process.hpp"
#include "scenario.hpp"
#include "watched_store.hpp"
#include "witness.hpp"

namespace streamstats::simulation {

class world {
public:
    // `story`: gets a sentence for everything that happens; may be null.
    explicit world(const scenario& plan, std::vector<std::string>* story = nullptr);

    // Everything, to the end. What is wrong; empty: nothing.
    std::string run();

    [[nodiscard]] std::uint64_t file_operations() const { return disk_.counters().operations; }
    [[nodiscard]] std::uint64_t store_calls() const { return store_.calls(); }
    [[nodiscard]] const watched_store& store() const { return store_; }
    [[nodiscard]] std::size_t processes() const { return processes_; }

private:
    struct request {
        std::size_t tries = 0;
        bool acknowledged = false;
    };

    // Time.
    void run_until(instant end);
    void at(instant when, std::function<void()> what) { agenda_.emplace(when, std::move(what)); }
    void in(milliseconds wait, std::function<void()> what) { at(clock_.now() + wait, std::move(what)); }

    // Processes.
    void start();
    void look_after_process();
    void end_process(const std::string& how);

    // Senders.
    void send(std::size_t number);
    void got_answer(std::size_t number, std::size_t attempt, bool taken);
    [[nodiscard]] bool all_acknowledged() const;

    // Faults.
    void happen(const fault& what);
    void happen_to_store(const fault& what);
    void store_is_well();
    void end_faults();

    // The end.
    void come_to_rest();
    void check_after_flush();
    void check_after_drain();
    void compare_tables(instant as_of, const std::string& when);
    void check_sessions(instant as_of);
    void check_memory();
    void check_files();
    testing::rows comparable(testing::rows all, const testing::expectation& expected) const;
    void complain(const std::string& what);
    template <class Sentence>
    void tell(Sentence sentence);

    const scenario& plan_;
    std::vector<std::string>* story_;
    testing::random_source random_;
    simulated_clock clock_;
    testing::memory_disk disk_;
    watched_store store_;
    holdups held_;
    witness seen_;
    std::string complaint_;
    std::multimap<instant, std::function<void()>> agenda_;
    std::unique_ptr<process> process_;
    std::size_t processes_ = 0;
    std::vector<request> requests_;
    instant answers_lost_until_{};
    bool last_words_ = false;                        // of the process: it is killed when this step is over
    std::optional<milliseconds> down_;               // after the next end of the process
    bool was_open_ = false;                          // there was a daemon that took events
    std::optional<pipeline::stop_outcome> stopped_;  // the last process, if it was asked to
    bool clock_stepped_ = false;
    bool over_ = false;  // no process is started again
    std::uint64_t pending_rows_most_ = 0;
};

// What is wrong with this scenario; empty: nothing.
std::string problem_of(const scenario& plan);
// What happens in it, a sentence a line, and what is wrong at the end.
std::string story_of(const scenario& plan);

}  // namespace streamstats::simulation
