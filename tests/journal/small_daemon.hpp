// What a daemon does with its journal, in small. Its state is a set of ids; each id is one event. It recovers, takes
// ids in groups, writes checkpoints and trims, and holds what it finds at every start against what it was told before.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>

#include "journal/bench.hpp"

namespace streamstats::testing {

// What the world outside knows.
struct ledger {
    std::set<std::uint64_t> promised;  // answered durable, or found by a start that succeeded
    std::set<std::uint64_t> refused;   // answered no_room or overloaded
    std::uint64_t next_id = 1;
    std::string complaint;  // the first rule that was broken; empty: none

    void complain(const std::string& what);
};

class small_daemon {
public:
    small_daemon(memory_disk& disk, ledger& told, const journal::writer_limits& limits)
        : disk_(disk), told_(told), limits_(limits) {}

    // False: the disk failed, this process is at its end.
    bool start();
    bool take(std::uint64_t count, std::size_t payload_bytes);
    // Writes one, then trims.
    bool checkpoint();

private:
    bool load_checkpoint();
    bool load_journal();
    void add(std::uint64_t id);
    void hold_against_ledger();
    bool write_state(journal::checkpoint_writer& to);

    memory_disk& disk_;
    ledger& told_;
    journal::writer_limits limits_;
    std::set<std::uint64_t> state_;
    journal::lsn applied_ = 0;
    journal::recovered found_;
    std::unique_ptr<journal::writer> writer_;
};

}  // namespace streamstats::testing
