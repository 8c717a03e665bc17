#include "http/percent.hpp"

#include "http/characters.hpp"

namespace streamstats::http {

std::optional<std::string> percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        const int high = text.size() - i < 3 ? -1 : hexadecimal(text[i + 1]);
        const int low = text.size() - i < 3 ? -1 : hexadecimal(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        decoded += static_cast<char>(high * 16 + low);
        i += 2;
    }
    return decoded;
}

}  // namespace streamstats::http
