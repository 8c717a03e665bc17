// An answer that goes on: pieces that its connection sends as they come, until there is none or somebody ends it.
#pragma once

#include <string>

#include "http/asio.hpp"
#include "http/bell.hpp"

namespace streamstats::http {

// Used on the thread of its connection, by which it is let go when the client is gone, reads too slowly, or the server
// drains. What limits the number of streams belongs to the handler that begins one.
class stream {
public:
    stream() = default;
    virtual ~stream() = default;
    stream(const stream&) = delete;
    stream& operator=(const stream&) = delete;

    // The next piece; empty: that was all. It may wait for an answer from the inside, but not for time to pass.
    virtual task<std::string> next(bell& waiting) = 0;
    // When the piece after it is due.
    [[nodiscard]] virtual steady_time due() const = 0;
};

}  // namespace streamstats::http
