#include "wire/user_agent_model.hpp"

#include <algorithm>
#include <cstdint>

namespace streamstats::wire {
namespace {

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

constexpr bool is_letter(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool same_letters(char left, char right) {
    return lower(left) == lower(right);
}

std::size_t find_letters(std::string_view text, std::string_view letters) {
    const auto at = std::search(text.begin(), text.end(), letters.begin(), letters.end(), same_letters);
    return at == text.end() ? std::string_view::npos : static_cast<std::size_t>(at - text.begin());
}

// Takes the field before the next separator off the text; some proxies write # for a semicolon.
std::string_view take_field(std::string_view& text) {
    const auto end = std::min(text.find_first_of(";)#"), text.size());
    std::string_view field = text.substr(0, end);
    text.remove_prefix(std::min(text.find_first_not_of(";)#", end), text.size()));
    while (field.starts_with(' ')) field.remove_prefix(1);
    return field;
}

// What follows the name of the system, from its version on. A name without a version is that of an app.
std::string_view after_system(std::string_view text) {
    constexpr std::string_view name = "android";
    for (auto at = find_letters(text, name); at != std::string_view::npos; at = find_letters(text, name)) {
        text.remove_prefix(at + name.size());
        if (text.starts_with(';') || (text.size() > 1 && is_digit(text[1]))) return text;
    }
    return {};
}

// "en-us", "de", "xx"; TV is no language.
bool is_locale(std::string_view field) {
    if (find_letters(field, "tv") == 0) return false;
    if (field.size() != 2 && field.size() != 5) return false;
    return is_letter(field[0]) && is_letter(field[1]) && (field.size() == 2 || field[2] == '-' || field[2] == '_');
}

// Diagonals that televisions are sold in; a phone's 5x or 6x mostly is the series of the phone.
constexpr bool is_diagonal(int inches) {
    constexpr std::uint8_t sold[] = {22, 24, 28, 32, 39, 40, 42, 43, 48, 49, 50,
                                     55, 58, 60, 65, 70, 75, 77, 82, 85, 86, 98};
    return std::find(std::begin(sold), std::end(sold), inches) != std::end(sold);
}

// After the diagonal: a letter, and then a number of a series somewhere in what follows.
bool continues_like_a_series(std::string_view rest) {
    constexpr std::size_t shortest_series = 4;
    if (rest.size() < shortest_series || !is_letter(rest.front())) return false;
    return std::any_of(rest.begin(), rest.end(), is_digit);
}

}  // namespace

std::string_view model_of(std::string_view user_agent) {
    std::string_view rest = after_system(user_agent);
    take_field(rest);
    std::string_view field = take_field(rest);
    if (is_locale(field)) field = take_field(rest);
    return field.substr(0, find_letters(field, " build/"));
}

bool names_screen_size(std::string_view model) {
    for (std::size_t i = 0; i + 2 < model.size(); ++i) {
        const bool alone = (i == 0 || !is_digit(model[i - 1])) && !is_digit(model[i + 2]);
        if (!alone || !is_digit(model[i]) || !is_digit(model[i + 1])) continue;
        if (!is_diagonal((model[i] - '0') * 10 + (model[i + 1] - '0'))) continue;
        if (continues_like_a_series(model.substr(i + 2))) return true;
    }
    return false;
}

}  // namespace streamstats::wire
