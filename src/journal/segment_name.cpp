#include "journal/segment_name.hpp"

#include <algorithm>
#include <charconv>

namespace streamstats::journal {
namespace {

constexpr std::string_view prefix = "journal-";
constexpr std::string_view suffix = ".seg";
constexpr std::size_t digits = 20;
constexpr std::string_view spare_prefix = "journal.spare-";

}  // namespace

std::string name_of_segment(lsn first) {
    const std::string number = std::to_string(first);
    return std::string(prefix) + std::string(digits - number.size(), '0') + number + std::string(suffix);
}

std::optional<lsn> first_of_segment(std::string_view name) {
    if (name.size() != prefix.size() + digits + suffix.size() || !name.starts_with(prefix) || !name.ends_with(suffix)) {
        return std::nullopt;
    }
    const std::string_view number = name.substr(prefix.size(), digits);
    lsn first = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), first);
    if (error != std::errc{} || end != number.data() + number.size() || first == 0 || first > lsn_max) {
        return std::nullopt;
    }
    return first;
}

std::string name_of_spare(lsn first) {
    return std::string(spare_prefix) + std::to_string(first);
}

bool is_spare_segment(std::string_view name) {
    return name.starts_with(spare_prefix) && name.size() > spare_prefix.size() &&
           name.find_first_not_of("0123456789", spare_prefix.size()) == std::string_view::npos;
}

result<std::vector<segment_name>, file_failure> list_segments(file_system& files) {
    auto names = files.list();
    if (!names) return names.error();
    std::vector<segment_name> segments;
    for (std::string& name : names.value()) {
        if (const auto first = first_of_segment(name)) segments.push_back({*first, std::move(name)});
    }
    std::sort(segments.begin(), segments.end(),
              [](const segment_name& a, const segment_name& b) { return a.first < b.first; });
    return segments;
}

}  // namespace streamstats::journal
