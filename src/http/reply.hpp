// An answer in the form of Beast.
#pragma once

#include <string>
#include <string_view>

#include "http/answer.hpp"
#include "http/asio.hpp"
#include "streamstats/telemetry/metrics.hpp"

namespace streamstats::http {

beast::http::response<beast::http::string_body> make_reply(answer content, bool http_1_1, bool keep_alive);

// The same, as bytes, for an answer that acknowledges, over HTTP/1.1 and a connection that stays open.
std::string acknowledgement(std::string_view json);

// Requests are counted by the first digit of their status.
telemetry::counter counter_of(unsigned status);

}  // namespace streamstats::http
