// An answer in the form of Beast.
#pragma once

#include <string>
#include <string_view>

#include "http/answer.hpp"
#include "http/asio.hpp"
#include "streamstats/telemetry/metrics.hpp"

namespace streamstats::http {

beast::http::response<beast::http::string_body> make_reply(answer content, bool http_1_1, bool keep_alive);

// Whether an answer has nothing about it but JSON, as acknowledgements and refusals have, of which there are very many.
bool is_brief(const answer& content);
// The same as make_reply, as bytes, for one that is, over HTTP/1.1 and a connection that stays open.
void append_brief(const answer& content, std::string& text);

// Requests are counted by the first digit of their status.
telemetry::counter counter_of(unsigned status);

}  // namespace streamstats::http
