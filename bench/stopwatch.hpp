// CPU time of this thread: what else the machine does is not counted, but shows in caches and clock rates.
#pragma once

#include <ctime>

namespace streamstats::bench {

class stopwatch {
public:
    [[nodiscard]] double seconds() const { return now() - begin_; }

private:
    static double now() {
        timespec t{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
    }
    double begin_ = now();
};

}  // namespace streamstats::bench
