#include "http/turnstile.hpp"

#include <utility>

namespace streamstats::http {

bool turnstile::seat::take(std::size_t bytes) {
    if (of_.crowded() || !of_.has_room(bytes)) return false;
    return_with(bytes);
    return true;
}

task<bool> turnstile::seat::wait_for(executor where, std::size_t bytes) {
    waiting self{where, of_.patience_, bytes};
    const auto place = of_.queue_.insert(of_.queue_.end(), &self);
    error_code ignored;  // the timer ends in time, or by being cancelled
    co_await self.pause.async_wait(asio::redirect_error(use_task, ignored));
    if (self.let_in) {
        bytes_ = bytes;
        co_return true;
    }
    of_.queue_.erase(place);
    of_.let_in();  // a smaller one may stand behind
    co_return false;
}

void turnstile::seat::leave() {
    of_.inside_ -= std::exchange(bytes_, 0);
    of_.let_in();
}

void turnstile::seat::return_with(std::size_t bytes) {
    of_.inside_ += bytes - bytes_;
    bytes_ = bytes;
}

void turnstile::let_in() {
    while (!closed_ && !queue_.empty() && has_room(queue_.front()->bytes)) {
        waiting& next = *queue_.front();
        queue_.pop_front();
        inside_ += next.bytes;
        next.let_in = true;
        next.pause.cancel();
    }
}

}  // namespace streamstats::http
