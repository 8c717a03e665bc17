#include "threads.hpp"

#include <algorithm>

namespace streamstats::simulation {

using namespace std::chrono_literals;

milliseconds simulated_threads::store_latency() {
    if (held_.store_hesitates && random_.chance(3)) return random_.up_to(5s);
    return random_.up_to(12ms);
}

milliseconds simulated_threads::disk_latency() {
    return held_.disk_until > clock_.now() ? 5s : random_.up_to(3ms);
}

void simulated_threads::enqueue(line& of, std::function<void()> work, std::function<void()> then,
                                milliseconds latency) {
    if (of.calls.empty()) of.front_at = std::max(of.front_at, clock_.now()) + latency;
    of.calls.push_back({std::move(work), std::move(then)});
}

void simulated_threads::on_engine(std::function<void()> what) {
    if (!in_journal_) return what();
    post(std::move(what), random_.up_to(2ms), journal_posted_at_);
}

void simulated_threads::post(std::function<void()> what, milliseconds latency, instant& last_of_thread) {
    last_of_thread = std::max(last_of_thread, clock_.now() + latency);
    inbox_.emplace(last_of_thread, std::move(what));
}

void simulated_threads::set_alarm(pipeline::alarm which, milliseconds wait) {
    if (which == pipeline::alarm::heartbeat) wait = heartbeat_;
    alarms_.at(static_cast<std::size_t>(which)) = clock_.now() + wait;
}

instant simulated_threads::next() const {
    instant soonest = instant_max;
    if (!store_.calls.empty()) soonest = std::min(soonest, store_.front_at);
    if (!disk_.calls.empty()) soonest = std::min(soonest, disk_.front_at);
    if (journal_at_) soonest = std::min(soonest, *journal_at_);
    if (!inbox_.empty()) soonest = std::min(soonest, inbox_.begin()->first);
    for (const auto& alarm : alarms_) soonest = std::min(soonest, alarm.value_or(soonest));
    return soonest;
}

void simulated_threads::step() {
    const instant now = clock_.now();
    if (!inbox_.empty() && inbox_.begin()->first <= now) {
        const auto what = inbox_.extract(inbox_.begin());
        what.mapped()();
    } else if (!store_.calls.empty() && store_.front_at <= now) {
        step(store_, held_.store_until, store_latency());
    } else if (!disk_.calls.empty() && disk_.front_at <= now) {
        step(disk_, {}, disk_latency());
    } else if (journal_at_ && *journal_at_ <= now) {
        return step_journal();
    } else {
        const auto due = std::ranges::find_if(alarms_, [now](const auto& at) { return at && *at <= now; });
        if (due == alarms_.end()) return;
        due->reset();
        ring_(static_cast<pipeline::alarm>(due - alarms_.begin()));
    }
    wake_journal();
}

void simulated_threads::wake_journal() {
    if (!journal_at_ && journal_work_) journal_at_ = clock_.now() + disk_latency();
}

// A thread that is held up has done its work, or not yet.
void simulated_threads::step(line& of, instant held_until, milliseconds latency_of_next) {
    const bool held = held_until > clock_.now();
    if (held && random_.chance(50)) {
        of.front_at = held_until;
        return;
    }
    const call first = std::move(of.calls.front());
    of.calls.pop_front();
    first.work();
    const milliseconds wait = held ? held_until - clock_.now() : 0ms;
    post(first.then, wait + random_.up_to(2ms), of.posted_at);
    of.front_at = clock_.now() + wait + latency_of_next;
}

void simulated_threads::step_journal() {
    journal_at_.reset();
    in_journal_ = true;
    const bool busy = journal_work_();
    in_journal_ = false;
    if (busy) journal_at_ = clock_.now() + disk_latency();
}

void simulated_threads::end_of_process() {
    if (!store_.calls.empty() && random_.chance(50)) store_.calls.front().work();
}

}  // namespace streamstats::simulation
