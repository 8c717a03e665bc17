#include "shrink.hpp"

#include <algorithm>
#include <utility>

#include "world.hpp"

namespace streamstats::simulation {
namespace {

constexpr int runs_max = 3'000;

class shrinking {
public:
    explicit shrinking(scenario failing) : smallest_(std::move(failing)) {}

    scenario run() {
        while (leave_out_faults() || leave_out_deliveries() || leave_out_events() || leave_out_copies()) {
        }
        return smallest_;
    }

private:
    // Keeps the smaller one if it fails, too.
    bool adopt(scenario smaller) {
        if (++runs_ > runs_max || problem_of(smaller).empty()) return false;
        smallest_ = std::move(smaller);
        return true;
    }

    template <class Element>
    bool leave_out(std::vector<Element> scenario::*of) {
        bool any = false;
        for (std::size_t piece = std::max<std::size_t>(1, (smallest_.*of).size() / 2); piece > 0; piece /= 2) {
            for (std::size_t begin = 0; begin < (smallest_.*of).size();) {
                scenario smaller = smallest_;
                const auto first = (smaller.*of).begin() + static_cast<std::ptrdiff_t>(begin);
                const auto count = std::min(piece, (smaller.*of).size() - begin);
                (smaller.*of).erase(first, first + static_cast<std::ptrdiff_t>(count));
                if (adopt(std::move(smaller))) {
                    any = true;
                } else {
                    begin += piece;
                }
            }
        }
        return any;
    }
    bool leave_out_faults() { return leave_out(&scenario::faults); }
    bool leave_out_deliveries() { return leave_out(&scenario::deliveries); }

    bool leave_out_events() {
        bool any = false;
        for (std::size_t place = 0; place < smallest_.history.size(); ++place) {
            any = adopt_if_changed([place](scenario& s) {
                      for (delivery& each : s.deliveries) std::erase(each.events, place);
                  }) ||
                  any;
        }
        return any;
    }
    bool leave_out_copies() {
        bool any = false;
        for (std::size_t i = 0; i < smallest_.deliveries.size(); ++i) {
            for (std::size_t k = 0; i < smallest_.deliveries.size() && k < smallest_.deliveries[i].events.size(); ++k) {
                any = adopt_if_changed([i, k](scenario& s) {
                          auto& events = s.deliveries[i].events;
                          events.erase(events.begin() + static_cast<std::ptrdiff_t>(k));
                      }) ||
                      any;
            }
        }
        return any;
    }
    template <class Change>
    bool adopt_if_changed(Change change) {
        const auto events_in = [](const scenario& s) {
            std::size_t sum = 0;
            for (const delivery& each : s.deliveries) sum += each.events.size();
            return sum;
        };
        scenario smaller = smallest_;
        change(smaller);
        if (events_in(smaller) == events_in(smallest_)) return false;
        std::erase_if(smaller.deliveries, [](const delivery& each) { return each.events.empty(); });
        return adopt(std::move(smaller));
    }

    scenario smallest_;
    int runs_ = 0;
};

}  // namespace

scenario shrunk(scenario failing) {
    return shrinking(std::move(failing)).run();
}

}  // namespace streamstats::simulation
