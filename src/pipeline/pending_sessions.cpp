#include "pipeline/pending_sessions.hpp"

#include <cstring>
#include <utility>

namespace streamstats::pipeline {

// The key is a keyed hash already.
std::size_t pending_sessions::key_hash::operator()(const session_key& key) const {
    std::size_t hash = 0;
    static_assert(sizeof hash <= sizeof(session_key));
    std::memcpy(&hash, key.data(), sizeof hash);
    return hash;
}

void pending_sessions::add(session_changes newer) {
    for (const session_key& key : newer.gone) changes_.insert_or_assign(key, std::nullopt);
    for (session_row& row : newer.open) {
        const session_key key = row.key;
        changes_.insert_or_assign(key, std::move(row));
    }
}

void pending_sessions::put_back(const session_changes& older) {
    for (const session_row& row : older.open) changes_.try_emplace(row.key, row);
    for (const session_key& key : older.gone) changes_.try_emplace(key, std::nullopt);
}

session_changes pending_sessions::take(std::size_t rows_max) {
    session_changes taken;
    for (auto next = changes_.begin(); next != changes_.end() && rows_max > 0; --rows_max) {
        if (next->second) {
            taken.open.push_back(std::move(*next->second));
        } else {
            taken.gone.push_back(next->first);
        }
        next = changes_.erase(next);
    }
    return taken;
}

}  // namespace streamstats::pipeline
