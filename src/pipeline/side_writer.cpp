#include "pipeline/side_writer.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "streamstats/telemetry/log.hpp"

namespace streamstats::pipeline {
namespace {

using telemetry::counter;
using telemetry::log;
using telemetry::log_level;

// At 8 KiB each at most, one call stays below a megabyte.
constexpr std::size_t rejections_per_call = 100;
static_assert(rejections_per_call * wire::rejected_json_bytes_max < (1U << 20));

// What the call sent and how it went, between the store thread and the engine thread.
template <class Sent>
struct call {
    Sent sent;
    std::optional<store_failure> trouble;
};

void log_failure(const char* event, const store_failure& trouble) {
    log(log_level::warning, event, {{"what", trouble.what}, {"hint", trouble.hint}});
}

}  // namespace

side_writer::side_writer(const pipeline_options& options, const pipeline_parts& parts, stage& stage,
                         answered after_each)
    : store_(parts.store),
      metrics_(parts.metrics),
      stage_(stage),
      answered_(std::move(after_each)),
      sessions_max_(options.sessions_per_sync_max),
      rejections_(options.rejections_pending_max) {}

void side_writer::allow_sessions(const session_changes& older) {
    sessions_.put_back(older);
    sessions_allowed_ = true;
}

void side_writer::sync_sessions(session_changes newer) {
    sessions_as_of_ = newer.as_of;
    sessions_.add(std::move(newer));
    if (!wants_sessions()) return;
    if (!sessions_.empty()) return send_sessions();
    if (secret_) secret_->due = true;
}

void side_writer::send_sessions() {
    sessions_under_way_ = true;
    auto sync = std::make_shared<call<session_changes>>();
    sync->sent = sessions_.take(sessions_max_);
    if (sessions_.empty()) sync->sent.as_of = sessions_as_of_;
    stage_.on_store([this, sync] { sync->trouble = store_.sync_sessions(sync->sent); },
                    [this, sync] { sessions_answered(sync->sent, sync->trouble); });
}

void side_writer::sessions_answered(const session_changes& sent, const std::optional<store_failure>& trouble) {
    sessions_under_way_ = false;
    if (!trouble) {
        metrics_.add(counter::session_syncs);
        if (!sessions_.empty()) {
            send_sessions();
        } else if (secret_) {
            secret_->due = true;
        }
        return answered_(trouble);
    }
    metrics_.add(counter::session_sync_failures);
    log_failure("session sync failed", *trouble);
    sessions_.put_back(sent);
    if (trouble->trouble == store_trouble::too_large && sessions_max_ > 1) {
        sessions_max_ /= 2;
        send_sessions();
    }
    answered_(trouble);
}

void side_writer::add_rejection(rejected_event event) {
    if (!rejections_.add(std::move(event))) leave_out(1);
}

void side_writer::leave_out(std::uint64_t count) {
    rejections_left_out_ += count;
    metrics_.add(counter::rejected_events_dropped, count);
}

void side_writer::owe_secret(std::string hex, secret_time when) {
    secret_ = secret_debt{std::move(hex), when == secret_time::now};
}

void side_writer::pump() {
    if (other_under_way_) return;
    if (secret_ && secret_->due) return send_secret();
    if (!rejections_.empty()) send_rejections();
}

void side_writer::send_rejections() {
    other_under_way_ = true;
    auto append = std::make_shared<call<std::vector<rejected_event>>>();
    append->sent = rejections_.take(rejections_per_call);
    stage_.on_store([this, append] { append->trouble = store_.append_rejected(append->sent); },
                    [this, append] { rejections_answered(std::move(append->sent), append->trouble); });
}

// After a lost answer they may be there twice; nobody counts them there. What the store will not have, whatever is
// tried, is left out, lest it keeps others from being written.
void side_writer::rejections_answered(std::vector<rejected_event> sent, const std::optional<store_failure>& trouble) {
    other_under_way_ = false;
    if (!trouble) {
        rejections_left_out_ = 0;
    } else {
        log_failure("rejected events were not written", *trouble);
        const bool hopeless =
            trouble->trouble == store_trouble::refused || trouble->trouble == store_trouble::too_large;
        leave_out(hopeless ? sent.size() : rejections_.put_back(std::move(sent)));
    }
    answered_(trouble);
}

void side_writer::send_secret() {
    other_under_way_ = true;
    auto keep = std::make_shared<call<std::string>>();
    keep->sent = secret_->hex;
    stage_.on_store([this, keep] { keep->trouble = store_.keep_secret(keep->sent); },
                    [this, keep] {
                        other_under_way_ = false;
                        if (keep->trouble) {
                            secret_->due = false;  // until after the next sync
                            log_failure("secret was not kept in the store", *keep->trouble);
                        } else {
                            secret_.reset();
                        }
                        answered_(keep->trouble);
                    });
}

bool side_writer::idle() const {
    return sessions_idle() && !other_under_way_ && rejections_.empty();
}

}  // namespace streamstats::pipeline
