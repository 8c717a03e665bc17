#include "rehearsal.hpp"

#include <algorithm>

namespace streamstats::simulate {

simulation_settings small_audience() {
    simulation_settings settings;
    settings.start = rehearsal_start;
    settings.duration = seconds{120};
    settings.viewers = 60;
    settings.channels = 10;
    settings.servers = 3;
    settings.session_length = seconds{20};
    settings.batch_events = 20;
    return settings;
}

rehearsal::rehearsal(const simulation_settings& settings, milliseconds step)
    : names_(settings.servers, settings.channels),
      chronicle_(names_, {settings.session_max_age, settings.idle_timeout}),
      last_(*settings.start + settings.duration) {
    mailbag letters{settings, names_, [this](mail batch) { mails_.push_back(std::move(batch)); }};
    audience people{settings, names_, *settings.start, {&letters, &chronicle_}};
    for (instant at = *settings.start; at < last_;) {
        at = std::min(at + step, last_);
        people.live_until(at);
        letters.settle(at);
    }
    open_ = people.open();
    while (closes_at_end(settings) && people.close_some(last_, 7)) {
    }
    letters.empty();
}

std::vector<std::string> rehearsal::bodies() const {
    std::vector<std::string> result;
    for (const mail& one : mails_) result.push_back(one.body);
    return result;
}

std::vector<nlohmann::json> rehearsal::events() const {
    std::vector<nlohmann::json> result;
    for (const mail& one : mails_) {
        for (auto& event : nlohmann::json::parse(one.body)) result.push_back(std::move(event));
    }
    return result;
}

}  // namespace streamstats::simulate
