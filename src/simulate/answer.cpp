#include "simulate/answer.hpp"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace streamstats::simulate {
namespace {

std::string first_error_of(const nlohmann::json& answer) {
    const auto errors = answer.find("errors");
    if (errors == answer.end() || !errors->is_array() || errors->empty() || !errors->front().is_object()) return {};
    const auto text = [&](const char* name) {
        const auto found = errors->front().find(name);
        return found != errors->front().end() && found->is_string() ? found->get<std::string>() : std::string{};
    };
    return text("field") + ": " + text("message");
}

}  // namespace

std::optional<receipt> parse_receipt(std::string_view body) {
    const auto answer = nlohmann::json::parse(body, nullptr, false);
    if (!answer.is_object()) return std::nullopt;
    receipt result;
    const auto take = [&](const char* name, std::uint64_t& into) {
        const auto found = answer.find(name);
        if (found == answer.end() || !found->is_number_unsigned()) return false;
        into = found->get<std::uint64_t>();
        return true;
    };
    const bool complete = take("received", result.received) && take("accepted", result.accepted) &&
                          take("duplicate", result.duplicate) && take("ignored", result.ignored) &&
                          take("rejected", result.rejected);
    if (!complete) return std::nullopt;
    result.first_error = first_error_of(answer);
    return result;
}

milliseconds parse_retry_after(std::string_view text) {
    constexpr unsigned longest = 60;
    unsigned number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc::result_out_of_range) return seconds{longest};
    if (error != std::errc{} || end != text.data() + text.size()) return seconds{1};
    return seconds{std::min(number, longest)};
}

}  // namespace streamstats::simulate
