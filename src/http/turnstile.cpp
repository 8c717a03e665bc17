#include "http/turnstile.hpp"

#include <utility>

namespace streamstats::http {

// A place in a line, also for one whose waiting fails: nobody is to be let in who is gone.
class turnstile::standing {
public:
    standing(std::list<waiting*>& line, waiting& self)
        : line_{line}, self_{self}, place_{line.insert(line.end(), &self)} {}
    ~standing() {
        if (!self_.let_in) line_.erase(place_);
    }
    standing(const standing&) = delete;
    standing& operator=(const standing&) = delete;

private:
    std::list<waiting*>& line_;
    waiting& self_;
    const std::list<waiting*>::iterator place_;
};

bool turnstile::seat::take(std::size_t bytes) {
    if (of_.crowded() || !of_.has_room(bytes)) return false;
    return_with(bytes);
    return true;
}

task<bool> turnstile::seat::wait_for(executor where, std::size_t bytes, milliseconds early) {
    if (early > milliseconds{0} && !of_.hurried_) {
        waiting self{where, early, bytes};
        if (co_await stand_in(of_.early_, self)) co_return true;
        if (take(bytes)) co_return true;  // only one before it in the line was too large
    }
    waiting self{where, of_.patience_, bytes};
    co_return co_await stand_in(of_.queue_, self);
}

task<bool> turnstile::seat::stand_in(std::list<waiting*>& line, waiting& self) {
    {
        const standing in_line{line, self};
        error_code ignored;  // the timer ends in time, or by being cancelled
        co_await self.pause.async_wait(asio::redirect_error(use_task, ignored));
    }
    if (self.let_in) {
        bytes_ = self.bytes;
        co_return true;
    }
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

void turnstile::hurry() {
    hurried_ = true;
    for (waiting* const one : early_) one->pause.cancel();
}

void turnstile::let_in() {
    let_in_from(queue_);
    if (queue_.empty()) let_in_from(early_);
}

void turnstile::let_in_from(std::list<waiting*>& line) {
    while (!closed_ && !line.empty() && has_room(line.front()->bytes)) {
        waiting& next = *line.front();
        line.pop_front();
        inside_ += next.bytes;
        next.let_in = true;
        next.pause.cancel();
    }
}

}  // namespace streamstats::http
