// Feeds the gate, the parser behind it and the reader of chunks with anything, and holds them to their contracts.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/chunked.hpp"
#include "http/header_gate.hpp"
#include "http/request_head.hpp"

namespace {

using namespace streamstats::http;

constexpr head_limits limits{1'024, 256};
constexpr std::size_t body_bytes_max = 1'000;

void require(bool rule) {
    if (!rule) std::abort();
}

struct search_outcome {
    std::size_t end = 0;
    unsigned refused = 0;
    friend bool operator==(const search_outcome&, const search_outcome&) = default;
};

search_outcome search(std::string_view bytes, std::size_t piece) {
    head_search searched{limits};
    search_outcome outcome;
    for (std::size_t size = piece; outcome == search_outcome{}; size += piece) {
        outcome.end = searched.find_end(bytes.substr(0, size)).value_or(0);
        if (searched.refused()) outcome.refused = searched.refused()->status;
        if (size >= bytes.size()) break;
    }
    return outcome;
}

void check_head_of(std::string_view bytes) {
    if (bytes.empty()) return;
    const search_outcome at_once = search(bytes, bytes.size());
    const search_outcome bytewise = search(bytes, 1);
    require(at_once.end <= limits.header_bytes_max);
    if (at_once.end == 0) {
        // What is refused may depend on how far one has read, that it is refused may not.
        require(bytewise.end == 0 && (at_once.refused == 0) == (bytewise.refused == 0));
        return;
    }
    const auto head = parse_head(bytes.substr(0, at_once.end), true);
    // A bad request line is refused before the rest has come.
    require(bytewise.end == at_once.end || (bytewise.refused != 0 && !head));
    if (!head) {
        require(head.error().status >= 400);
        return;
    }
    require(!head.value().method.empty() && !head.value().target.empty());
    require(head.value().target.find_first_of(" #\t\r\n") == std::string::npos || head.value().method == "CONNECT");
    require(!head.value().chunked || (head.value().length == 0 && head.value().http_1_1));
}

void check_chunks(std::string_view bytes) {
    chunk_reader whole{body_bytes_max};
    chunk_reader bytewise{body_bytes_max};
    std::string body;
    std::string same;
    const std::size_t taken = whole.take(bytes, body);
    std::size_t taken_bytewise = 0;
    while (taken_bytewise < bytes.size() && bytewise.state() == chunk_state::more)
        taken_bytewise += bytewise.take(bytes.substr(taken_bytewise, 1), same);
    require(taken == taken_bytewise && body == same && whole.state() == bytewise.state());
    require(body.size() <= body_bytes_max);
    require((whole.state() == chunk_state::broken) == !whole.rule().empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view bytes{reinterpret_cast<const char*>(data), size};
    check_head_of(bytes);
    check_chunks(bytes);
    return 0;
}
