// What is going on now, as GET /api/v1/live tells it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "http/answer.hpp"
#include "streamstats/base/failure.hpp"
#include "streamstats/base/time.hpp"
#include "streamstats/pipeline/service.hpp"

namespace streamstats::http {

// Which of the values a watcher wants to see.
struct live_query {
    static constexpr std::size_t limit_default = 50;
    static constexpr std::size_t limit_max = 1'000;

    std::size_t limit = limit_default;  // of each dimension, those with the most sessions
    std::string match;                  // only values that contain it, letters of ASCII in any case

    static result<live_query, refusal> parse(std::string_view query);
    friend bool operator<(const live_query& left, const live_query& right) {
        return std::tie(left.limit, left.match) < std::tie(right.limit, right.match);
    }
};

struct live_numbers {
    std::uint64_t number = 0;  // counts up, by one for each time the numbers were gathered
    instant at{};
    health_report health;
    std::uint64_t events_accepted = 0;
    tally counts;
};

// The numbers of one second, for all who watch. Every method from any thread.
class live_frame {
public:
    explicit live_frame(live_numbers numbers) : numbers_{std::move(numbers)} {}

    [[nodiscard]] std::uint64_t number() const { return numbers_.number; }
    // One line of JSON, made once for all who ask the same.
    [[nodiscard]] std::shared_ptr<const std::string> text(const live_query& asked) const;

private:
    // Texts that are kept; those who ask for still another one get theirs made for them alone.
    static constexpr std::size_t texts_max = 64;
    struct made_text {
        std::once_flag made;
        std::string text;
    };

    std::shared_ptr<made_text> place_for(const live_query& asked) const;

    const live_numbers numbers_;
    mutable std::mutex mutex_;  // guards the next
    mutable std::map<live_query, std::shared_ptr<made_text>> texts_;
};

}  // namespace streamstats::http
