#include "options.hpp"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <type_traits>
#include <utility>
#include <vector>

namespace streamstats::config {
namespace {

constexpr std::int64_t path_bytes_max = 4'096;
constexpr std::int64_t name_bytes_max = 255;
constexpr std::int64_t secrets_bytes_max = 1'100;  // four, and what stands between them
constexpr std::int64_t networks_bytes_max = 16'384;

const option table[] = {
    {"STREAM_HTTP_HOST", "Address to listen on; 0.0.0.0 is every IPv4 address, :: every address.", &settings::http_host,
     1, name_bytes_max},
    {"STREAM_HTTP_PORT", "Port to listen on; 0 takes a free one.", &settings::http_port, 0, 65'535},
    {"STREAM_HTTP_THREADS", "Threads that read and answer requests; 0 is one for each core.", &settings::http_threads,
     0, 256},
    {"STREAM_MAX_BODY_BYTES", "Larger request bodies, also after decompression, get 413.", &settings::body_bytes_max,
     1'024, 33'554'432},
    {"STREAM_ADMIN_HOST", "Address of a second listener, used if STREAM_ADMIN_PORT is not 0.", &settings::admin_host, 1,
     name_bytes_max},
    {"STREAM_ADMIN_PORT",
     "Its port. /metrics, /stats and the pages are then there only, and events are taken at STREAM_HTTP_PORT only; "
     "/health is at both. 0: one listener for everything.",
     &settings::admin_port, 0, 65'535},
    {"STREAM_WEBHOOK_TOKEN",
     "Token that lets a sender post: Authorization: Bearer, the password of Basic, or ?token= in the URL. Up to four "
     "separated by commas; STREAM_WEBHOOK_TOKEN_FILE names a file that holds it; read again on SIGHUP.",
     &settings::webhook_token,
     0,
     secrets_bytes_max,
     {},
     true},
    {"STREAM_WEBHOOK_SIGN_KEY",
     "The sign_key of Flussonic's event_sink (X-Signature). As STREAM_WEBHOOK_TOKEN; any one credential is enough.",
     &settings::webhook_sign_key,
     0,
     secrets_bytes_max,
     {},
     true},
    {"STREAM_WEBHOOK_SECRET",
     "Secret of Standard Webhooks, whsec_ and base64. As STREAM_WEBHOOK_TOKEN; any one credential is enough.",
     &settings::webhook_secret,
     0,
     secrets_bytes_max,
     {},
     true},
    {"STREAM_WEBHOOK_NETWORKS",
     "Addresses and networks that may post, separated by commas; must hold besides a credential. Empty: all.",
     &settings::webhook_networks, 0, networks_bytes_max},
    {"STREAM_READ_TOKEN",
     "Token for /metrics, /stats and the pages. As STREAM_WEBHOOK_TOKEN; /health needs none.",
     &settings::read_token,
     0,
     secrets_bytes_max,
     {},
     true},
    {"STREAM_READ_NETWORKS", "Addresses and networks that may read those. As STREAM_WEBHOOK_NETWORKS.",
     &settings::read_networks, 0, networks_bytes_max},
    {"STREAM_TRUSTED_PROXIES",
     "Addresses and networks of proxies whose X-Forwarded-For and Forwarded are believed; nobody else's are.",
     &settings::trusted_proxies, 0, networks_bytes_max},
    {"STREAM_STORE", "Where rollups go; auto is mysql if any STREAM_DB_* is set, else sqlite.", &settings::store, 1,
     name_bytes_max, "auto mysql sqlite"},
    {"STREAM_DB_HOST", "Name or address of the MySQL or MariaDB server.", &settings::db_host, 1, name_bytes_max},
    {"STREAM_DB_PORT", "Port of the database server.", &settings::db_port, 1, 65'535},
    {"STREAM_DB_USER", "User at the database server.", &settings::db_user, 1, name_bytes_max},
    {"STREAM_DB_PASSWORD",
     "Password of that user; STREAM_DB_PASSWORD_FILE names a file that holds it.",
     &settings::db_password,
     0,
     name_bytes_max,
     {},
     true},
    {"STREAM_DB_NAME", "Database that holds the tables.", &settings::db_name, 1, 64},
    {"STREAM_DB_POOL_SIZE", "Database connections that are kept open.", &settings::db_pool_size, 1, 1'000},
    {"STREAM_DB_POOL_OVERFLOW", "Further connections that may be opened under load.", &settings::db_pool_overflow, 0,
     1'000},
    {"STREAM_DATA_DIR", "Directory of the local state and of the embedded store; under systemd its state directory.",
     &settings::data_dir, 1, path_bytes_max},
    {"STREAM_AGGREGATION_INTERVAL_SECONDS", "Time between two flushes; below 60 also the current minute is written.",
     &settings::aggregation_interval, 1, 3'600},
    {"STREAM_SESSION_SYNC_INTERVAL_SECONDS", "Time between two updates of active_sessions.",
     &settings::session_sync_interval, 1, 3'600},
    {"STREAM_REVISION_INTERVAL_SECONDS", "Least time between two corrections of final minutes.",
     &settings::revision_interval, 1, 86'400},
    {"STREAM_LATE_WINDOW_SECONDS", "A minute may still change this long after its end.", &settings::late_window, 0,
     3'600},
    {"STREAM_DEDUP_WINDOW_SECONDS",
     "A closed session is remembered at least this long, so that repeats have no effect.", &settings::dedup_window, 0,
     604'800},
    {"STREAM_SESSION_MAX_AGE_SECONDS", "A session is closed when it is this old.", &settings::session_max_age, 60,
     2'592'000},
    {"STREAM_SESSION_IDLE_TIMEOUT_SECONDS", "A session that sent updates is closed after this much silence.",
     &settings::session_idle_timeout, 1, 86'400},
    {"STREAM_MAX_DIMENSION_VALUES", "Distinct values of a dimension in 24 hours; further ones count as (other).",
     &settings::dimension_values_max, 1, 1'000'000},
    {"STREAM_MAX_SESSIONS",
     "Sessions known at once; beyond, batches that open some get 503, closes are taken. 0: as memory allows.",
     &settings::sessions_max, 0, 1'000'000'000},
    {"STREAM_JOURNAL",
     "off: events are acknowledged before they are on disk, and lost with the process. Only for measurements.",
     &settings::journal, 1, name_bytes_max, "on off"},
    {"STREAM_LOG_LEVEL", "Least important lines to log; read again on SIGHUP.", &settings::log_level, 1, name_bytes_max,
     "debug info warning error"},
    {"STREAM_LOG_FORMAT", "Form of a log line.", &settings::log_format, 1, name_bytes_max, "text json"},
};

std::vector<std::string_view> words_of(std::string_view list) {
    std::vector<std::string_view> words;
    while (!list.empty()) {
        const std::size_t end = std::min(list.find(' '), list.size());
        words.push_back(list.substr(0, end));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return words;
}

std::optional<std::int64_t> number_of(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

std::optional<std::string> broken_text_rule(const option& which, std::string_view text) {
    if (!which.choices.empty()) {
        const auto allowed = words_of(which.choices);
        if (std::ranges::find(allowed, text) != allowed.end()) return std::nullopt;
        std::string rule = "must be one of";
        for (const std::string_view word : allowed) rule += " " + std::string(word);
        return rule;
    }
    const auto length = static_cast<std::int64_t>(text.size());
    if (length < which.smallest || length > which.largest) {
        return "must have " + std::to_string(which.smallest) + " to " + std::to_string(which.largest) + " bytes";
    }
    if (std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; })) {
        return "must not hold control characters";
    }
    return std::nullopt;
}

// Letters to add or leave out to make one of the other. A changed letter is one of each, so that a name with its end
// missing is near to the whole one.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t change = diagonal + (a[i] == b[j] ? 0 : 2);
            diagonal = row[j + 1];
            row[j + 1] = std::min({change, row[j] + 1, diagonal + 1});
        }
    }
    return row.back();
}

}  // namespace

std::span<const option> options() {
    return table;
}

std::optional<std::string> assign(const option& which, std::string_view text, settings& into) {
    if (const auto* member = std::get_if<std::string settings::*>(&which.member)) {
        if (auto rule = broken_text_rule(which, text)) return rule;
        into.*(*member) = std::string(text);
        return std::nullopt;
    }
    const auto number = number_of(text);
    if (!number || *number < which.smallest || *number > which.largest) {
        return "must be a whole number from " + std::to_string(which.smallest) + " to " + std::to_string(which.largest);
    }
    if (const auto* member = std::get_if<seconds settings::*>(&which.member)) {
        into.*(*member) = seconds{*number};
    } else {
        into.*std::get<std::int64_t settings::*>(which.member) = *number;
    }
    return std::nullopt;
}

std::string text_of(const option& which, const settings& from) {
    return std::visit(
        [&from](auto member) -> std::string {
            const auto& value = from.*member;
            using type = std::remove_cvref_t<decltype(value)>;
            if constexpr (std::is_same_v<type, std::string>) {
                return value;
            } else if constexpr (std::is_same_v<type, seconds>) {
                return std::to_string(value.count());
            } else {
                return std::to_string(value);
            }
        },
        which.member);
}

std::string nearest_name(std::string_view unknown) {
    std::string best;
    std::size_t fewest = std::string_view::npos;
    const auto consider = [&](std::string name) {
        const std::size_t changes = distance(unknown, name);
        if (changes >= fewest) return;
        fewest = changes;
        best = std::move(name);
    };
    for (const option& known : table) {
        consider(std::string(known.name));
        if (known.secret) consider(std::string(known.name) + "_FILE");
    }
    return best;
}

}  // namespace streamstats::config
