#include "pipeline/series_steps.hpp"

#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "support/catch.hpp"
#include "support/random_source.hpp"

using namespace streamstats;
using namespace streamstats::pipeline;
using namespace streamstats::testing;

namespace {

constexpr minute start{minutes{600}};

series_question question_of(series_metric metric, seconds step, int steps, std::vector<std::string> values = {}) {
    series_question question;
    question.dim = values.empty() ? dimension::global : dimension::channel;
    question.values = std::move(values);
    question.metric = metric;
    question.step = step;
    question.from = start;
    question.to = start + steps * std::chrono::duration_cast<minutes>(step);
    return question;
}

struct stored_minute {
    minute at{};
    std::int64_t number = 0;
};

// What is in the tables, a minute a row.
struct stored {
    std::vector<stored_minute> global;
    std::vector<std::pair<std::string, std::vector<stored_minute>>> values;
};

// The definition, one step and one value at a time.
std::optional<double> expected(const series_question& question, const stored& rows, const std::string* value,
                               std::size_t step) {
    const minute begin = question.from + static_cast<int>(step) * std::chrono::duration_cast<minutes>(question.step);
    const minute end = begin + std::chrono::duration_cast<minutes>(question.step);
    std::int64_t known = 0;
    for (const stored_minute& each : rows.global) known += each.at >= begin && each.at < end ? 1 : 0;
    if (known == 0) return std::nullopt;
    std::int64_t sum = 0;
    std::int64_t largest = 0;
    const auto take = [&](const std::vector<stored_minute>& of) {
        for (const stored_minute& each : of) {
            if (each.at < begin || each.at >= end) continue;
            sum += each.number;
            largest = std::max(largest, each.number);
        }
    };
    if (value == nullptr) take(rows.global);
    for (const auto& [name, of] : rows.values) {
        if (value != nullptr && name == *value) take(of);
    }
    const double length = static_cast<double>(known) * 60;
    switch (question.metric) {
        case series_metric::peak_concurrent:
            return static_cast<double>(largest);
        case series_metric::watch_time_seconds:
            return static_cast<double>(sum) / 1'000;
        case series_metric::average_concurrent:
            return static_cast<double>(sum) / 1'000 / length;
        case series_metric::bandwidth_bps:
            return std::floor(static_cast<double>(sum) / length);
        case series_metric::bandwidth_mbps:
            return static_cast<double>(sum) * 8 / length / 1'000'000;
        default:
            return static_cast<double>(sum);
    }
}

series_part part_of(const series_question& question, std::optional<std::string_view> value, const stored_minute& row) {
    const auto step = std::chrono::duration_cast<minutes>(question.step);
    return {value, minute{row.at.time_since_epoch() / step * step}, 1, row.number};
}

// Also beyond the range on both sides, and with minutes left out.
stored generated(random_source& chance, const series_question& question) {
    stored rows;
    rows.values = {{"a", {}}, {"b", {}}, {"A", {}}};
    for (minute at = question.from - minutes{5}; at < question.to + minutes{5}; at += minutes{1}) {
        if (chance.chance(40)) continue;
        rows.global.push_back({at, static_cast<std::int64_t>(chance.below(1'000'000))});
        for (auto& [name, of] : rows.values) {
            if (chance.chance(50)) of.push_back({at, static_cast<std::int64_t>(chance.below(1'000'000))});
        }
    }
    return rows;
}

std::vector<series_points> lines_of(const series_question& question, const stored& rows, random_source& chance) {
    std::vector<series_part> parts;
    for (const stored_minute& each : rows.global) parts.push_back(part_of(question, std::nullopt, each));
    for (const auto& [name, of] : rows.values) {
        for (const stored_minute& each : of) parts.push_back(part_of(question, name, each));
    }
    chance.shuffle(parts);
    series_steps steps(question);
    for (const series_part& part : parts) steps.add(part);
    return steps.lines();
}

}  // namespace

TEST_CASE("steps are what their definition says, whatever minutes there are and in any order", "[pipeline]") {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        random_source chance{seed};
        CAPTURE(seed);
        for (const metric_facts& each : series_metrics) {
            const bool one_minute = each.combined == combination::none;
            const seconds step{one_minute ? 60 : 60 * (1 + static_cast<int>(chance.below(6)))};
            const std::vector<std::string> values =
                chance.chance(50) ? std::vector<std::string>{} : std::vector<std::string>{"b", "A", "none"};
            series_question question = question_of(each.metric, step, 7, values);
            question.from = minute{question.from.time_since_epoch() / std::chrono::duration_cast<minutes>(step) *
                                   std::chrono::duration_cast<minutes>(step)};
            question.to = question.from + 7 * std::chrono::duration_cast<minutes>(step);
            const stored rows = generated(chance, question);
            const auto lines = lines_of(question, rows, chance);
            REQUIRE(lines.size() == std::max<std::size_t>(1, values.size()));
            for (std::size_t line = 0; line < lines.size(); ++line) {
                REQUIRE(lines[line].size() == 7);
                for (std::size_t i = 0; i < 7; ++i) {
                    const auto right = expected(question, rows, values.empty() ? nullptr : &values[line], i);
                    REQUIRE(lines[line][i].has_value() == right.has_value());
                    if (right) CHECK(*lines[line][i] == Approx(*right).margin(1e-12));
                }
            }
        }
    }
}

TEST_CASE("a known minute without a row of the value is zero, an unknown one nothing", "[pipeline]") {
    const series_question question = question_of(series_metric::total_bytes, seconds{60}, 3, {"a"});
    series_steps steps(question);
    steps.add({std::nullopt, start, 1, 0});
    steps.add({std::nullopt, start + minutes{2}, 1, 0});
    steps.add({"a", start + minutes{2}, 1, 5});
    CHECK(steps.lines() == std::vector<series_points>{{0.0, std::nullopt, 5.0}});
}

TEST_CASE("means are over the minutes that are known, not over an outage or the future", "[pipeline]") {
    const auto point = [](series_metric metric) {
        const series_question question = question_of(metric, seconds{600}, 1);
        series_steps steps(question);
        steps.add({std::nullopt, start, 4, 7'200'000});
        return *steps.lines()[0][0];
    };
    CHECK(point(series_metric::bandwidth_bps) == 30'000);
    CHECK(point(series_metric::bandwidth_mbps) == Approx(0.24));
    CHECK(point(series_metric::average_concurrent) == 30);
    CHECK(point(series_metric::total_bytes) == 7'200'000);
}
