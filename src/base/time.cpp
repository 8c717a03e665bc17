#include "streamstats/base/time.hpp"

#include <array>
#include <cstdio>

namespace streamstats {
namespace {

struct civil {
    std::chrono::year_month_day date;
    std::chrono::hh_mm_ss<milliseconds> clock;
};

civil civil_of(instant t) {
    const auto day = std::chrono::floor<std::chrono::days>(t);
    return {std::chrono::year_month_day{day}, std::chrono::hh_mm_ss<milliseconds>{t - day}};
}

}  // namespace

std::string to_sql_text(minute m) {
    const civil c = civil_of(start_of(m));
    std::array<char, 40> text{};
    const int length = std::snprintf(text.data(), text.size(), "%04d-%02u-%02u %02d:%02d:00", int(c.date.year()),
                                     unsigned(c.date.month()), unsigned(c.date.day()), int(c.clock.hours().count()),
                                     int(c.clock.minutes().count()));
    return {text.data(), static_cast<std::size_t>(length)};
}

std::string to_iso_text(instant t) {
    const civil c = civil_of(t);
    std::array<char, 48> text{};
    const int length = std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                                     int(c.date.year()), unsigned(c.date.month()), unsigned(c.date.day()),
                                     int(c.clock.hours().count()), int(c.clock.minutes().count()),
                                     int(c.clock.seconds().count()), int(c.clock.subseconds().count()));
    return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace streamstats
