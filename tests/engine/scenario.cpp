#include "scenario.hpp"

namespace streamstats::testing {
namespace {

using namespace std::chrono_literals;

const instant noon = instant{std::chrono::sys_days{std::chrono::year{2026} / 3 / 1}} + 12h;

engine_limits small_limits(random_source& random) {
    engine_limits limits;
    limits.late_window = 3'600s;
    limits.dedup_window = 24h;
    limits.session_max_age = random.chance(70) ? seconds{20min} : seconds{24h};
    limits.idle_timeout = random.pick(std::vector<seconds>{60s, 180s, 600s});
    return limits;
}

history_shape shape_of(const scenario& s) {
    return {.begin = noon,
            .daemon_started = s.started,
            .idle_timeout = s.limits.idle_timeout,
            .session_max_age = s.limits.session_max_age};
}

delivery_style random_style(random_source& random, instant end) {
    delivery_style style;
    style.delay_max = random.pick(std::vector<milliseconds>{0s, 0s, 10s, 120s, 600s});
    style.shuffled = random.chance(50);
    style.repeated_percent = random.chance(60) ? static_cast<unsigned>(random.below(51)) : 0;
    style.batch = random.pick(std::vector<milliseconds>{0s, 1s, 10s, 60s});
    style.end = end;
    return style;
}

scenario late(random_source& random, bool orderly) {
    scenario s;
    s.late_samples = !orderly;
    s.limits = small_limits(random);
    s.limits.late_window = random.pick(std::vector<seconds>{0s, 60s, 90s, 300s, 900s});
    s.started = random.pick(std::vector<instant>{noon - 3h - 17s, noon - 3h, noon + random.up_to(10min),
                                                 noon + 75min + random.up_to(10min)});
    history_shape shape = shape_of(s);
    shape.orderly = orderly;
    s.history = make_history(random, shape);
    delivery_style style = random_style(random, noon + 140min + random.up_to(60s));
    style.delay_max = random.pick(std::vector<milliseconds>{10s, 600s, 45min});
    style.shuffled = style.shuffled && !orderly;
    s.steps = plan_delivery(random, s.history, style);
    return s;
}

const char* name_of(step_kind kind) {
    switch (kind) {
        case step_kind::request:
            return "receive";
        case step_kind::flush:
            return "flush";
        case step_kind::revise:
            return "flush with revisions";
        case step_kind::tick:
            return "tick";
    }
    return "";
}

}  // namespace

scenario timely_scenario(std::uint64_t seed) {
    random_source random{seed};
    scenario s;
    s.limits = small_limits(random);
    s.started = random.pick(std::vector<instant>{noon - 3h - 17s, noon - 1s, noon, noon + random.up_to(10min)});
    s.history = make_history(random, shape_of(s));
    s.steps = plan_delivery(random, s.history, random_style(random, noon + 58min + random.up_to(60s)));
    return s;
}

scenario delivered_otherwise(scenario s, std::uint64_t seed) {
    random_source random{seed ^ 0x5eed};
    s.steps = plan_delivery(random, s.history, random_style(random, s.steps.back().at));
    return s;
}

scenario late_scenario(std::uint64_t seed) {
    random_source random{seed};
    return late(random, false);
}

scenario late_close_scenario(std::uint64_t seed) {
    random_source random{seed};
    return late(random, true);
}

scenario growing_scenario(std::uint64_t seed) {
    random_source random{seed};
    scenario s;
    s.growing = true;
    s.limits = small_limits(random);
    s.limits.session_max_age = 3min;
    s.limits.idle_timeout = 60s;
    s.started = noon - 1h;
    history_shape shape = shape_of(s);
    shape.openings_span = minutes{4};
    shape.length_max = 4min;
    shape.sessions_max = 6;
    s.history = make_history(random, shape);
    delivery_style style = random_style(random, noon + 16min + random.up_to(60s));
    style.delay_max = std::min(style.delay_max, milliseconds{60s});
    style.flush_every = random.pick(std::vector<milliseconds>{5s, 10s, 30s});
    s.steps = plan_delivery(random, s.history, style);
    return s;
}

scenario forgetful_scenario(std::uint64_t seed) {
    random_source random{seed};
    scenario s;
    s.limits = small_limits(random);
    s.limits.late_window = 900s;
    s.limits.dedup_window = 40min;  // longer than any session here is silent before its last word
    s.started = noon - 3h;
    s.history = make_history(random, shape_of(s));
    delivery_style style = random_style(random, noon + 5h);
    style.delay_max = std::min(style.delay_max, milliseconds{120s});
    style.flush_every = 5min;
    s.steps = plan_delivery(random, s.history, style);
    return s;
}

std::string story_of(const scenario& s) {
    const auto in_seconds = [](seconds d) { return std::to_string(d.count()) + " s"; };
    std::string text = "limits: late " + in_seconds(s.limits.late_window) + ", dedup " +
                       in_seconds(s.limits.dedup_window) + ", age " + in_seconds(s.limits.session_max_age) + ", idle " +
                       in_seconds(s.limits.idle_timeout) + "; up since " + to_iso_text(s.started) + "\n";
    for (const step& next : s.steps) {
        text += time_of_day(next.at) + " " + name_of(next.kind) + "\n";
        for (const std::size_t place : next.events) text += "    " + to_text(s.history[place].event) + "\n";
    }
    return text;
}

}  // namespace streamstats::testing
