#include "http/request_head.hpp"

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstddef>
#include <limits>
#include <memory_resource>
#include <tuple>
#include <utility>

#include "http/header_gate.hpp"

namespace streamstats::http {
namespace {

namespace beast = boost::beast;
using field_allocator = std::pmr::polymorphic_allocator<char>;
using parser = beast::http::request_parser<beast::http::empty_body, field_allocator>;

// Enough for the fields of an ordinary request, which Beast keeps each in a piece of its own.
constexpr std::size_t fields_bytes_usual = 2'048;

template <class View>
std::string copy_of(const View& view) {
    return {view.data(), view.size()};
}

body_coding coding_of(const parser::value_type& message) {
    const auto codings = message.equal_range(beast::http::field::content_encoding);
    if (codings.first == codings.second) return body_coding::plain;
    if (std::next(codings.first) != codings.second) return body_coding::unknown;
    const auto name = codings.first->value();
    if (name.empty() || beast::iequals(name, "identity")) return body_coding::plain;
    if (beast::iequals(name, "gzip") || beast::iequals(name, "x-gzip")) return body_coding::gzip;
    return body_coding::unknown;
}

// Of a field that is sent once. Sent twice it is worth nothing, since two readers could pick different ones.
std::string only_value(const parser::value_type& message, beast::string_view name) {
    const auto range = message.equal_range(name);
    if (range.first == range.second || std::next(range.first) != range.second) return {};
    return copy_of(range.first->value());
}

std::string joined_values(const parser::value_type& message, beast::string_view name) {
    std::string all;
    const auto range = message.equal_range(name);
    for (auto each = range.first; each != range.second; ++each) {
        if (!all.empty()) all += ',';
        all += copy_of(each->value());
    }
    return all;
}

credentials credentials_of(const parser::value_type& message) {
    credentials given;
    given.authorization = only_value(message, "Authorization");
    given.x_signature = only_value(message, "X-Signature");
    given.webhook_id = only_value(message, "webhook-id");
    given.webhook_timestamp = only_value(message, "webhook-timestamp");
    given.webhook_signature = only_value(message, "webhook-signature");
    given.forwarded_for = joined_values(message, "X-Forwarded-For");
    given.forwarded = joined_values(message, "Forwarded");
    return given;
}

void take_expectations(const parser::value_type& message, request_head& head) {
    const auto range = message.equal_range(beast::http::field::expect);
    for (auto each = range.first; each != range.second; ++each) {
        if (each->value().empty()) continue;
        (beast::iequals(each->value(), "100-continue") ? head.expects_continue : head.expects_other) = true;
    }
}

refusal unparsable(const std::string& reason) {
    return refused(400, "The header block of the request cannot be parsed: " + reason + ".");
}

}  // namespace

result<request_head, refusal> parse_head(std::string_view block, bool with_credentials) {
    if (auto refused = check_head(block)) return *refused;
    std::array<std::byte, fields_bytes_usual> room;
    std::pmr::monotonic_buffer_resource fields{room.data(), room.size()};
    parser parsed{std::piecewise_construct, std::make_tuple(), std::make_tuple(field_allocator{&fields})};
    parsed.header_limit(static_cast<std::uint32_t>(block.size()) + 1);
    // The connection has its own limit, with an answer for it. (Beast 1.74 takes no limit at all for a limit of 0.)
    parsed.body_limit(std::numeric_limits<std::uint64_t>::max());
    boost::system::error_code trouble;
    parsed.put(boost::asio::buffer(block.data(), block.size()), trouble);
    if (trouble) return unparsable(trouble.message());
    if (!parsed.is_header_done()) return unparsable("it has no end");

    const parser::value_type& message = parsed.get();
    request_head head;
    head.method = copy_of(message.method_string());
    head.target = copy_of(message.target());
    head.http_1_1 = message.version() == 11;
    // What follows CONNECT would be meant for somebody else.
    head.keep_alive = message.keep_alive() && head.method != "CONNECT";
    head.chunked = parsed.chunked();
    if (!head.chunked) head.length = static_cast<std::size_t>(parsed.content_length().value_or(0));
    head.coding = coding_of(message);
    if (head.http_1_1) take_expectations(message, head);
    if (with_credentials) head.given = credentials_of(message);
    if (head.method == "GET" || head.method == "HEAD") {
        head.if_none_match = joined_values(message, "If-None-Match");
        head.accept_encoding = joined_values(message, "Accept-Encoding");
    }
    return head;
}

}  // namespace streamstats::http
