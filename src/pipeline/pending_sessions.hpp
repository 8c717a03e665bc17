// Changes of `active_sessions` on their way to the store: the newest one for each session. Not thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <unordered_map>

#include "streamstats/pipeline/rollup_store.hpp"

namespace streamstats::pipeline {

class pending_sessions {
public:
    // Newer than everything that waits.
    void add(session_changes newer);
    // Older than everything that waits: what take() gave and the store may not have.
    void put_back(const session_changes& older);
    // Takes out at most `rows_max` changes.
    session_changes take(std::size_t rows_max);

    [[nodiscard]] std::size_t size() const { return changes_.size(); }
    [[nodiscard]] bool empty() const { return changes_.empty(); }

private:
    struct key_hash {
        std::size_t operator()(const session_key& key) const;
    };
    std::unordered_map<session_key, std::optional<session_row>, key_hash> changes_;  // nothing: the session is gone
};

}  // namespace streamstats::pipeline
