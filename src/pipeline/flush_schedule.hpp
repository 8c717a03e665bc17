// When flushes are due: at whole multiples of the interval since the epoch, UTC (60 s: at :00). Pure.
#pragma once

#include "streamstats/base/time.hpp"

namespace streamstats::pipeline {

// How long to wait at `now`: more than nothing, at most the interval. Asked again at each arming, so neither drift of
// the monotonic timer nor a step of the wall clock adds up. A timer that fires early asks for the rest of the wait.
constexpr milliseconds until_next_flush(instant now, seconds interval) {
    const milliseconds past = now.time_since_epoch() % milliseconds{interval};
    return past < milliseconds{0} ? -past : interval - past;
}

}  // namespace streamstats::pipeline
