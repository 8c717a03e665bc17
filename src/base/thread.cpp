#include "streamstats/base/thread.hpp"

#include <pthread.h>
#include <sys/resource.h>

namespace streamstats {

void name_thread(const char* name) {
    ::pthread_setname_np(::pthread_self(), name);
}

// In Linux the thread that calls is the one that becomes nicer, not the process. Wherever it is refused, all share
// alike.
void name_background_thread(const char* name) {
    constexpr int weighs_a_tenth = 10;
    name_thread(name);
    ::setpriority(PRIO_PROCESS, 0, weighs_a_tenth);
}

}  // namespace streamstats
