#include "streamstats/wire/timestamp.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "wire/numbers.hpp"

namespace streamstats::wire {
namespace {

constexpr std::size_t fraction_digits_max = 9;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::optional<instant> in_range(instant t) {
    if (t < instant{} || t > instant_max) return std::nullopt;
    return t;
}

// Takes a text apart from its beginning; every step is false if the text goes on differently.
class cursor {
public:
    explicit cursor(std::string_view text) : rest_(text) {}

    bool skip(char expected) {
        if (!rest_.starts_with(expected)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    // Exactly `count` digits.
    bool digits(std::size_t count, unsigned& number) {
        number = 0;
        if (rest_.size() < count) return false;
        for (const char c : rest_.substr(0, count)) {
            if (!is_digit(c)) return false;
            number = number * 10 + static_cast<unsigned>(c - '0');
        }
        rest_.remove_prefix(count);
        return true;
    }

    [[nodiscard]] std::size_t leading_digits() const {
        return static_cast<std::size_t>(std::find_if_not(rest_.begin(), rest_.end(), is_digit) - rest_.begin());
    }
    [[nodiscard]] bool done() const { return rest_.empty(); }

private:
    std::string_view rest_;
};

bool read_date(cursor& in, std::chrono::sys_days& date) {
    unsigned year = 0;
    unsigned month = 0;
    unsigned day = 0;
    if (!in.digits(4, year) || !in.skip('-') || !in.digits(2, month) || !in.skip('-') || !in.digits(2, day)) {
        return false;
    }
    const std::chrono::year_month_day named{std::chrono::year{static_cast<int>(year)}, std::chrono::month{month},
                                            std::chrono::day{day}};
    date = named;
    return named.ok();
}

bool read_fraction(cursor& in, milliseconds& fraction) {
    fraction = milliseconds{0};
    if (!in.skip('.')) return true;
    const std::size_t count = in.leading_digits();
    unsigned number = 0;
    if (count == 0 || count > fraction_digits_max || !in.digits(count, number)) return false;
    std::uint64_t nanoseconds = number;
    for (std::size_t i = count; i < fraction_digits_max; ++i) nanoseconds *= 10;
    fraction = milliseconds{nanoseconds / 1'000'000};
    return true;
}

bool read_time_of_day(cursor& in, milliseconds& since_midnight) {
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;
    milliseconds fraction{};
    if (!in.digits(2, hour) || !in.skip(':') || !in.digits(2, minute) || !in.skip(':') || !in.digits(2, second) ||
        !read_fraction(in, fraction)) {
        return false;
    }
    since_midnight = std::chrono::hours{hour} + std::chrono::minutes{minute} + seconds{second} + fraction;
    return hour <= 23 && minute <= 59 && second <= 60;
}

bool read_zone(cursor& in, std::chrono::minutes& ahead_of_utc) {
    ahead_of_utc = std::chrono::minutes{0};
    if (in.skip('Z')) return true;
    const bool behind = in.skip('-');
    unsigned hours = 0;
    unsigned minutes = 0;
    if ((!behind && !in.skip('+')) || !in.digits(2, hours)) return false;
    in.skip(':');
    if (!in.digits(2, minutes) || hours > 23 || minutes > 59) return false;
    ahead_of_utc = std::chrono::hours{hours} + std::chrono::minutes{minutes};
    if (behind) ahead_of_utc = -ahead_of_utc;
    return true;
}

}  // namespace

std::optional<instant> instant_from_number(std::string_view json_number) {
    split_number parts = split(json_number, 0);
    if (parts.whole && *parts.whole < seconds_end) parts = split(json_number, 3);
    constexpr auto largest = static_cast<std::uint64_t>(instant_max.time_since_epoch().count());
    if (parts.negative || !parts.whole || *parts.whole > largest) return std::nullopt;
    return instant{milliseconds{*parts.whole}};
}

std::optional<instant> instant_from_iso(std::string_view text) {
    cursor in{text};
    std::chrono::sys_days date{};
    milliseconds since_midnight{};
    std::chrono::minutes ahead_of_utc{};
    if (!read_date(in, date) || (!in.skip('T') && !in.skip(' ')) || !read_time_of_day(in, since_midnight) ||
        !read_zone(in, ahead_of_utc) || !in.done()) {
        return std::nullopt;
    }
    return in_range(instant{date} + since_midnight - ahead_of_utc);
}

}  // namespace streamstats::wire
