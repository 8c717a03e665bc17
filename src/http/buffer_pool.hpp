// Input buffers of one thread. An idle connection holds none, so its memory is given back, and what is read lands in
// memory that is still warm. Not for several threads.
#pragma once

#include <utility>
#include <vector>

#include "http/asio.hpp"

namespace streamstats::http {

class buffer_pool {
public:
    // Large enough that an ordinary batch comes in one read.
    static constexpr std::size_t buffer_bytes = 256UL * 1024;
    static constexpr std::size_t spare_buffers_max = 16;

    beast::flat_buffer take() {
        if (spare_.empty()) {
            beast::flat_buffer fresh;
            fresh.reserve(buffer_bytes);
            return fresh;
        }
        beast::flat_buffer warm = std::move(spare_.back());
        spare_.pop_back();
        return warm;
    }
    // Gives a small buffer the usual room; what it holds stays.
    void widen(beast::flat_buffer& narrow) {
        beast::flat_buffer wide = take();
        wide.commit(asio::buffer_copy(wide.prepare(narrow.size()), narrow.data()));
        narrow = std::move(wide);
    }
    // Takes it out of the hands of the connection; one that grew for a large body is freed.
    void give_back(beast::flat_buffer& used) {
        beast::flat_buffer buffer = std::move(used);
        buffer.consume(buffer.size());
        if (buffer.capacity() == buffer_bytes && spare_.size() < spare_buffers_max) spare_.push_back(std::move(buffer));
    }
    // What has arrived stays. The room that it took for a large body goes, as nobody counts it any more.
    static void shrink(beast::flat_buffer& used) {
        if (used.capacity() <= buffer_bytes || used.size() > buffer_bytes) return;
        beast::flat_buffer usual;
        usual.reserve(buffer_bytes);
        usual.commit(asio::buffer_copy(usual.prepare(used.size()), used.data()));
        used = std::move(usual);
    }

private:
    std::vector<beast::flat_buffer> spare_;
};

}  // namespace streamstats::http
