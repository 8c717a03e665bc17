// What a body decodes to, in the words of the tests.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "streamstats/wire/decode.hpp"
#include "support/catch.hpp"

namespace streamstats::testing {

struct decoded {
    wire::decode_outcome outcome;
    wire::batch content;

    [[nodiscard]] bool balances() const {
        return content.received == content.events.size() + content.ignored + content.rejections.size();
    }
};

inline decoded decode(std::string_view body) {
    wire::decoder decoder;
    decoded result;
    result.outcome = decoder.decode(body, result.content);
    return result;
}

inline wire::decode_error error_of(std::string_view body) {
    return decode(body).outcome.error;
}

// A play_started of session "s" with more members: event_with(R"("bytes":5)").
inline std::string event_with(std::string_view members) {
    std::string json = R"({"event":"play_started","id":"s")";
    if (!members.empty()) json.append(",").append(members);
    return json + "}";
}

inline std::string in_quotes(std::string_view text) {
    return '"' + std::string{text} + '"';
}

// The one event of a body; it must be accepted. Holds the batch that the event's texts live in.
class accepted {
public:
    explicit accepted(std::string_view body) : result_(decode(body)) {
        CAPTURE(body, result_.outcome.message);
        for (const wire::rejection& r : result_.content.rejections) FAIL(r.field << ' ' << r.message);
        REQUIRE(result_.content.events.size() == 1);
    }
    const play_event* operator->() const { return &result_.content.events.front(); }

private:
    decoded result_;
};

// Why the one event of a body is rejected, as "field: rule"; "taken" if it is not.
inline std::string rejected(std::string_view body) {
    const decoded result = decode(body);
    CHECK(result.outcome.error == wire::decode_error::none);
    CHECK(result.content.received == 1);
    if (result.content.rejections.size() != 1) return "taken";
    const wire::rejection& why = result.content.rejections.front();
    return why.field + ": " + why.message;
}

}  // namespace streamstats::testing
