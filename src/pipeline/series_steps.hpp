// Minutes become the steps of a series. Pure. series.hpp says what a step gives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "streamstats/pipeline/series_source.hpp"

namespace streamstats::pipeline {

class series_steps {
public:
    // `question` outlives it.
    explicit series_steps(const series_question& question);

    // In any order; the parts of one step may be one minute or many.
    void add(const series_part& part);
    // One for each value, in the order of the question.
    [[nodiscard]] std::vector<series_points> lines() const;

private:
    [[nodiscard]] double point_of(std::int64_t number, std::int64_t known_minutes) const;

    const series_question& question_;
    const combination combined_;
    std::map<std::string_view, std::size_t> line_of_;
    std::vector<std::int64_t> known_minutes_;         // of each step
    std::vector<std::vector<std::int64_t>> numbers_;  // of each line and step
};

}  // namespace streamstats::pipeline
