#include "pipeline/earlier_run.hpp"

#include <algorithm>
#include <utility>

namespace streamstats::pipeline {

secret_decision decide_secret(const std::string& stored_hex, const pipeline_secret& ours, bool in_use) {
    if (stored_hex.empty()) return secret_decision::give;
    if (stored_hex == ours.value.to_hex()) return secret_decision::same;
    const bool usable = identity_secret::from_hex(stored_hex).has_value();
    return ours.just_made && !in_use && usable ? secret_decision::adopt : secret_decision::override;
}

std::optional<minute> take_over_at(const store_position& position, instant now) {
    if (!position.written_before) return std::nullopt;
    return std::min(*position.written_before, minute_of(now) + minutes{1});
}

std::unique_ptr<engine> make_engine(const engine_settings& settings) {
    if (!settings.first_mutable) return std::make_unique<engine>(settings.limits, settings.secret, settings.started);
    return std::make_unique<engine>(settings.limits, settings.secret, settings.started, *settings.first_mutable);
}

restored_engine restore_engine(rollup_store& store, const engine_settings& settings, bool rekey) {
    restored_engine restored{.made = make_engine(settings), .sessions = 0, .rekeyed = {}, .trouble = {}};
    restored.trouble = store.load_sessions([&](const session_row& row) {
        ++restored.sessions;
        if (!rekey) return restored.made->restore(row);
        session_row moved = row;
        moved.key = settings.secret.session(row.server, row.id);
        restored.made->restore(moved);
        restored.rekeyed.gone.push_back(row.key);
        restored.rekeyed.open.push_back(std::move(moved));
    });
    return restored;
}

result<std::vector<session_key>, store_failure> load_session_keys(rollup_store& store) {
    std::vector<session_key> keys;
    if (auto trouble = store.load_sessions([&](const session_row& row) { keys.push_back(row.key); })) {
        return *std::move(trouble);
    }
    return keys;
}

}  // namespace streamstats::pipeline
