#include "streamstats/base/thread.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

namespace streamstats {

void name_thread(const char* name) {
    ::pthread_setname_np(::pthread_self(), name);
}

// Wherever it is refused, the thread is scheduled as all others are.
void name_worker_thread(const char* name) {
    name_thread(name);
    const sched_param no_priority{};
    ::sched_setscheduler(0, SCHED_BATCH, &no_priority);
}

// In Linux the thread that calls is the one that becomes nicer, not the process. Wherever it is refused, all share
// alike.
void name_background_thread(const char* name) {
    constexpr int weighs_a_tenth = 10;
    name_thread(name);
    ::setpriority(PRIO_PROCESS, 0, weighs_a_tenth);
}

}  // namespace streamstats
