#include <array>
#include <charconv>
#include <string>

#include "simulate/url.hpp"
#include "streamstats/simulate/simulate.hpp"

namespace streamstats::simulate {
namespace {

struct range {
    const char* option;
    double value;
    double smallest;
    double largest;
    const char* unit;
};

double of(seconds value) {
    return static_cast<double>(value.count());
}
double of(std::size_t value) {
    return static_cast<double>(value);
}

std::array<range, 18> ranges_of(const simulation_settings& s) {
    return {{
        {"--backdate", of(s.backdate), 0, 3'300, "seconds"},
        {"--duration", of(s.duration), 0, 31'536'000, "seconds"},
        {"--viewers", of(s.viewers), 1, 5'000'000, ""},
        {"--channels", of(s.channels), 1, 50'000, ""},
        {"--servers", of(s.servers), 1, 1'000, ""},
        {"--session-length", of(s.session_length), 1, 43'200, "seconds"},
        {"--rate", s.events_per_second_max, 0, 10'000'000, "events per second"},
        {"--batch", of(s.batch_events), 1, 10'000, "events"},
        {"--connections", of(s.connections), 1, 256, ""},
        {"--restart-every", of(s.restart_every), 0, 86'400, "seconds"},
        {"--missing-closes", s.missing_close_percent, 0, 50, "percent"},
        {"--missing-starts", s.missing_start_percent, 0, 50, "percent"},
        {"--repeats", s.repeat_percent, 0, 100, "percent"},
        {"--disorder", s.disorder_percent, 0, 100, "percent"},
        {"--lost-answers", s.lost_answer_percent, 0, 90, "percent"},
        {"--max-age", of(s.session_max_age), 60, 604'800, "seconds"},
        {"--idle-timeout", of(s.idle_timeout), 30, 86'400, "seconds"},
        {"--give-up", of(s.give_up), 1, 3'600, "seconds"},
    }};
}

std::string text_of(double bound) {
    return std::to_string(static_cast<long long>(bound));
}

std::optional<setting_error> out_of_range(const range& one) {
    if (one.value >= one.smallest && one.value <= one.largest) return std::nullopt;  // false for NaN
    std::string rule = "must be a number from " + text_of(one.smallest) + " to " + text_of(one.largest);
    if (*one.unit != '\0') rule.append(" (").append(one.unit).append(")");
    return setting_error{one.option, std::move(rule)};
}

bool fits_in_a_header(const std::string& token) {
    for (const char c : token) {
        if (c <= 0x20 || c >= 0x7f) return false;
    }
    return token.size() <= 4'096;
}

// Reads a number of `digits` digits off the front.
std::optional<int> take_digits(std::string_view& text, std::size_t digits) {
    int number = 0;
    if (text.size() < digits) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + digits, number);
    if (error != std::errc{} || end != text.data() + digits || number < 0) return std::nullopt;
    text.remove_prefix(digits);
    return number;
}

bool take(std::string_view& text, std::string_view one_of) {
    if (text.empty() || one_of.find(text.front()) == std::string_view::npos) return false;
    text.remove_prefix(1);
    return true;
}

std::optional<milliseconds> take_clock(std::string_view& text) {
    const auto hour = take_digits(text, 2);
    if (!hour || !take(text, ":")) return std::nullopt;
    const auto minute_part = take_digits(text, 2);
    if (!minute_part || !take(text, ":")) return std::nullopt;
    const auto second = take_digits(text, 2);
    if (!second || *hour > 23 || *minute_part > 59 || *second > 59) return std::nullopt;
    milliseconds clock = seconds{*hour * 3'600 + *minute_part * 60 + *second};
    if (!take(text, ".")) return clock;
    int scale = 100;
    const std::size_t before = text.size();
    for (; !text.empty() && text.front() >= '0' && text.front() <= '9'; text.remove_prefix(1), scale /= 10)
        clock += milliseconds{(text.front() - '0') * scale};
    return text.size() < before ? std::optional{clock} : std::nullopt;
}

// How much earlier it is in Greenwich.
std::optional<seconds> take_zone(std::string_view& text) {
    if (take(text, "Zz")) return seconds{0};
    const bool east = text.starts_with('+');
    if (!take(text, "+-")) return std::nullopt;
    const auto hour = take_digits(text, 2);
    take(text, ":");
    const auto minute_part = take_digits(text, 2);
    if (!hour || !minute_part || *hour > 14 || *minute_part > 59) return std::nullopt;
    const seconds offset{*hour * 3'600 + *minute_part * 60};
    return east ? offset : -offset;
}

std::optional<instant> parse_iso(std::string_view text) {
    const auto year = take_digits(text, 4);
    if (!year || !take(text, "-")) return std::nullopt;
    const auto month = take_digits(text, 2);
    if (!month || !take(text, "-")) return std::nullopt;
    const auto day = take_digits(text, 2);
    if (!day || !take(text, "Tt ")) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year{*year}, std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    const auto clock = take_clock(text);
    if (!date.ok() || !clock) return std::nullopt;
    const auto zone = take_zone(text);
    if (!zone || !text.empty()) return std::nullopt;
    return std::chrono::sys_days{date} + *clock - *zone;
}

}  // namespace

std::optional<instant> parse_start(std::string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    std::optional<instant> result;
    if (error == std::errc{} && end == text.data() + text.size()) {
        constexpr std::int64_t smallest_in_milliseconds = 100'000'000'000;
        result = instant{milliseconds{number < smallest_in_milliseconds ? number * 1'000 : number}};
    } else {
        result = parse_iso(text);
    }
    if (result && (*result < instant{} || *result > instant_max)) return std::nullopt;
    return result;
}

std::optional<setting_error> validate(const simulation_settings& settings) {
    for (const range& one : ranges_of(settings)) {
        if (auto error = out_of_range(one)) return error;
    }
    const auto url = parse_url(settings.url);
    if (!url) return setting_error{"--url", url.error()};
    if (!fits_in_a_header(settings.token))
        return setting_error{"--token", "must be at most 4096 printable ASCII characters without spaces"};
    if (settings.start && settings.backdate.count() != 0)
        return setting_error{"--backdate", "must be 0 when --start is given: that is the first instant already"};
    if (settings.start && (*settings.start < instant{} || *settings.start > instant_max))
        return setting_error{"--start", "must be from 1970 to 9999"};
    if (settings.session_length > settings.session_max_age)
        return setting_error{"--session-length", "must not be longer than --max-age"};
    return std::nullopt;
}

}  // namespace streamstats::simulate
