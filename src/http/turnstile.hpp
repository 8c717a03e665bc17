// Whose turn it is to hand in a batch. Only so many bytes are decoded and wait for their answer at the same time, as
// many as stay warm in the caches; the bodies of the others wait in the kernel, in the order in which they came, and
// are refused if that takes too long. Who comes again before the time that the refusal named stands behind all who keep
// to it until then: refusing it over and over would cost what others could be served with. For one thread.
#pragma once

#include <cstddef>
#include <list>

#include "http/asio.hpp"
#include "streamstats/base/time.hpp"

namespace streamstats::http {

class turnstile {
    struct waiting {
        waiting(const executor& where, milliseconds patience, std::size_t wanted)
            : pause{where, patience}, bytes{wanted} {}
        steady_timer pause;
        std::size_t bytes;
        bool let_in = false;
    };
    class standing;

public:
    turnstile(std::size_t bytes_max, milliseconds patience) : bytes_max_{bytes_max}, patience_{patience} {}
    // From now on nobody's turn comes: those who wait are about to be destroyed.
    void close() { closed_ = true; }
    // Nobody is early any more: the end does not wait for them.
    void hurry();
    // Whoever comes now has to wait.
    [[nodiscard]] bool crowded() const { return !queue_.empty() || inside_ >= bytes_max_; }

    // What one request holds; given back when it is gone.
    class seat {
    public:
        explicit seat(turnstile& of) : of_{of} {}
        ~seat() { leave(); }
        seat(const seat&) = delete;
        seat& operator=(const seat&) = delete;

        // A body of any size gets in when nothing else is inside. False: it has to wait.
        [[nodiscard]] bool take(std::size_t bytes);
        // False: its turn did not come in time, which begins to run when it is no longer early.
        task<bool> wait_for(executor where, std::size_t bytes, milliseconds early);
        // The body is slow to come: others go ahead.
        void leave();
        // It is whole after all.
        void return_with(std::size_t bytes);

    private:
        task<bool> stand_in(std::list<waiting*>& line, waiting& self);

        turnstile& of_;
        std::size_t bytes_ = 0;
    };

private:
    [[nodiscard]] bool has_room(std::size_t bytes) const { return inside_ == 0 || inside_ + bytes <= bytes_max_; }
    void let_in();
    void let_in_from(std::list<waiting*>& line);

    const std::size_t bytes_max_;
    const milliseconds patience_;
    std::size_t inside_ = 0;
    std::list<waiting*> queue_;
    std::list<waiting*> early_;
    bool closed_ = false;
    bool hurried_ = false;
};

}  // namespace streamstats::http
