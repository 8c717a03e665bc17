// The names in daemon_state, and what they mean. The same for every database.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "streamstats/pipeline/rollup_store.hpp"

namespace streamstats::store {

inline constexpr std::string_view flush_number_name = "flush_number";
inline constexpr std::string_view written_before_name = "written_before";
inline constexpr std::string_view secret_name = "secret";
inline constexpr std::string_view sessions_synced_name = "sessions_synced";

// Takes over one row of daemon_state; names that it does not know are left alone. Throws store_error (refused) if the
// value cannot be what was written.
void take_state(store_position& position, std::string_view name, const std::string& value);

// Whether a flush has to be applied (its number is the next one) or was already. Throws store_error (refused) for any
// other number.
bool is_next_flush(std::uint64_t stored, std::uint64_t number);

}  // namespace streamstats::store
