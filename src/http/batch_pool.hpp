// Batches of one thread: their room is used again as it is given back, still warm, and without a way through the
// allocator for each piece of it, which other threads would have to free.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "streamstats/wire/decode.hpp"

namespace streamstats::http {

// Owned by a shared_ptr, since batches may outlive the thread. Any thread.
class batch_pool : public std::enable_shared_from_this<batch_pool> {
public:
    // What lies idle takes no more.
    static constexpr std::size_t spare_bytes_max = 4UL * 1024 * 1024;

    // An empty one. It comes back here when the last pointer to it is gone, wherever that is.
    std::shared_ptr<wire::batch> take();
    [[nodiscard]] std::size_t spare_bytes() const;

private:
    void give_back(std::unique_ptr<wire::batch> used);

    mutable std::mutex mutex_;  // guards the next two
    std::vector<std::unique_ptr<wire::batch>> spare_;
    std::size_t spare_bytes_ = 0;
};

}  // namespace streamstats::http
