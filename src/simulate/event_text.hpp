// An event as the JSON object that a media server sends (field names and habits are Flussonic's).
#pragma once

#include <string>
#include <string_view>

#include "simulate/catalogue.hpp"
#include "simulate/viewing.hpp"

namespace streamstats::simulate {

// `text` with quotes, escaped as JSON demands.
void append_quoted(std::string& to, std::string_view text);

void append_play_event(std::string& to, const catalogue& names, const happening& what);
void append_server_started(std::string& to, const catalogue& names, std::uint32_t server, instant at);

}  // namespace streamstats::simulate
