#include "store/daemon_state.hpp"

#include <charconv>

#include "store/sql_text.hpp"
#include "store/store_error.hpp"

namespace streamstats::store {
namespace {

std::uint64_t number_of(std::string_view name, const std::string& value) {
    std::uint64_t number = 0;
    const char* end = value.data() + value.size();
    const auto parsed = std::from_chars(value.data(), end, number);
    if (parsed.ec == std::errc{} && parsed.ptr == end) return number;
    throw store_error(store_trouble::refused, std::string(name) + " in daemon_state is no number: " + value,
                      "restore the table from a backup");
}

instant time_at(std::string_view name, const std::string& value) {
    if (const auto at = instant_of(value)) return *at;
    throw store_error(store_trouble::refused, std::string(name) + " in daemon_state is no time: " + value,
                      "restore the table from a backup");
}

}  // namespace

void take_state(store_position& position, std::string_view name, const std::string& value) {
    if (name == flush_number_name) position.flush_number = number_of(name, value);
    if (name == written_before_name) position.written_before = minute_of(time_at(name, value));
    if (name == secret_name) position.secret = value;
    if (name == sessions_synced_name) position.sessions_synced = time_at(name, value);
}

bool is_next_flush(std::uint64_t stored, std::uint64_t number) {
    if (number == stored + 1) return true;
    if (number == stored && number != 0) return false;
    throw store_error(
        store_trouble::refused,
        "flush " + std::to_string(number) + " does not follow the last one in the database, " + std::to_string(stored),
        "the database was emptied or restored, or another streamstatsd wrote to it");
}

}  // namespace streamstats::store
