// The parameters of a request's query. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/answer.hpp"
#include "streamstats/base/failure.hpp"

namespace streamstats::http {

// The most bytes of a text that is looked for: the value of a dimension, a user, a session.
inline constexpr std::size_t sought_bytes_max = 255;

// A parameter that a path knows, and how often it may be given.
struct known_parameter {
    std::string_view name;
    std::size_t times_max = 1;
};

// Names and values as a form sends them: %XX and `+` decoded, UTF-8.
class query_parameters {
public:
    // Refused, naming the parameter: one that is not known or given too often, and text that is not UTF-8. `token` is
    // known everywhere, as often as you like, and left out.
    static result<query_parameters, refusal> parse(std::string_view query, std::span<const known_parameter> known);

    // The value of a parameter that may be given once.
    [[nodiscard]] std::optional<std::string_view> value(std::string_view name) const;
    // All values of a parameter, in their order.
    [[nodiscard]] std::vector<std::string> values(std::string_view name) const;
    // Of one that may be given once: an integer in decimal digits, `otherwise` if it was not given.
    struct bounds {
        std::size_t least = 0;
        std::size_t most = 0;
    };
    [[nodiscard]] result<std::size_t, refusal> number(std::string_view name, std::size_t otherwise,
                                                      bounds within) const;
    // Likewise: a text of so many bytes at most. An empty one is one.
    [[nodiscard]] result<std::optional<std::string>, refusal> text(std::string_view name, std::size_t bytes_max) const;

private:
    std::vector<std::pair<std::string, std::string>> pairs_;
};

// 400: the value of a parameter breaks this rule ("must be …").
refusal refused_parameter(std::string_view name, std::string rule);
// The same for one of more bytes than that.
std::optional<refusal> refused_length(std::string_view name, std::string_view value, std::size_t bytes_max);

}  // namespace streamstats::http
