#include "process.hpp"

#include <utility>

#include "support/batch.hpp"

namespace streamstats::simulation {
namespace {

pipeline::pipeline_secret some_secret() {
    std::array<std::uint8_t, identity_secret::bytes> random{};
    random.fill(7);
    return {identity_secret(random), false};
}

}  // namespace

process::process(const surroundings& around)
    : around_(around),
      threads_(around.clock, around.random, around.held, around.plan.heartbeat,
               [this](pipeline::alarm which) { conductor_.ring(which); }),
      intake_({.events_max = around.plan.options.queue_events_max, .bytes_max = around.plan.options.queue_bytes_max},
              [this] { threads_.later([this] { take(); }); }),
      conductor_(around.plan.options, some_secret(), {around.store, metrics_, around.clock, &around.disk}, threads_,
                 intake_, board_,
                 {.started =
                      [this](const pipeline::start_outcome& outcome) {
                          started_ = !outcome.broken && !draining_;
                          if (!started_ || !first_mutable_) return;
                          around_.seen.run_began(board_.facts().started, *first_mutable_, around_.complaint);
                      },
                  .drained = [this](pipeline::stop_outcome how) { drained_ = how; },
                  .broken = [this](const std::string&) { broken_ = true; }}) {}

bool process::start() {
    const pipeline::recovery_settings settings{
        .limits = around_.plan.options.limits, .secret = some_secret().value, .progress = {}};
    auto found = pipeline::recover(around_.disk, settings);
    if (!found) return false;
    auto opened = journal::writer::open(around_.disk, around_.plan.options.journal, found.value().journal);
    if (!opened) return false;
    log_ = std::move(opened.value());
    threads_.run_journal([this] { return log_->work(); });

    if (found.value().damage) around_.complaint += "damage is reported: " + *found.value().damage + "\n";
    for (const journal::gap& lost : found.value().journal.gaps) {
        around_.complaint += "a gap is reported: " + lost.where + "\n";
    }
    if (!found.value().set_aside.empty()) around_.complaint += "a frame was set aside\n";
    if (found.value().made) {
        first_mutable_ = found.value().made->first_mutable();
    } else {
        around_.seen.first_start(around_.clock.system_now(), around_.complaint);
    }
    around_.seen.look_at(around_.disk, around_.complaint);
    conductor_.begin(std::move(found.value()), log_.get());
    return !broken_;
}

bool process::open() const {
    return intake_.state() == pipeline::intake_state::open && !board_.no_room();
}

void process::offer(std::size_t request, std::vector<testing::sent_event> events, std::function<void(bool)> answered) {
    const auto batch = testing::batch_of(events);
    const auto place = waiting_.insert(waiting_.end(), {{request, std::move(events), {}}, std::move(answered)});
    pipeline::taken_batch taken{.events = batch,
                                .received = {},
                                .done = [this, place](const intake_answer& given) { answer(place, given); },
                                .weight = pipeline::weight_of(*batch),
                                .who = {}};
    if (intake_.offer(taken) != pipeline::intake::offer_outcome::taken) {
        place->answered(false);
        waiting_.erase(place);
    } else if (taken.received != instant{}) {
        place->what.received = taken.received;  // it is on its way already
        threads_.wake_journal();
    }
}

void process::take() {
    note_receipt();
    conductor_.take();
}

// What waits is taken up at this moment.
void process::note_receipt() {
    for (waiting& one : waiting_) {
        if (!one.what.received) one.what.received = around_.clock.system_now();
    }
}

void process::answer(std::list<waiting>::iterator to, const intake_answer& given) {
    const waiting one = std::move(*to);
    waiting_.erase(to);
    const bool lives_on = !broken_ && !draining_ && log_ && !log_->status().failed;
    if (given.taken) {
        around_.seen.acknowledged(one.what);
    } else if (lives_on) {
        around_.seen.refused(one.what);
    } else {
        around_.seen.unanswered(one.what);
    }
    one.answered(given.taken);
}

void process::drain() {
    note_receipt();
    draining_ = true;
    conductor_.drain(std::chrono::seconds{8});
}

void process::end() {
    around_.seen.process_ended(around_.clock.system_latest());
    threads_.end_of_process();
    for (waiting& one : waiting_) around_.seen.unanswered(std::move(one.what));
    waiting_.clear();
}

std::uint64_t process::pending_rows() const {
    return static_cast<std::uint64_t>(metrics_.value(telemetry::gauge::pending_rows));
}

std::string process::health() const {
    std::string text;
    for (const std::string& problem : pipeline::report_of(board_.facts(), around_.clock.system_now()).problems) {
        text += problem + "; ";
    }
    return text;
}

}  // namespace streamstats::simulation
