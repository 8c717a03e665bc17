#include "simulate/performance.hpp"

#include <algorithm>
#include <exception>
#include <ostream>

#include "simulate/progress.hpp"
#include "simulate/truth_file.hpp"

namespace streamstats::simulate {
namespace {

// How much of its time the audience lives at a stretch, and how often it looks at the clock.
constexpr milliseconds stretch{50};
constexpr milliseconds look_every{20};
constexpr seconds error_shown_for{5};
constexpr std::size_t closed_at_a_stretch = 1'000;

instant wall_clock() {
    return std::chrono::floor<milliseconds>(std::chrono::system_clock::now());
}

instant first_of(const simulation_settings& settings) {
    return settings.start ? *settings.start : wall_clock() - settings.backdate;
}

std::optional<instant> last_of(const simulation_settings& settings, instant first) {
    if (settings.duration.count() == 0) return std::nullopt;
    return first + settings.backdate + settings.duration;
}

void throw_on(const std::exception_ptr& thrown) {
    if (thrown) std::rethrow_exception(thrown);
}

std::vector<audience_listener*> listeners_of(mailbag& mail, std::optional<chronicle>& truth) {
    if (!truth) return {&mail};
    return {&mail, &*truth};
}

std::optional<chronicle> chronicle_for(const simulation_settings& settings, const catalogue& names) {
    if (settings.truth_file.empty()) return std::nullopt;
    return chronicle{names, {settings.session_max_age, settings.idle_timeout}};
}

}  // namespace

performance::performance(const simulation_settings& settings, std::ostream& progress)
    : settings_(settings),
      progress_(progress),
      names_(settings.servers, settings.channels),
      first_(first_of(settings)),
      last_(last_of(settings, first_)),
      chronicle_(chronicle_for(settings, names_)),
      delivery_(context_, {parse_url(settings.url).value(), settings.token, settings.connections},
                [this] { all_done(); }),
      mailbag_(settings, names_, [this](mail batch) { delivery_.post(std::move(batch)); }),
      audience_(settings, names_, first_, listeners_of(mailbag_, chronicle_)),
      position_(first_) {}

int performance::run(const std::stop_token& stop) {
    if (chronicle_) {
        truth_.open(settings_.truth_file, std::ios::trunc);
        if (!truth_) {
            progress_ << "--truth: cannot write " << settings_.truth_file << '\n';
            return 1;
        }
    }
    print_start();
    asio::co_spawn(context_, conduct(), throw_on);
    asio::co_spawn(context_, report(), throw_on);
    const std::stop_callback on_stop{stop, [this] { asio::post(context_, [this] { stop_early(); }); }};
    context_.run();
    return print_end();
}

task<void> performance::sleep(asio::steady_timer& timer, milliseconds length) {
    error_code ignored;
    timer.expires_after(length);
    co_await timer.async_wait(waiting(ignored));
}

task<void> performance::conduct() {
    while (!stopping_ && !done_ && !(last_ && position_ >= *last_)) {
        const instant now = wall_clock();
        const instant target = last_ ? std::min(now, *last_) : now;
        if (position_ >= target) {
            co_await sleep(pace_, look_every);
            continue;
        }
        live_on(std::min(target, position_ + stretch));
        co_await asio::post(context_, asio::use_awaitable);  // the connections have their turn
        if (!stopping_ && !done_) co_await delivery_.wait_for_room();
    }
    co_await end_audience();
}

task<void> performance::end_audience() {
    ended_at_ = std::chrono::steady_clock::now();
    while (!done_ && closes_at_end(settings_) && audience_.close_some(position_, closed_at_a_stretch)) {
        co_await asio::post(context_, asio::use_awaitable);
        if (!done_) co_await delivery_.wait_for_room();
    }
    mailbag_.empty();
    delivery_.finish();
}

void performance::live_on(instant target) {
    position_ = target;
    audience_.live_until(position_);
    mailbag_.settle(position_);
    if (chronicle_ && chronicle_->history().sessions.size() >= truth_sessions_max && !stopping_) {
        progress_ << "--truth: " << truth_sessions_max << " sessions are remembered, which is the limit; ending\n";
        stopping_ = true;
    }
}

void performance::stop_early() {
    if (!stopping_ && !ended_at_) progress_ << "stopping: delivering what is left\n" << std::flush;
    stopping_ = true;
    pace_.cancel();
    delivery_.interrupt();
}

void performance::all_done() {
    done_ = true;
    pace_.cancel();
    tick_.cancel();
    delivery_.interrupt();
}

task<void> performance::report() {
    while (!done_) {
        co_await sleep(tick_, seconds{1});
        if (done_) break;
        print_progress();
        if (give_up()) {
            gave_up_ = true;
            context_.stop();
        }
    }
}

bool performance::give_up() {
    const bool over = ended_at_ || (last_ && wall_clock() >= *last_);  // it may still be waiting to deliver history
    if (!over) return false;
    const steady_time since = std::max(ended_at_.value_or(steady_time{}), delivery_.tally().last_taken_at);
    return std::chrono::steady_clock::now() - since > settings_.give_up;
}

void performance::print_start() {
    const std::string url = settings_.url.substr(0, settings_.url.find('?'));  // a query may hold a secret
    progress_ << "simulating " << settings_.viewers << " viewers of " << settings_.channels << " channels on "
              << settings_.servers << " servers, seed " << settings_.seed << ", from " << to_iso_text(first_) << " to "
              << (last_ ? to_iso_text(*last_) : "the end") << ", to " << url << '\n'
              << std::flush;
}

void performance::print_progress() {
    const delivery_tally& tally = delivery_.tally();
    progress_numbers numbers;
    numbers.now = wall_clock();
    if (!ended_at_) numbers.behind = std::chrono::floor<seconds>(std::max(numbers.now - position_, milliseconds{0}));
    numbers.viewers = audience_.open();
    numbers.events_sent = tally.events;
    numbers.events_per_second = tally.events - std::exchange(events_printed_, tally.events);
    numbers.requests_per_second = tally.attempts - std::exchange(attempts_printed_, tally.attempts);
    numbers.accepted = tally.told.accepted;
    numbers.duplicate = tally.told.duplicate;
    numbers.rejected = tally.told.rejected;
    numbers.batches_waiting = delivery_.batches_left();
    if (std::chrono::steady_clock::now() - tally.last_error_at < error_shown_for) numbers.error = tally.last_error;
    progress_ << progress_line(numbers) << '\n' << std::flush;
}

int performance::print_end() {
    const delivery_tally& tally = delivery_.tally();
    progress_ << "delivered " << tally.events << " events in " << tally.batches << " batches: " << tally.told.accepted
              << " accepted, " << tally.told.duplicate << " duplicate, " << tally.told.ignored << " ignored, "
              << tally.told.rejected << " rejected; " << tally.not_taken << " answers other than 2xx, " << tally.broken
              << " connections lost, " << tally.cut << " cut on purpose\n";
    const bool truth_written = !chronicle_ || write_truth();
    if (tally.refused) {
        progress_ << "the receiver refuses the batches: " << tally.last_error << "; check --url and --token\n";
    } else if (delivery_.batches_left() != 0) {
        progress_ << "given up: " << delivery_.events_left() << " events in " << delivery_.batches_left()
                  << " batches are not delivered; last error: " << tally.last_error << '\n';
    }
    progress_ << std::flush;
    return truth_written && !gave_up_ && !tally.refused ? 0 : 1;
}

bool performance::write_truth() {
    const minute end = minute_of(position_) + minutes{closes_at_end(settings_) ? 1 : 0};
    const auto rows = rows_of(chronicle_->history(), position_, end);
    write_rows(truth_, rows);
    truth_.close();
    if (!truth_) {
        progress_ << "--truth: cannot write " << settings_.truth_file << '\n';
        return false;
    }
    progress_ << "truth: " << rows.size() << " rows in " << settings_.truth_file << '\n';
    return true;
}

}  // namespace streamstats::simulate
