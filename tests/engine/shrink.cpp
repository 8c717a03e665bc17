#include "shrink.hpp"

#include <algorithm>
#include <utility>

namespace streamstats::testing {
namespace {

scenario without_event(scenario s, std::size_t place) {
    for (step& each : s.steps) std::erase(each.events, place);
    std::erase_if(s.steps, [](const step& each) { return each.kind == step_kind::request && each.events.empty(); });
    return s;
}

scenario without_step(scenario s, std::size_t index) {
    s.steps.erase(s.steps.begin() + static_cast<std::ptrdiff_t>(index));
    return s;
}

// Keeps the smaller one if it fails too.
bool adopt(scenario& failing, scenario smaller, const judge& problem_of) {
    if (problem_of(smaller).empty()) return false;
    failing = std::move(smaller);
    return true;
}

bool shrink_events(scenario& failing, const judge& problem_of) {
    bool any = false;
    for (std::size_t place = 0; place < failing.history.size(); ++place) {
        const bool sent = std::any_of(failing.steps.begin(), failing.steps.end(), [place](const step& each) {
            return std::find(each.events.begin(), each.events.end(), place) != each.events.end();
        });
        if (sent && adopt(failing, without_event(failing, place), problem_of)) any = true;
    }
    return any;
}

bool shrink_steps(scenario& failing, const judge& problem_of) {
    bool any = false;
    for (std::size_t index = failing.steps.size() - 1; index > 0; --index) {  // the last one stays: it looks
        if (adopt(failing, without_step(failing, index - 1), problem_of)) any = true;
    }
    return any;
}

}  // namespace

scenario shrunk(scenario failing, const judge& problem_of) {
    while (shrink_events(failing, problem_of) || shrink_steps(failing, problem_of)) {
    }
    return failing;
}

}  // namespace streamstats::testing
