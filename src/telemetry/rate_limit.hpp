// How often one sentence may be logged. Pure: the clock is passed in. One thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace streamstats::telemetry {

class rate_limit {
public:
    using time_point = std::chrono::steady_clock::time_point;
    static constexpr std::uint64_t lines_max = 10;
    static constexpr std::chrono::seconds window{10};
    // Sentences are constants, of which the program has fewer; should it ever have more, the rest share one allowance.
    static constexpr std::size_t sentences_max = 1'024;

    // Nothing: leave the line out. Else how many lines of this sentence were left out since the last one that went out.
    std::optional<std::uint64_t> admit(std::string_view sentence, time_point now);

private:
    struct allowance {
        time_point since{};
        std::uint64_t lines = 0;
        std::uint64_t left_out = 0;
    };
    allowance& of(std::string_view sentence, time_point now);

    std::map<std::string, allowance, std::less<>> allowances_;
};

}  // namespace streamstats::telemetry
