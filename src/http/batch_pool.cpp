#include "http/batch_pool.hpp"

#include <new>
#include <utility>

namespace streamstats::http {

std::shared_ptr<wire::batch> batch_pool::take() {
    std::unique_ptr<wire::batch> one;
    {
        const std::lock_guard lock{mutex_};
        if (!spare_.empty()) {
            one = std::move(spare_.back());
            spare_.pop_back();
            spare_bytes_ -= one->room();
        }
    }
    if (!one) one = std::make_unique<wire::batch>();
    const auto come_back = [home = shared_from_this()](wire::batch* used) {
        home->give_back(std::unique_ptr<wire::batch>{used});
    };
    return {one.release(), come_back};
}

std::size_t batch_pool::spare_bytes() const {
    const std::lock_guard lock{mutex_};
    return spare_bytes_;
}

void batch_pool::give_back(std::unique_ptr<wire::batch> used) {
    used->clear();
    const std::size_t bytes = used->room();
    const std::lock_guard lock{mutex_};
    if (spare_bytes_ + bytes > spare_bytes_max) return;
    try {
        spare_.push_back(std::move(used));
    } catch (const std::bad_alloc&) {
        return;  // then it is freed: whoever lets go of a batch cannot fail
    }
    spare_bytes_ += bytes;
}

}  // namespace streamstats::http
