// What the handler of a route gets to see.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/answer.hpp"
#include "http/asio.hpp"
#include "http/batch_pool.hpp"
#include "http/bell.hpp"
#include "http/budget.hpp"
#include "http/census.hpp"
#include "http/current_access.hpp"
#include "http/live_board.hpp"
#include "http/web_files.hpp"
#include "streamstats/http/server.hpp"
#include "streamstats/wire/decode.hpp"

namespace streamstats::http {

// Which listener a connection came through: the only one, or one of two with a part of the paths each.
enum class door : std::uint8_t { only, events, pages };

// Shared by all threads of a server.
struct site {
    settings limits;
    service& inside;
    telemetry::metrics& metrics;
    byte_budget flight;
    census connections;
    current_access access;
    std::shared_ptr<live_board> live;

    [[nodiscard]] instant now() const { return limits.clock(); }
};

// Belongs to one thread. Not to be used across a co_await, since other connections use it in between.
struct workbench {
    std::shared_ptr<batch_pool> batches = std::make_shared<batch_pool>();
    wire::decoder decoder;
    std::string inflated;
    std::string brief;  // an answer on its way into the socket
};

// Where the body of a request is kept.
class body_holder {
public:
    // The body is read to its end: its room goes to the thread's next request while this one waits for its answer.
    virtual void drop_body() = 0;

protected:
    ~body_holder() = default;
};

// One request whose body is complete. The views end when the handler first waits, that of the body when it is dropped.
struct exchange {
    site& place;
    body_holder& holder;
    workbench& bench;
    bell& waiting;
    byte_claim& claim;
    std::string_view path;
    std::string_view query;
    std::string_view body;
    bool gzip = false;
    file_wishes wishes;
};

}  // namespace streamstats::http
