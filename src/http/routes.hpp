// Which path does what. One table, looked up before the body is read.
#pragma once

#include <string_view>

#include "http/access_policy.hpp"
#include "http/exchange.hpp"
#include "streamstats/base/failure.hpp"

namespace streamstats::http {

struct route {
    std::string_view path;
    std::string_view methods;  // as in `Allow`
    task<answer> (*handle)(exchange&);
    area where;
};

// 404 for a path that is not there, 405 for a method that does not fit, 501 for one that does not exist.
result<const route*, refusal> find_route(door entered, std::string_view method, std::string_view path);

// What OPTIONS is answered with: the methods of the path, or those of all paths for `*`.
result<answer, refusal> options_answer(door entered, std::string_view path);

}  // namespace streamstats::http
