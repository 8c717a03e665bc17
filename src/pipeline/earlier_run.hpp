// What an earlier run left in the store, and whose secret it is under.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "streamstats/engine/engine.hpp"
#include "streamstats/pipeline/pipeline.hpp"
#include "streamstats/pipeline/rollup_store.hpp"

namespace streamstats::pipeline {

enum class secret_decision : std::uint8_t {
    same,      // the store keeps ours
    give,      // the store keeps none: give it ours
    adopt,     // ours was just made and is worth nothing: take the store's
    override,  // ours counts: load sessions under our keys, then replace the store's
};
// Pure. `in_use`: events were already counted under ours.
secret_decision decide_secret(const std::string& stored_hex, const pipeline_secret& ours, bool in_use);

// Where the new run takes over. A moment in the future (the clock was wrong) would make every minute until then final
// from the beginning: the end of the current minute is the latest.
std::optional<minute> take_over_at(const store_position& position, instant now);

struct engine_settings {
    engine_limits limits;
    identity_secret secret;
    instant started{};
    std::optional<minute> first_mutable;
};
std::unique_ptr<engine> make_engine(const engine_settings& settings);

struct restored_engine {
    std::unique_ptr<engine> made;
    std::uint64_t sessions = 0;
    session_changes rekeyed;  // what the table lacks when sessions were put back under other keys
    std::optional<store_failure> trouble;
};
// With the open sessions of the store. `rekey`: they are under another secret. On the store thread.
restored_engine restore_engine(rollup_store& store, const engine_settings& settings, bool rekey);

// Keys of all open sessions in the store. On the store thread.
result<std::vector<session_key>, store_failure> load_session_keys(rollup_store& store);

}  // namespace streamstats::pipeline
