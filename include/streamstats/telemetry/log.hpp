// The log facade: text or JSON lines on standard error, rate-limited, never blocking ingestion (spdlog behind it).
// Any thread. Nothing secret may be passed: no token, no query string, no password.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace streamstats::telemetry {

enum class log_level : std::uint8_t { debug, info, warning, error };
enum class log_format : std::uint8_t { text, json };

std::optional<log_level> parse_log_level(std::string_view name);  // "debug" "info" "warning" "error"

using log_field = std::pair<std::string_view, std::string>;

// Call once before the first line; level may be changed later. Until then lines of `info` and above go out as text.
void start_log(log_level level, log_format format);
void set_log_level(log_level level);
// Waits until what was logged is written. At the end of the process.
void flush_log();
// Lines left out because one place logged too often or the queue was full.
std::uint64_t log_lines_dropped();

// `event` is a constant sentence ("store is away"); what varies goes into fields. Lines with the same sentence beyond
// 10 in 10 s are left out, and counted in the next one that goes out. Control characters are escaped.
void log(log_level level, std::string_view event, std::initializer_list<log_field> fields = {});

}  // namespace streamstats::telemetry
