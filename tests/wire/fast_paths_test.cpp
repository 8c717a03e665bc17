// What is read several bytes at a time, held to what is read one by one: every length, every place of a wrong byte.
#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "decoded.hpp"
#include "streamstats/base/copy_bytes.hpp"
#include "streamstats/wire/user_agent.hpp"
#include "wire/agent_cache.hpp"
#include "wire/event_members.hpp"
#include "wire/numbers.hpp"

using namespace streamstats;
using namespace streamstats::testing;

namespace {

std::optional<std::uint64_t> plain_number_one_by_one(std::string_view text) {
    if (text.empty() || text.size() > 16 || (text.size() > 1 && text.front() == '0')) return std::nullopt;
    std::uint64_t number = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        number = number * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return number;
}

std::optional<std::uint64_t> plain_number(std::string_view text, std::size_t before) {
    std::uint64_t number = 0;
    return wire::read_plain_number(text, before, number) ? std::optional{number} : std::nullopt;
}

// At the end of what is allocated, so that a sanitizer sees a read too far; `before` bytes of something in front.
bool is_read_alike(std::string_view text, std::size_t before) {
    const std::string in_front = std::string("7\"9:\xFF{0,5").substr(0, before % 9) + std::string(before, '8');
    const std::vector<char> buffer = [&] {
        std::vector<char> bytes(in_front.end() - static_cast<std::ptrdiff_t>(before), in_front.end());
        bytes.insert(bytes.end(), text.begin(), text.end());
        return bytes;
    }();
    return plain_number({buffer.data() + before, text.size()}, before) == plain_number_one_by_one(text);
}

}  // namespace

TEST_CASE("a plain number is read alike eight digits at a time and one by one", "[wire]") {
    constexpr std::string_view digits = "918273645019283746";
    for (std::size_t size = 1; size <= digits.size(); ++size) {
        for (std::size_t before = 0; before <= 17; ++before) {
            std::string text{digits.substr(0, size)};
            CAPTURE(text, before);
            CHECK(is_read_alike(text, before));
            CHECK(is_read_alike(std::string(size, '9'), before));
            CHECK(is_read_alike(std::string(size, '0'), before));
            for (std::size_t at = 0; at < size; ++at) {
                bool alike = true;
                for (int c = 0; c < 256; ++c) {
                    std::string changed = text;
                    changed[at] = static_cast<char>(c);
                    alike = alike && is_read_alike(changed, before);
                }
                CHECK(alike);
            }
        }
    }
}

TEST_CASE("few bytes are copied as many are", "[wire]") {
    for (std::size_t size = 0; size <= 200; ++size) {
        std::string from;
        for (std::size_t i = 0; i < size; ++i) from += static_cast<char>(i * 37 + size);
        std::string to(size + 2, '~');
        copy_bytes(to.data() + 1, from.data(), size);
        CHECK(to == "~" + from + "~");
    }
}

TEST_CASE("a field is known by its whole name", "[wire]") {
    for (std::size_t i = 0; i < wire::field_count; ++i) {
        const auto f = static_cast<wire::field>(i);
        const std::string name{wire::name_of(f)};
        CAPTURE(name);
        CHECK(wire::field_named(name) == f);
        CHECK(wire::field_named(name + "s") == (name == "event" ? wire::field::events : wire::field::unknown_));
        CHECK(wire::field_named(name.substr(0, name.size() - 1)) ==
              (name == "events" ? wire::field::event : wire::field::unknown_));
        for (std::size_t at = 0; at < name.size(); ++at) {
            bool unknown = true;
            for (int c = 0; c < 256; ++c) {
                std::string changed = name;
                changed[at] = static_cast<char>(c);
                const bool is_other_name = changed == name || changed == "id" || changed == "ip";
                unknown = unknown && (is_other_name || wire::field_named(changed) == wire::field::unknown_);
            }
            CHECK(unknown);
        }
    }
    for (const char* name : {"", "e", "i", "x"}) CHECK(wire::field_named(name) == wire::field::unknown_);
}

TEST_CASE("texts of every length are kept as they were sent", "[wire]") {
    for (std::size_t size = 1; size <= 255; ++size) {
        std::string text;
        for (std::size_t i = 0; i < size; ++i) text += static_cast<char>('a' + (i * 7 + size) % 26);
        const accepted event{event_with("\"server\":" + in_quotes(text) +
                                        ",\"media\":" + in_quotes("m" + text.substr(1)) +
                                        ",\"proto\":" + in_quotes(text) + ",\"user_agent\":" + in_quotes(text + text))};
        CHECK(event->server == text);
        CHECK(event->channel == "m" + text.substr(1));
        CHECK(event->protocol == text);
        CHECK(event->user_agent == text + text);
        CHECK(event->id == "s");
        CHECK(event->ip.empty());
    }
}

TEST_CASE("user agents that differ in one byte only keep their classes apart", "[wire]") {
    wire::agent_cache cache;
    for (std::size_t size = 8; size <= 600; size = size < 64 ? size + 1 : size + 61) {
        for (std::size_t at = 0; at + 7 <= size; ++at) {
            for (const std::string_view word : {"android", "ondroid", "android"}) {
                std::string text(size, ' ');
                text.replace(at, word.size(), word);
                CAPTURE(text);
                REQUIRE(cache.class_of(text) == wire::classify(text));
            }
        }
    }
    for (const char* text : {"", "a", "vlc", "okhttp", "VLC/3.0"}) {
        for (int round = 0; round < 2; ++round) CHECK(cache.class_of(text) == wire::classify(text));
    }
}
