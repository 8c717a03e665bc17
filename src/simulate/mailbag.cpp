#include "simulate/mailbag.hpp"

#include <utility>

#include "simulate/event_text.hpp"

namespace streamstats::simulate {
namespace {

constexpr milliseconds gather_for{500};
constexpr std::uint64_t hold_back_max_ms = 20'000;
// Of about 600 bytes each. Beyond that events are on time.
constexpr std::size_t held_back_max = 50'000;

}  // namespace

mailbag::mailbag(const simulation_settings& settings, const catalogue& names, post to)
    : settings_(settings), names_(names), to_(std::move(to)), random_(mix(settings.seed, 3)) {}

void mailbag::heard(const happening& what) {
    std::string text;
    text.reserve(640);
    append_play_event(text, names_, what);
    take(std::move(text), what.at);
}

void mailbag::restarted(std::uint32_t server, instant at) {
    std::string text;
    append_server_started(text, names_, server, at);
    take(std::move(text), at);
}

void mailbag::take(std::string text, instant at) {
    settle(at);
    if (random_.chance(settings_.disorder_percent) && held_.size() < held_back_max) {
        held_.push({at + milliseconds{random_.below(hold_back_max_ms)}, order_++, std::move(text)});
    } else {
        add(std::move(text), at);
    }
}

// One step at a time in order of audience time, so that it makes no difference how often it is called.
void mailbag::settle(instant now) {
    while (true) {
        const bool cut_due = !gathered_.empty() && gathered_since_ + gather_for <= now;
        const bool release_due = !held_.empty() && held_.top().until <= now;
        if (release_due && !(cut_due && gathered_since_ + gather_for <= held_.top().until)) {
            release_first();
        } else if (cut_due) {
            cut();
        } else {
            return;
        }
    }
}

void mailbag::empty() {
    while (!held_.empty()) release_first();
    if (!gathered_.empty()) cut();
}

void mailbag::release_first() {
    const instant at = held_.top().until;
    std::string text = held_.top().text;
    held_.pop();
    add(std::move(text), at);
}

void mailbag::add(std::string text, instant at) {
    if (gathered_.empty()) gathered_since_ = at;
    gathered_bytes_ += text.size() + 1;
    gathered_.push_back(std::move(text));
    if (gathered_.size() >= settings_.batch_events) cut();
}

void mailbag::cut() {
    if (random_.chance(settings_.disorder_percent)) shuffle();
    mail batch;
    batch.events = gathered_.size();
    batch.body.reserve(gathered_bytes_ + 1);
    for (const std::string& text : gathered_) {
        batch.body.push_back(batch.body.empty() ? '[' : ',');
        batch.body.append(text);
    }
    batch.body.push_back(']');
    gathered_.clear();
    gathered_bytes_ = 0;
    batch.lose_answer = random_.chance(settings_.lost_answer_percent);
    if (random_.chance(settings_.repeat_percent)) to_(batch);
    to_(std::move(batch));
}

void mailbag::shuffle() {
    for (std::size_t left = gathered_.size(); left > 1; --left)
        std::swap(gathered_[left - 1], gathered_[random_.below(left)]);
}

}  // namespace streamstats::simulate
