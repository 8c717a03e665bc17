#include "pipeline/series_steps.hpp"

#include <algorithm>

namespace streamstats::pipeline {

series_steps::series_steps(const series_question& question)
    : question_(question), combined_(facts_of(question.metric).combined), known_minutes_(steps_of(question)) {
    for (const std::string& value : question.values) line_of_.emplace(value, line_of_.size());
    const std::size_t lines = question.dim == dimension::global ? 1 : question.values.size();
    numbers_.assign(lines, std::vector<std::int64_t>(known_minutes_.size()));
}

void series_steps::add(const series_part& part) {
    if (part.step < question_.from || part.step >= question_.to) return;
    const auto step = static_cast<std::size_t>((part.step - question_.from) / question_.step);
    if (!part.value) known_minutes_[step] += part.minutes;
    if (part.value.has_value() == (question_.dim == dimension::global)) return;
    const auto line = part.value ? line_of_.find(*part.value) : line_of_.end();
    if (part.value && line == line_of_.end()) return;
    std::int64_t& number = numbers_[part.value ? line->second : 0][step];
    number = combined_ == combination::maximum ? std::max(number, part.number) : number + part.number;
}

std::vector<series_points> series_steps::lines() const {
    std::vector<series_points> all;
    all.reserve(numbers_.size());
    for (const auto& numbers : numbers_) {
        series_points& points = all.emplace_back(numbers.size());
        for (std::size_t step = 0; step < numbers.size(); ++step) {
            if (known_minutes_[step] > 0) points[step] = point_of(numbers[step], known_minutes_[step]);
        }
    }
    return all;
}

double series_steps::point_of(std::int64_t number, std::int64_t known_minutes) const {
    const std::int64_t length = known_minutes * seconds{minutes{1}}.count();
    const std::int64_t each_second = number / length;  // rounded down, as that of a minute
    const auto exact = static_cast<double>(number);
    switch (question_.metric) {
        case series_metric::watch_time_seconds:
            return exact / 1e3;
        case series_metric::average_concurrent:
            return exact / 1e3 / static_cast<double>(length);
        case series_metric::bandwidth_bps:
            return static_cast<double>(each_second);
        case series_metric::bandwidth_mbps:
            return exact * 8 / static_cast<double>(length) / 1e6;
        case series_metric::sessions_started:
        case series_metric::sessions_closed:
        case series_metric::peak_concurrent:
        case series_metric::unique_users:
        case series_metric::total_bytes:
            break;
    }
    return exact;
}

}  // namespace streamstats::pipeline
