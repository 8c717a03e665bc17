#include "support/delivery.hpp"

#include <algorithm>
#include <map>

namespace streamstats::testing {
namespace {

using requests = std::map<instant, std::vector<std::size_t>>;

instant rounded_up(instant t, milliseconds unit) {
    if (unit.count() == 0) return t;
    const milliseconds over = t.time_since_epoch() % unit;
    return over.count() == 0 ? t : t + (unit - over);
}

void deliver(random_source& random, const history_event& event, std::size_t place, const delivery_style& style,
             requests& to) {
    const std::uint64_t copies = random.chance(style.repeated_percent) ? 1 + random.below(2) : 0;
    for (std::uint64_t copy = 0; copy <= copies; ++copy) {
        const milliseconds delay = copy == 0 && event.prompt ? milliseconds{0} : random.up_to(style.delay_max);
        const instant at = event.only_then ? event.earliest : rounded_up(event.earliest + delay, style.batch);
        to[std::min(at, style.end)].push_back(place);
    }
}

requests requests_of(random_source& random, const std::vector<history_event>& history, const delivery_style& style) {
    std::vector<std::size_t> places(history.size());
    for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
    std::sort(places.begin(), places.end(), [&history](std::size_t left, std::size_t right) {
        return std::pair{history[left].earliest, left} < std::pair{history[right].earliest, right};
    });
    requests all;
    for (const std::size_t place : places) deliver(random, history[place], place, style, all);
    return all;
}

}  // namespace

std::vector<step> plan_delivery(random_source& random, const std::vector<history_event>& history,
                                const delivery_style& style) {
    std::vector<step> steps;
    for (auto& [at, events] : requests_of(random, history, style)) {
        if (style.shuffled) random.shuffle(events);
        steps.push_back({step_kind::request, at, events});
    }
    if (steps.empty()) return steps;
    const instant begin = steps.front().at;

    std::vector<step> between;
    for (instant t = rounded_up(begin, style.flush_every); t < style.end; t += style.flush_every) {
        const unsigned dice = static_cast<unsigned>(random.below(100));
        if (dice < 70) between.push_back({dice < 15 ? step_kind::revise : step_kind::flush, t});
    }
    for (std::uint64_t left = random.below(6); left > 0; --left) {
        const step_kind kind = random.chance(50) ? step_kind::tick : step_kind::flush;
        between.push_back({kind, begin + random.up_to(style.end - begin)});
    }
    // A flush at the instant of a request comes before it or after it.
    const bool flush_first = random.chance(50);
    steps.insert(flush_first ? steps.begin() : steps.end(), between.begin(), between.end());
    std::stable_sort(steps.begin(), steps.end(),
                     [](const step& left, const step& right) { return left.at < right.at; });
    steps.push_back({step_kind::revise, style.end});
    return steps;
}

}  // namespace streamstats::testing
